//! Time, as nanoseconds since the first look at the clock.

use std::sync::OnceLock;
use std::time::Instant;

/// Nanoseconds; 2^64 of them last 584 years.
pub(crate) type Nanos = u64;

/// The present moment. Never 0. About 24 ns.
#[inline]
pub(crate) fn now() -> Nanos {
    static EPOCH: OnceLock<Instant> = OnceLock::new();
    EPOCH.get_or_init(Instant::now).elapsed().as_nanos() as Nanos + 1
}
