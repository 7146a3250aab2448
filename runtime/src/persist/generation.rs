//! Forks: a child has a copy of its parent's memory, but none of its threads, and locks that they held stay locked.
//!
//! So locks that a thread may hold for long exist several times, and a child uses others than its parent.

use std::process;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering::Relaxed};

/// How many of each lock there are. A child of a child of a child of a child shares those of the first process.
pub(super) const GENERATIONS: usize = 4;

/// The process that uses this memory; 0 until it first used the cache.
static OWNER: AtomicU32 = AtomicU32::new(0);
/// How often this memory was forked after that.
static GENERATION: AtomicUsize = AtomicUsize::new(0);

/// Whether this process is the child of one that had used the cache, and was not seen here before. Takes the time of a
/// system call.
pub(super) fn notice_fork() -> bool {
    let own = process::id();
    let owner = OWNER.load(Relaxed);
    // A child has one thread at first, so at most one changes this.
    let is_forked = owner != own && OWNER.compare_exchange(owner, own, Relaxed, Relaxed).is_ok() && owner != 0;
    if is_forked {
        GENERATION.fetch_add(1, Relaxed);
    }
    is_forked
}

/// Whether this process was forked from one that had used the cache, as far as [`notice_fork`] was called.
pub(super) fn is_forked() -> bool {
    GENERATION.load(Relaxed) > 0
}

/// The lock of this process.
pub(super) fn own<T>(locks: &'static [T; GENERATIONS]) -> &'static T {
    &locks[GENERATION.load(Relaxed) % GENERATIONS]
}
