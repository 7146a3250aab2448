//! Faults of our own (cache, disk, configuration): counted, kept to be read, and never in the way.

use std::collections::BTreeSet;
use std::fmt::Display;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use crate::lock;

static COUNT: AtomicU64 = AtomicU64::new(0);

/// What was said: each fault once, and not without end.
static SAID: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

const MOST_SAID: usize = 32;

/// Something of ours failed, and the call goes on without it.
pub(crate) fn fault(what: impl Display) {
    COUNT.fetch_add(1, Relaxed);
    let mut said = lock(&SAID);
    if said.len() < MOST_SAID {
        said.insert(what.to_string());
    }
}

/// Someone set a variable to something we do not understand. They sit at the terminal: they are told there.
pub(crate) fn warn(what: impl Display) {
    use std::io::Write;
    // Not `eprintln!`, which panics where standard error is closed.
    let _ = writeln!(std::io::stderr(), "amorsize: {what}");
    fault(what);
}

/// How many there were.
pub(crate) fn count() -> u64 {
    COUNT.load(Relaxed)
}

/// Each of them, once.
pub(crate) fn said() -> Vec<String> {
    lock(&SAID).iter().cloned().collect()
}
