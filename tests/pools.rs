//! The places a call can come from: outside of any pool, or from inside one of 1 to 8 threads.

use std::sync::OnceLock;

use rayon::{ThreadPool, ThreadPoolBuilder};

/// The largest pool that [`within`] knows.
pub(crate) const LARGEST: usize = 8;

/// Runs `body` in a pool of so many threads, built once; outside of any if `threads` is 0.
pub(crate) fn within<R: Send>(threads: usize, body: impl FnOnce() -> R + Send) -> R {
    static POOLS: [OnceLock<ThreadPool>; LARGEST] = [const { OnceLock::new() }; LARGEST];
    match threads.checked_sub(1) {
        None => body(),
        Some(index) => POOLS[index].get_or_init(|| pool(threads)).install(body),
    }
}

/// A pool of one's own.
pub(crate) fn pool(threads: usize) -> ThreadPool {
    ThreadPoolBuilder::new().num_threads(threads).build().expect("threads can be had")
}
