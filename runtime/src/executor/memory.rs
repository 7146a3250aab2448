//! How many items may be in flight at once, where each of them needs much memory.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use amorsize_store::clock::{Nanos, now};
use amorsize_store::machine::control_groups::available_memory;

/// What was available when somebody last looked, in bytes.
static AVAILABLE: AtomicU64 = AtomicU64::new(u64::MAX);
/// When to look again.
static DUE: AtomicU64 = AtomicU64::new(0);

/// The time between two looks, ns: one takes some 30 us.
const INTERVAL: Nanos = 100_000_000;

/// The most threads that may work on items that need `each` bytes of memory, together at most `most`. At least 1, since the
/// plain loop needs as much.
pub(crate) fn most_threads(each: u64, most: u64) -> usize {
    let threads = most.min(available()) / each.max(1);
    usize::try_from(threads).unwrap_or(usize::MAX).max(1)
}

fn available() -> u64 {
    let (moment, due) = (now(), DUE.load(Relaxed));
    if moment >= due && DUE.compare_exchange(due, moment + INTERVAL, Relaxed, Relaxed).is_ok() {
        AVAILABLE.store(available_memory().unwrap_or(u64::MAX), Relaxed);
    }
    AVAILABLE.load(Relaxed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_as_there_is_memory_for() {
        assert_eq!(most_threads(1 << 20, 5 << 20), 5);
        assert_eq!(most_threads(1 << 20, 1), 1, "the plain loop needs as much");
        assert_eq!(most_threads(u64::MAX, u64::MAX), 1);
        assert!(most_threads(0, u64::MAX) > 1_000_000);
        assert!(!cfg!(target_os = "linux") || most_threads(1 << 50, u64::MAX) == 1, "no machine has a pebibyte twice");
    }
}
