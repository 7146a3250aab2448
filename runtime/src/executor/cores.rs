//! How many cores this process may use by now: the quota of its control group can change while it runs.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::thread;

use amorsize_store::clock::Nanos;
use amorsize_store::machine::control_groups::cpu_quota;

/// Cores that could be used when the pool was started, or when they were first counted. 0 before.
static BEFORE: AtomicUsize = AtomicUsize::new(0);
/// Cores that the quota leaves now, where these are fewer; otherwise `usize::MAX`.
static FEWER: AtomicUsize = AtomicUsize::new(usize::MAX);
/// When to look again.
static DUE: AtomicU64 = AtomicU64::new(0);

/// The time between two looks, ns: one takes some 20 us.
const INTERVAL: Nanos = 1_000_000_000;

/// The pool is about to be started, with a thread for each core or with as many as the user said.
pub(super) fn note_start() {
    BEFORE.store(count(), Relaxed);
    FEWER.store(usize::MAX, Relaxed);
}

/// Has a worker of the pool look at the quota, if nobody did so for a second. For calls that are timed, which ask the system
/// for nothing themselves. To be called only when the pool is ready.
pub(crate) fn look(moment: Nanos) {
    let due = DUE.load(Relaxed);
    if moment < due || DUE.compare_exchange(due, moment + INTERVAL, Relaxed, Relaxed).is_err() {
        return;
    }
    rayon_core::spawn(read);
}

fn read() {
    if BEFORE.load(Relaxed) == 0 {
        BEFORE.store(count(), Relaxed);
    }
    // Like std, which rounds down when it counts cores. The affinity that std counts, too, is that of one thread.
    let now = cpu_quota().map_or(usize::MAX, |quota| (quota as usize).max(1));
    FEWER.store(if now < BEFORE.load(Relaxed) { now } else { usize::MAX }, Relaxed);
}

/// How many of these threads there are cores for, in proportion to what there were when the pool was started: if its user
/// made it larger than the machine, it stays so.
pub(super) fn limited(threads: usize) -> usize {
    match FEWER.load(Relaxed) {
        usize::MAX => threads,
        fewer => share(threads, fewer, BEFORE.load(Relaxed)),
    }
}

fn share(threads: usize, now: usize, before: usize) -> usize {
    threads.saturating_mul(now).div_ceil(before.max(1)).clamp(1, threads.max(1))
}

fn count() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_are_limited_in_proportion() {
        assert_eq!(share(8, 4, 8), 4);
        assert_eq!(share(2, 1, 2), 1);
        assert_eq!(share(16, 3, 8), 6);
        assert_eq!(share(4, 1, 64), 1);
        assert_eq!(share(1 << 16, 1, 2), 1 << 15, "a pool whose threads were not counted");
    }
}
