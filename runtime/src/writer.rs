//! When what was learned is put on disk: off the call path, and at the end of the process.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread::{self, Thread};
use std::time::Duration;

use crate::cache::folder::Folder;
use crate::clock::Nanos;
use crate::config::{CacheMode, config};
use crate::error::Error;
use crate::executor::unwind::drop_quietly;
use crate::faults::fault;
use crate::keep::{self, keep};
use crate::remember;

/// Something was learned that is not on disk.
static NEWS: AtomicBool = AtomicBool::new(false);

/// A thread waits this long after something was learned, for there may be more.
const COLLECT: Duration = Duration::from_millis(20);
/// A process that lives longer than this gets such a thread: to start it costs some 30 us.
const LASTING: Nanos = 3_000_000;
/// The pause after writing; it doubles up to the second one.
const PAUSES: [Duration; 2] = [Duration::from_millis(100), Duration::from_secs(5)];
/// Counts are written so often even if nothing is learned.
const COUNTING: Duration = Duration::from_secs(60);
/// The thread waits this long for others who write.
const PATIENCE: Duration = Duration::from_secs(2);
/// Who asks for it waits this long.
const ASKED: Duration = Duration::from_secs(10);
/// At the end of the process it is waited for, if it is at it: it no longer waits for others then, so only a very busy
/// machine or a disk that does not answer makes that long.
const PARTING: Duration = Duration::from_secs(2);

/// Something was learned, so long after the process first looked at the clock. Costs next to nothing, but for once: then
/// a thread is started.
pub(crate) fn learned(now: Nanos) {
    static WRITER: OnceLock<Option<Thread>> = OnceLock::new();
    if config().cache != CacheMode::Write {
        return;
    }
    let news = NEWS.swap(true, Relaxed);
    if let Some(writer) = WRITER.get() {
        if !news && let Some(thread) = writer {
            thread.unpark();
        }
    } else if now > LASTING {
        WRITER.get_or_init(|| {
            let thread = thread::Builder::new().name("amorsize-cache".into()).spawn(write_from_time_to_time);
            thread.ok().map(|handle| handle.thread().clone())
        });
    }
}

fn write_from_time_to_time() {
    let mut pause = PAUSES[0];
    loop {
        if !NEWS.load(Relaxed) {
            thread::park_timeout(COUNTING);
        }
        thread::sleep(COLLECT);
        if !write(PATIENCE) {
            // Something is wrong with the folder: it was said, and the end of the process is another chance.
            pause = PAUSES[1];
        }
        thread::sleep(pause);
        pause = (2 * pause).min(PAUSES[1]);
    }
}

/// False on a fault.
fn write(patience: Duration) -> bool {
    NEWS.store(false, Relaxed);
    let written = catch_unwind(AssertUnwindSafe(|| keep(patience)));
    match written {
        Ok(Ok(())) => true,
        Ok(Err(error)) => {
            if error.kind() == std::io::ErrorKind::TimedOut {
                NEWS.store(true, Relaxed);
            }
            let folder = remember::folder().unwrap_or_default();
            fault(format_args!("plans could not be written to {}: {error}", folder.display()));
            false
        }
        Err(payload) => {
            drop_quietly(payload);
            fault("plans could not be written");
            false
        }
    }
}

/// Puts on disk what was learned and counted until now, and waits for it.
///
/// There is no need to call it: what a call learned is written in the background soon after, and at the end of the
/// process. It is for those who end it in another way, as by a signal.
///
/// # Errors
/// If the folder cannot be written to, or other threads and processes keep it busy for ten seconds and there is no room to
/// leave it there for them. Nothing is an error where the configuration says that nothing is to be written.
///
/// # Examples
///
/// ```
/// #[amorsize::auto]
/// fn double(x: u32) -> u32 { x * 2 }
///
/// double::map(0..1000);
/// if let Err(error) = amorsize::flush() {
///     eprintln!("nothing was kept: {error}");
/// }
/// ```
pub fn flush() -> Result<(), Error> {
    if config().cache != CacheMode::Write || !config().enabled {
        return Ok(());
    }
    let folder = remember::folder_or_error()?;
    Folder::new(folder.clone()).exists().map_err(|error| Error::io("write plans to", &folder, error))?;
    NEWS.store(false, Relaxed);
    keep(ASKED).map_err(|error| Error::io("write plans to", &folder, error))
}

// SAFETY (what `unsafe` below promises): it may run when `main` has returned and threads still run. It touches nothing
// but statics without destructors, waits for no lock without end, lets no panic out, and prints nothing.
dtor::declarative::dtor! {
    /// A process that returned from `main` or called `exit`, maybe after its only call.
    #[dtor(unsafe)]
    fn at_exit() {
        // Where nothing was learned and nothing looked for there is nothing to write.
        if NEWS.load(Relaxed) || remember::is_home_known() {
            keep::end();
            write(PARTING);
        }
    }
}
