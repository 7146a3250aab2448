//! Faults of the cache and of the configuration. They are counted, and their messages are kept for `stats()`; the program
//! never fails because of them.

use std::collections::VecDeque;
use std::fmt::Display;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use crate::events;
use crate::sync::lock_within;

static COUNT: AtomicU64 = AtomicU64::new(0);

/// The last [`MAX_MESSAGES`] distinct messages, the one that was last reported at the end.
static MESSAGES: Mutex<VecDeque<String>> = Mutex::new(VecDeque::new());

const MAX_MESSAGES: usize = 32;

/// The lock is held for microseconds. If it takes longer, its holder is gone, as in the child of a fork.
const TIMEOUT: Duration = Duration::from_millis(100);

/// Counts a fault and keeps its message. The program goes on without what failed. Whoever listens to events is told of each
/// message once.
pub fn report(what: impl Display) {
    let message = what.to_string();
    if keep(message.clone()) {
        events::fault(&message);
    }
}

/// The same without an event, for what another event has told already.
pub fn note(what: impl Display) {
    keep(what.to_string());
}

/// Counts a fault and keeps its message. Whether it is none of those that are kept.
fn keep(message: String) -> bool {
    COUNT.fetch_add(1, Relaxed);
    lock_within(&MESSAGES, TIMEOUT).is_none_or(|mut messages| add(&mut messages, message))
}

/// Adds a message at the end, where the oldest goes if there is no room. Whether it was not there.
fn add(messages: &mut VecDeque<String>, message: String) -> bool {
    let known = messages.iter().position(|known| *known == message);
    if let Some(at) = known.or((messages.len() == MAX_MESSAGES).then_some(0)) {
        messages.remove(at);
    }
    messages.push_back(message);
    known.is_none()
}

/// Does the same, and writes one line to standard error. For mistakes in the environment, which are made by the person who
/// starts the program.
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

/// The messages of the last faults, each once, the newest last.
pub fn messages() -> Vec<String> {
    lock_within(&MESSAGES, TIMEOUT).map_or_else(Vec::new, |messages| messages.iter().cloned().collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sync::lock;

    #[test]
    fn a_report_does_not_wait_for_a_holder_that_is_gone() {
        let held = lock(&MESSAGES);
        let before = count();
        report("nobody can keep this message");
        assert!(count() > before);
        drop(held);
        report("this one is kept");
        assert!(messages().contains(&"this one is kept".to_owned()));
    }

    #[test]
    fn the_last_faults_are_the_ones_that_are_kept() {
        let mut messages = VecDeque::new();
        for nth in 0..100 {
            add(&mut messages, format!("file {nth} cannot be read"));
            add(&mut messages, "the server does not answer".into());
        }
        let files = (69..100).map(|nth| format!("file {nth} cannot be read"));
        assert!(messages.into_iter().eq(files.chain(["the server does not answer".into()])));
    }
}
