//! The settings in use.

use serde::Serialize;

use crate::config::config;

/// The settings of a process. Where the environment says nothing, or something that makes no sense, they are the defaults.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Settings {
    /// Whether anything is tuned.
    pub enabled: bool,
    /// What is done with the plans on disk: off, read or write.
    pub cache: &'static str,
    /// How long a plan is believed, in seconds.
    pub ttl: u64,
    /// The most bytes that the plans take on disk.
    pub max_size: u64,
    /// Whether anything is learned.
    pub learn: bool,
}

/// The settings of this process: its [`Config`](crate::config::Config), or the environment.
#[must_use]
pub fn settings() -> Settings {
    let config = config();
    Settings {
        enabled: config.is_enabled(),
        cache: config.cache_mode().name(),
        ttl: config.ttl_of(None).as_secs(),
        max_size: config.size_limit(),
        learn: config.learns(),
    }
}
