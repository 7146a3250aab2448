//! Decides when to save: on a background thread after calls were recorded, in `flush()`, and in the exit handler.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread::{self, Thread};
use std::time::Duration;

use amorsize_store::clock::Nanos;
use amorsize_store::config::config;
use amorsize_store::disk::folder::Folder;
use amorsize_store::error::Error;
use amorsize_store::faults;
use once_cell::race::OnceBox;

use super::location::is_located;
use super::save::{Occasion, save};
use crate::executor::unwind::drop_quietly;

/// Whether something was learned that is not saved yet.
static DIRTY: AtomicBool = AtomicBool::new(false);

/// The background thread; `None` if it could not be started.
static WRITER: OnceBox<Option<Thread>> = OnceBox::new();

/// After something was learned, the background thread waits this long before it saves, because more may follow.
const COLLECT: Duration = Duration::from_millis(20);
/// Starting the thread takes some 30 us, so only a process that has run for longer than this (ns) gets one.
const SHORT_LIVED: Nanos = 3_000_000;
/// The pause after a save. It doubles with each save, from the first value to the second.
const PAUSES: [Duration; 2] = [Duration::from_millis(100), Duration::from_secs(5)];
/// If nothing is learned, counts are saved this often.
const COUNTING: Duration = Duration::from_secs(60);
/// How long the background thread waits for another thread that saves.
const TIMEOUT: Duration = Duration::from_secs(2);
/// How long `flush()` waits for another thread that saves.
const FLUSH_TIMEOUT: Duration = Duration::from_secs(10);
/// How long the exit handler waits for another thread that saves. A save takes so long only on a very busy machine, or if
/// the disk does not answer.
const EXIT_TIMEOUT: Duration = Duration::from_secs(2);

/// Notes that something was learned. `now` is the time since the start of the process. Takes next to no time, except for the
/// one call that starts the background thread.
pub(crate) fn mark_learned(now: Nanos) {
    if !config().writes() {
        return;
    }
    let was_dirty = DIRTY.swap(true, Relaxed);
    if let Some(writer) = WRITER.get() {
        if !was_dirty && let Some(thread) = writer {
            thread.unpark();
        }
    } else if now > SHORT_LIVED {
        start_writer();
    }
}

fn start_writer() {
    static IS_STARTED: AtomicBool = AtomicBool::new(false);
    if !IS_STARTED.swap(true, Relaxed) {
        let thread = thread::Builder::new().name("amorsize-cache".into()).spawn(write_now_and_then);
        let _ = WRITER.set(Box::new(thread.ok().map(|handle| handle.thread().clone())));
    }
}

fn write_now_and_then() {
    let mut pause = PAUSES[0];
    loop {
        if !DIRTY.load(Relaxed) {
            thread::park_timeout(COUNTING);
        }
        thread::sleep(COLLECT);
        if !write(TIMEOUT, Occasion::Running) {
            // Something is wrong with the folder, and was reported. What was not saved is tried again with the next save.
            pause = PAUSES[1];
        }
        thread::sleep(pause);
        pause = (2 * pause).min(PAUSES[1]);
    }
}

/// Saves, and reports errors. False if there was one.
fn write(timeout: Duration, occasion: Occasion) -> bool {
    DIRTY.store(false, Relaxed);
    match catch_unwind(AssertUnwindSafe(|| save(timeout, occasion))) {
        Ok(Ok(())) => true,
        Ok(Err(error)) => {
            if error.kind() == std::io::ErrorKind::TimedOut {
                DIRTY.store(true, Relaxed);
            }
            let folder = config().folder().unwrap_or_default();
            faults::report(format_args!("plans could not be written to {}: {error}", folder.display()));
            false
        }
        Err(payload) => {
            drop_quietly(payload);
            faults::report("plans could not be written");
            false
        }
    }
}

/// Saves what was learned and counted until now, on this thread.
///
/// # Errors
/// If the folder cannot be written to, or another thread saves for all of ten seconds.
pub(crate) fn flush() -> Result<(), Error> {
    if !config().writes() {
        return Ok(());
    }
    let folder = config().folder_or_error()?;
    Folder::new(folder.clone()).exists().map_err(|error| Error::io("write plans to", &folder, error))?;
    DIRTY.store(false, Relaxed);
    save(FLUSH_TIMEOUT, Occasion::Running).map_err(|error| Error::io("write plans to", &folder, error))
}

// SAFETY (for `unsafe` below): this runs after `main` has returned, while other threads may still run. It uses only statics
// without destructors, and no panic leaves it. It waits without end only for locks that other threads hold for microseconds.
dtor::declarative::dtor! {
    /// Saves when a process returns from `main` or calls `exit`, maybe after its only call.
    #[dtor(unsafe)]
    fn at_exit() {
        // If nothing was learned or loaded, there is nothing to save.
        if DIRTY.load(Relaxed) || is_located() {
            write(EXIT_TIMEOUT, Occasion::Exit);
        }
    }
}
