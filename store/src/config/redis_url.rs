//! The URL of a Redis, which may hold a password.

use std::fmt;
use std::str::FromStr;

use crate::error::Error;

/// What the URL of a Redis may be.
pub(crate) const URL_VALUES: &str = "off, or a URL such as redis://host, redis://user:password@host:6379/0, \
                                     rediss://host or redis+unix:///path/to/socket?db=0";

/// The URL of a Redis. It may hold a password, so it is shown without.
#[derive(Clone, PartialEq, Eq)]
pub struct RedisUrl(String);

impl RedisUrl {
    /// The URL in this text, whether it can be understood or not. `None` if the text is empty or `off`.
    pub(crate) fn new(text: &str) -> Option<Self> {
        let text = text.trim();
        (!text.is_empty() && text != "off").then(|| Self(text.into()))
    }

    /// The whole URL, with the password.
    #[must_use]
    pub fn secret(&self) -> &str {
        &self.0
    }

    /// Whether it is the URL of a Redis that this build can connect to.
    #[cfg(feature = "redis")]
    pub(crate) fn is_understood(&self) -> bool {
        use ::redis::IntoConnectionInfo;

        self.0
            .as_str()
            .into_connection_info()
            .is_ok_and(|info| info.addr().is_supported() && info.redis_settings().db() >= 0)
    }

    /// Whether it looks like the URL of a Redis. Without the feature `redis` nobody connects to it.
    #[cfg(not(feature = "redis"))]
    pub(crate) fn is_understood(&self) -> bool {
        let schemes = ["redis", "rediss", "valkey", "valkeys", "redis+unix", "valkey+unix", "unix"];
        self.0.split_once("://").is_some_and(|(scheme, rest)| schemes.contains(&scheme) && !rest.is_empty())
    }
}

impl FromStr for RedisUrl {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let url = Self::new(text).filter(Self::is_understood);
        url.ok_or_else(|| Error::config(format!("this is not the URL of a Redis: it may be {URL_VALUES}")))
    }
}

impl fmt::Display for RedisUrl {
    /// The URL without user, password and query. If it cannot be understood, nothing of it: who knows where the password is.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some((scheme, rest)) = self.0.split_once("://").filter(|_| self.is_understood()) else {
            return f.write_str("(not shown)");
        };
        let rest = rest.split(['?', '#']).next().unwrap_or_default();
        let rest = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
        write!(f, "{scheme}://{rest}")
    }
}

impl fmt::Debug for RedisUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
