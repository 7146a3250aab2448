//! The environment variables that are read: names, values, defaults, and which of them are secret.

use std::env;
use std::ffi::OsStr;

use super::redis_url::{RedisUrl, URL_VALUES};

/// An environment variable that is read.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Variable {
    /// Its name.
    pub name: &'static str,
    /// What it may be, as in "it may be on or off".
    pub values: &'static str,
    /// The value that is used if it is not set.
    pub default: &'static str,
    /// What it decides.
    pub meaning: &'static str,
}

const fn variable(name: &'static str, values: &'static str, default: &'static str, meaning: &'static str) -> Variable {
    Variable { name, values, default, meaning }
}

/// Every environment variable that is read, in the order in which they are shown. `REDIS_..` belong to many programs, and
/// `RAYON_..` are rayon's own, which say how many threads its pool will have.
pub const VARIABLES: [Variable; 18] = [
    variable(ENABLED_NAME, "on or off", "on", "whether anything is tuned; off: every run is the plain loop"),
    variable(
        MAX_THREADS_NAME,
        "a number from 1 on",
        "unlimited",
        "the most threads that work at once, one caller included",
    ),
    variable(
        THREADS_NAME,
        "fastest or fewest",
        "fastest",
        "fewest: of the numbers of threads that take at most 10% longer than the fastest one, the fewest",
    ),
    variable(
        RIGOR_NAME,
        "estimate, measure or patient",
        "measure",
        "how hard to look for the best number of threads: by the model alone, by what it promises, or by all of them",
    ),
    variable(
        CACHE_NAME,
        "off (memory only), read or write",
        "write",
        "what programs do with the plans on disk and in Redis",
    ),
    variable(DIR_NAME, "a path", "see Files", "the folder of the plans"),
    variable(TTL_NAME, "a time such as 7d, 12h or 1h 30m", "7d", "how long a plan is believed"),
    variable(
        SIZE_NAME,
        "a number of bytes such as 1000000, 512K, 64M or 2G",
        "64M",
        "the most that the plans take on disk",
    ),
    variable(LEARN_NAME, "on or off", "on", "whether anything is learned; off: plans are used as they are"),
    variable(REDIS_URL_NAME, URL_VALUES, "off", "the Redis that plans are shared by"),
    variable(REDIS_WAIT_NAME, "a time such as 5ms, or 0", "5ms", "the longest that a first call waits for Redis"),
    variable(
        REDIS_ENABLED_NAME,
        "on or off",
        "off",
        "on: the next four name the Redis, unless AMORSIZE_REDIS_URL does",
    ),
    variable(REDIS_HOST_NAME, "a host", "localhost", "where Redis runs, if REDIS_ENABLED is on"),
    variable(REDIS_PORT_NAME, "a number up to 65535", "6379", "its port, if REDIS_ENABLED is on"),
    variable(REDIS_DB_NAME, "a number", "0", "its database, if REDIS_ENABLED is on"),
    variable(REDIS_PASSWORD_NAME, "a text", "-", "its password, if REDIS_ENABLED is on"),
    variable(RAYON_NAME, "a number", "the usable cores", "threads of rayon's pool, which plans depend on"),
    variable(OLD_RAYON_NAME, "a number", "-", "the same, by rayon's old name"),
];

pub(super) const ENABLED_NAME: &str = "AMORSIZE";
pub(super) const MAX_THREADS_NAME: &str = "AMORSIZE_MAX_THREADS";
pub(super) const THREADS_NAME: &str = "AMORSIZE_THREADS";
pub(super) const RIGOR_NAME: &str = "AMORSIZE_RIGOR";
pub(super) const CACHE_NAME: &str = "AMORSIZE_CACHE";
pub(super) const DIR_NAME: &str = "AMORSIZE_CACHE_DIR";
pub(super) const TTL_NAME: &str = "AMORSIZE_TTL";
pub(super) const SIZE_NAME: &str = "AMORSIZE_CACHE_SIZE";
pub(super) const LEARN_NAME: &str = "AMORSIZE_LEARN";
pub(super) const REDIS_URL_NAME: &str = "AMORSIZE_REDIS_URL";
pub(super) const REDIS_WAIT_NAME: &str = "AMORSIZE_REDIS_WAIT";
pub(super) const REDIS_ENABLED_NAME: &str = "REDIS_ENABLED";
pub(super) const REDIS_HOST_NAME: &str = "REDIS_HOST";
pub(super) const REDIS_PORT_NAME: &str = "REDIS_PORT";
pub(super) const REDIS_DB_NAME: &str = "REDIS_DB";
pub(super) const REDIS_PASSWORD_NAME: &str = "REDIS_PASSWORD";
const RAYON_NAME: &str = "RAYON_NUM_THREADS";
const OLD_RAYON_NAME: &str = "RAYON_RS_NUM_CPUS";

impl Variable {
    /// A value of this variable as it may be shown: without passwords.
    #[must_use]
    pub fn shown(&self, value: &OsStr) -> String {
        match self.name {
            REDIS_PASSWORD_NAME => "(not shown)".into(),
            REDIS_URL_NAME => match value.to_str().map(RedisUrl::new) {
                Some(None) => value.display().to_string(),
                Some(Some(url)) => url.to_string(),
                None => "(not shown)".into(),
            },
            _ => value.display().to_string(),
        }
    }
}

/// What is wrong with a value that cannot be understood.
pub(super) fn mistake(name: &str, value: &OsStr) -> String {
    let known = VARIABLES.iter().find(|known| known.name == name);
    let (value, values) = known.map_or_else(Default::default, |known| (known.shown(value), known.values));
    format!("{name}={value} makes no sense: it may be {values}")
}

/// Threads that the environment asks rayon's global pool to have: by today's variable, else by the old one.
#[must_use]
pub fn named_threads() -> Option<u32> {
    let number = |name| env::var(name).ok()?.parse().ok();
    match number(RAYON_NAME) {
        Some(0) => None,
        Some(n) => Some(n),
        None => number(OLD_RAYON_NAME).filter(|&n| n > 0),
    }
}
