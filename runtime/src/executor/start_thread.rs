//! Starts threads of our own, also inside a library that a program loads and unloads while it runs.
//!
//! glibc unloads a library (`dlclose`) only when no thread has thread-locals of it that are still to be dropped. A thread that
//! was just started has none yet, and would go on in code that is no longer there. So the thread that started it does not end
//! before it has: until then its own thread-local keeps the library.

use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{self, Builder, Thread};
use std::time::Duration;

use amorsize_store::fork::is_forked_child;

/// Threads that were started and have no thread-local yet.
static STARTING: AtomicUsize = AtomicUsize::new(0);

struct Hold;

impl Drop for Hold {
    fn drop(&mut self) {
        while STARTING.load(Ordering::Acquire) > 0 && !is_forked_child() {
            thread::sleep(Duration::from_micros(50));
        }
    }
}

thread_local! {
    static HOLD: Hold = const { Hold };
}

/// Starts a thread that runs `body`.
///
/// # Errors
/// If the system refuses, or this thread is ending.
pub(crate) fn start_thread(name: &str, body: impl FnOnce() + Send + 'static) -> io::Result<Thread> {
    HOLD.try_with(|_| ()).map_err(io::Error::other)?;
    STARTING.fetch_add(1, Ordering::Relaxed);
    let started = Builder::new().name(name.into()).spawn(move || {
        HOLD.with(|_| ());
        STARTING.fetch_sub(1, Ordering::Release);
        body();
    });
    if started.is_err() {
        STARTING.fetch_sub(1, Ordering::Relaxed);
    }
    started.map(|handle| handle.thread().clone())
}
