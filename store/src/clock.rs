//! Time: nanoseconds since this process first asked for it, and Unix time in seconds, which processes can exchange.

use std::sync::OnceLock;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// Whether the target has threads and clocks. Without them, as on wasm32, every run is the plain loop and no time is taken.
pub const HAS_THREADS: bool = !cfg!(all(target_family = "wasm", not(target_feature = "atomics")));

/// Nanoseconds; 2^64 of them last 584 years.
pub type Nanos = u64;

/// Nanoseconds since the first call of this function in the process. Never 0. Takes about 24 ns.
#[inline]
pub fn now() -> Nanos {
    static EPOCH: OnceLock<Instant> = OnceLock::new();
    if !HAS_THREADS {
        return 1;
    }
    EPOCH.get_or_init(Instant::now).elapsed().as_nanos() as Nanos + 1
}

/// Nanoseconds since `start`. 0 if the clock stepped back, as that of a virtual machine may.
#[inline]
pub fn since(start: Nanos) -> Nanos {
    now().saturating_sub(start)
}

/// Seconds since 1970. The clock behind it may be set back or ahead at any time.
pub fn unix_seconds() -> u64 {
    if HAS_THREADS { seconds_since_1970(SystemTime::now()) } else { 0 }
}

/// Microseconds since 1970, by the same clock.
pub fn unix_micros() -> u64 {
    if !HAS_THREADS {
        return 0;
    }
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_micros() as u64)
}

/// Seconds from 1970 to `time`; 0 for earlier times.
pub fn seconds_since_1970(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_steps_back_measures_nothing() {
        assert_eq!(since(Nanos::MAX), 0);
    }
}
