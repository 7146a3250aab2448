//! What is done with the plans on disk.

use std::str::FromStr;

use crate::error::Error;

/// What is done with the plans on disk and in Redis.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum CacheMode {
    /// Nothing: what is learned is kept in memory only, until the process ends.
    Off,
    /// They are used, and nothing is written.
    Read,
    /// They are used, and what is learned is added to them.
    #[default]
    Write,
}

impl CacheMode {
    /// As it is written in the environment.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Read => "read",
            Self::Write => "write",
        }
    }
}

impl FromStr for CacheMode {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        match text {
            "off" => Ok(Self::Off),
            "read" => Ok(Self::Read),
            "write" => Ok(Self::Write),
            _ => Err(Error::config(format!("a cache mode is off (memory only), read or write, and not {text:?}"))),
        }
    }
}
