//! Decides when to save: on a background thread after calls were recorded, in `flush()`, and in the exit handler.

use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use amorsize_store::clock::Nanos;
use amorsize_store::config::config;
use amorsize_store::disk::folder::Folder;
use amorsize_store::error::Error;
use amorsize_store::faults;
use amorsize_store::fork::is_forked_child;
use amorsize_store::sync::{lock, try_lock};

use super::far;
use super::function::StoredFunction;
use super::load::{adopt, load, recall_cost};
use super::location::is_located;
use super::save::{Occasion, save};
use crate::executor::start_thread::start_thread;
use crate::executor::unwind::drop_quietly;
use crate::site::site::{Site, Tuned};

/// Whether something was learned that is not saved yet.
static DIRTY: AtomicBool = AtomicBool::new(false);

/// The background thread; `None` until it is started.
static BACKGROUND: Mutex<Option<Thread>> = Mutex::new(None);

/// Whether it was started, or could not be.
static IS_STARTED: AtomicBool = AtomicBool::new(false);

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

/// Functions whose plans the background thread is to load.
static REQUESTS: Mutex<Vec<&'static Site>> = Mutex::new(Vec::new());

/// Notes that something was learned. `now` is the time since the start of the process. Takes next to no time, except for the
/// one call that starts the background thread.
pub(crate) fn mark_learned(now: Nanos) {
    if !config().writes() {
        return;
    }
    let is_news = !DIRTY.swap(true, Relaxed);
    let start = now > SHORT_LIVED && !IS_STARTED.load(Relaxed);
    if (is_news || start) && !is_forked_child() {
        wake(start);
    }
}

/// Has the plans of a function loaded in the background, the first time; and takes them over for an instance once they are
/// there. Whether there is one for `len` items now.
///
/// For calls after the first one, which was too short to wait for the disk. `time`: what the call takes in the plain loop, ns.
/// The call after the one that asked waits for the answer if it is long enough: on a busy machine the background thread may
/// come to nothing before all calls are over.
pub(crate) fn recall_later(tuned: Tuned, len: usize, time: f64) -> bool {
    if tuned.instance.is_adopted() || !config().reads() {
        return false;
    }
    let Some(function) = StoredFunction::of(tuned.site, Duration::ZERO) else { return false };
    if !function.is_loaded() {
        if function.request() {
            lock(&REQUESTS).push(tuned.site);
            wake(true);
            return false;
        }
        if time < WORTH_WAITING * recall_cost() {
            return false;
        }
        load(tuned.site, CALL_TIMEOUT);
    }
    if far::is_awaited(tuned.site, function) {
        return false;
    }
    adopt(tuned, len)
}

/// A call that takes this many times as long as loading a plan waits for it, once.
const WORTH_WAITING: f64 = 2.0;
/// How long a call waits for another thread that loads.
const CALL_TIMEOUT: Duration = Duration::from_millis(1);

/// Wakes the background thread, which is started if it does not run and `start` says so.
fn wake(start: bool) {
    let Some(mut thread) = try_lock(&BACKGROUND) else { return };
    match &*thread {
        Some(thread) => thread.unpark(),
        None if start => {
            *thread = start_thread("amorsize-cache", run_background).ok();
            IS_STARTED.store(true, Relaxed);
        }
        None => {}
    }
}

fn run_background() {
    let mut pause_after = PAUSES[0];
    loop {
        pause(COUNTING, || DIRTY.load(Relaxed));
        pause(COLLECT, || false);
        if config().writes() && !write(TIMEOUT, Occasion::Running) {
            // Something is wrong with the folder, and was reported. What was not saved is tried again with the next save.
            pause_after = PAUSES[1];
        }
        far::send();
        pause(pause_after, || false);
        pause_after = (2 * pause_after).min(PAUSES[1]);
    }
}

/// Waits for `time`, or until `is_over`. Loads meanwhile what is asked for.
fn pause(time: Duration, is_over: impl Fn() -> bool) {
    let end = Instant::now() + time;
    loop {
        // Calls that ask for more wait for this lock, and not for the disk.
        let requests = mem::take(&mut *lock(&REQUESTS));
        for site in requests {
            if let Err(payload) = catch_unwind(|| load(site, TIMEOUT)) {
                drop_quietly(payload);
            }
        }
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() || is_over() {
            return;
        }
        thread::park_timeout(left);
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
    if !config().writes() || is_forked_child() {
        return Ok(());
    }
    let folder = config().folder_or_error()?;
    Folder::new(folder.clone()).exists().map_err(|error| Error::io("write plans to", &folder, error))?;
    DIRTY.store(false, Relaxed);
    let saved = save(FLUSH_TIMEOUT, Occasion::Running).map_err(|error| Error::io("write plans to", &folder, error));
    far::drain();
    saved
}

// SAFETY (for `unsafe` below): this runs after `main` has returned, while other threads may still run. It uses only statics
// without destructors, and no panic leaves it. It waits without end only for locks that other threads hold for microseconds.
dtor::declarative::dtor! {
    /// Saves when a process returns from `main` or calls `exit`, maybe after its only call.
    #[dtor(unsafe)]
    fn at_exit() {
        // If nothing was learned or loaded, there is nothing to save.
        if (DIRTY.load(Relaxed) || is_located()) && !is_forked_child() {
            write(EXIT_TIMEOUT, Occasion::Exit);
            far::finish();
        }
    }
}
