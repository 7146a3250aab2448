//! What is said of an item that does not end.

use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

use amorsize_store::clock::Nanos;

/// Says once in a process, on standard error, that an item of `function` takes so long that it may never end.
///
/// If the item waits for a lock that the caller of the run holds, both wait for ever. Nobody can tell that from an item that
/// is only very heavy. So this changes nothing, and says what the matter may be.
pub(super) fn report(function: &str, waited: Nanos) {
    static SAID: AtomicBool = AtomicBool::new(false);
    if SAID.swap(true, Relaxed) {
        return;
    }
    let waited = Duration::from_nanos(waited).as_secs_f64();
    // Not `eprintln!`, which panics where standard error is closed.
    let _ = writeln!(
        std::io::stderr(),
        "amorsize: `{function}`: one item has kept a thread for {waited:.0} s, over a hundred times as long as any other. If \
         it waits for a lock or a job of the thread that called, it never ends; AMORSIZE=off runs the plain loop"
    );
}
