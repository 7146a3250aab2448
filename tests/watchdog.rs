//! A test that hangs fails, and says so.

use std::panic::resume_unwind;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

/// How many times longer than usual to wait. Sanitizers and a busy machine make everything slower:
/// `AMORSIZE_TEST_PATIENCE=5`.
pub(crate) fn patience() -> u64 {
    std::env::var("AMORSIZE_TEST_PATIENCE").ok().and_then(|n| n.parse().ok()).unwrap_or(1)
}

/// Runs `body` on a thread of its own, and panics if it has not ended after `seconds`.
#[track_caller]
pub(crate) fn within<R: Send + 'static>(seconds: u64, body: impl FnOnce() -> R + Send + 'static) -> R {
    let seconds = seconds * patience();
    let (done, ended) = channel();
    let name = thread::current().name().unwrap_or("a test").to_owned();
    let body = move || {
        let result = body();
        let _ = done.send(());
        result
    };
    let thread = thread::Builder::new().name(name.clone()).spawn(body).expect("threads can be had");
    match ended.recv_timeout(Duration::from_secs(seconds)) {
        Err(RecvTimeoutError::Timeout) => panic!("{name} hangs: not over after {seconds} s"),
        Ok(()) | Err(RecvTimeoutError::Disconnected) => {}
    }
    // Also when thread-locals are torn down it may hang, but a join has no time-out: the harness ends the process.
    thread.join().unwrap_or_else(|payload| resume_unwind(payload))
}
