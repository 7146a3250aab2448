//! The environment variables that are read: names, values and defaults.

use std::env;

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

/// Every environment variable that is read, in the order in which they are shown. `RAYON_..` are rayon's own, which say
/// how many threads its pool will have.
pub const VARIABLES: [Variable; 9] = [
    variable(ENABLED_NAME, "on or off", "on", "whether anything is tuned; off: every run is the plain loop"),
    variable(
        THREADS_NAME,
        "a number from 1 on",
        "unlimited",
        "the most threads that work at once, one caller included",
    ),
    variable(CACHE_NAME, "off, read or write", "write", "what programs do with the plans on disk"),
    variable(DIR_NAME, "a path", "see Files", "the folder of the plans"),
    variable(TTL_NAME, "a time such as 7d, 12h or 1h 30m", "7d", "how long a plan is believed"),
    variable(
        SIZE_NAME,
        "a number of bytes such as 1000000, 512K, 64M or 2G",
        "64M",
        "the most that the plans take on disk",
    ),
    variable(LEARN_NAME, "on or off", "on", "whether anything is learned; off: plans are used as they are"),
    variable(RAYON_NAME, "a number", "the usable cores", "threads of rayon's pool, which plans depend on"),
    variable(OLD_RAYON_NAME, "a number", "-", "the same, by rayon's old name"),
];

pub(super) const ENABLED_NAME: &str = "AMORSIZE";
pub(super) const THREADS_NAME: &str = "AMORSIZE_MAX_THREADS";
pub(super) const CACHE_NAME: &str = "AMORSIZE_CACHE";
pub(super) const DIR_NAME: &str = "AMORSIZE_CACHE_DIR";
pub(super) const TTL_NAME: &str = "AMORSIZE_TTL";
pub(super) const SIZE_NAME: &str = "AMORSIZE_CACHE_SIZE";
pub(super) const LEARN_NAME: &str = "AMORSIZE_LEARN";
const RAYON_NAME: &str = "RAYON_NUM_THREADS";
const OLD_RAYON_NAME: &str = "RAYON_RS_NUM_CPUS";

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
