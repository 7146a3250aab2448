//! When what is new is written: after calls that taught something, on a thread of its own, and at the end of the process.

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

/// Something was learned that is not written.
static DIRTY: AtomicBool = AtomicBool::new(false);

/// The background thread; `None` if it could not be started.
static WRITER: OnceBox<Option<Thread>> = OnceBox::new();

/// After something was learned the background thread waits so long, for there may be more.
const COLLECT: Duration = Duration::from_millis(20);
/// To start the thread takes some 30 us, so only a process that lives longer than this gets one.
const SHORT_LIVED: Nanos = 3_000_000;
/// The pause after writing: it doubles from the first to the second.
const PAUSES: [Duration; 2] = [Duration::from_millis(100), Duration::from_secs(5)];
/// Counts are written so often even if nothing is learned.
const COUNTING: Duration = Duration::from_secs(60);
/// The background thread waits so long for a thread that is asked to write.
const TIMEOUT: Duration = Duration::from_secs(2);
/// Who asks for writing waits so long for the background thread.
const FLUSH_TIMEOUT: Duration = Duration::from_secs(10);
/// Longest that the exit handler waits for a running save. That takes so long only on a very busy machine, or if the disk
/// does not answer.
const EXIT_TIMEOUT: Duration = Duration::from_secs(2);

/// Something was learned, so long after the process first asked for the time. Takes next to no time, but for once: then the
/// background thread is started.
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
            // Something is wrong with the folder, and was reported. The next save is another chance.
            pause = PAUSES[1];
        }
        thread::sleep(pause);
        pause = (2 * pause).min(PAUSES[1]);
    }
}

/// False on a fault, which is reported.
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

/// Writes what was learned and counted until now, on this thread.
///
/// # Errors
/// If the folder cannot be written to, or the background thread does not end in ten seconds.
pub(crate) fn flush() -> Result<(), Error> {
    if !config().writes() {
        return Ok(());
    }
    let folder = config().folder_or_error()?;
    Folder::new(folder.clone()).exists().map_err(|error| Error::io("write plans to", &folder, error))?;
    DIRTY.store(false, Relaxed);
    save(FLUSH_TIMEOUT, Occasion::Running).map_err(|error| Error::io("write plans to", &folder, error))
}

// SAFETY (what `unsafe` below promises): it may run when `main` has returned and threads still run. It touches nothing
// but statics without destructors, waits for no lock without end, lets no panic out, and prints nothing.
dtor::declarative::dtor! {
    /// For a process that returns from `main` or calls `exit`, maybe after its only call.
    #[dtor(unsafe)]
    fn at_exit() {
        // If nothing was learned and nothing looked for, there is nothing to write.
        if DIRTY.load(Relaxed) || is_located() {
            write(EXIT_TIMEOUT, Occasion::Exit);
        }
    }
}
