//! Time: as nanoseconds since the first look at the clock, and as seconds that other processes understand.

use std::sync::OnceLock;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// Nanoseconds; 2^64 of them last 584 years.
pub(crate) type Nanos = u64;

/// The present moment. Never 0. About 24 ns.
#[inline]
pub(crate) fn now() -> Nanos {
    static EPOCH: OnceLock<Instant> = OnceLock::new();
    EPOCH.get_or_init(Instant::now).elapsed().as_nanos() as Nanos + 1
}

/// Seconds since 1970, by a clock that people can set back and ahead.
pub(crate) fn unix_seconds() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
