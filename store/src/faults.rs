//! Faults of the cache and of the configuration: counted and kept to be read, and never an error of the program.

use std::collections::BTreeSet;
use std::fmt::Display;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use crate::sync::lock;

static COUNT: AtomicU64 = AtomicU64::new(0);

/// Each distinct message, up to [`MAX_MESSAGES`] of them.
static MESSAGES: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

const MAX_MESSAGES: usize = 32;

/// Counts a fault, and keeps what it was. The call goes on without what failed.
pub fn report(what: impl Display) {
    COUNT.fetch_add(1, Relaxed);
    let mut messages = lock(&MESSAGES);
    if messages.len() < MAX_MESSAGES {
        messages.insert(what.to_string());
    }
}

/// The same, and writes one line to standard error: for mistakes in the environment, made by whoever started the program.
pub fn warn(what: impl Display) {
    use std::io::Write;
    // Not `eprintln!`, which panics where standard error is closed.
    let _ = writeln!(std::io::stderr(), "amorsize: {what}");
    report(what);
}

/// The number of faults since the process started.
pub fn count() -> u64 {
    COUNT.load(Relaxed)
}

/// What they were, each message once.
pub fn messages() -> Vec<String> {
    lock(&MESSAGES).iter().cloned().collect()
}
