//! Forks. A child has a copy of its parent's memory, but none of its threads: a lock that another thread held stays locked
//! for ever, and a thread pool answers no more. So the child of a process that had used Amorsize uses neither of these: all
//! its loops are plain, and it counts, learns and saves nothing.

use std::process;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

/// The process that first asked; 0 until one did.
static FIRST: AtomicU32 = AtomicU32::new(0);

/// Whether this process was forked from one that had asked this before. Takes the time of a system call.
pub fn is_forked_child() -> bool {
    if !cfg!(unix) {
        return false;
    }
    let own = process::id();
    match FIRST.load(Relaxed) {
        0 => {
            FIRST.store(own, Relaxed);
            false
        }
        first => first != own,
    }
}
