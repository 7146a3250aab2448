//! Signals that end the process, once the terminal is as it was before.

use std::io;
use std::thread;

#[cfg(unix)]
use signal_hook::consts::{SIGHUP, SIGQUIT};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use signal_hook::low_level::emulate_default_handler;

#[cfg(unix)]
const ENDING: &[i32] = &[SIGHUP, SIGINT, SIGQUIT, SIGTERM];
#[cfg(not(unix))]
const ENDING: &[i32] = &[SIGINT, SIGTERM];

/// From now on `restore` is called before such a signal ends the process: on a thread of its own, because where the terminal
/// is gone, whoever reads keys from it may never come back.
pub(super) fn restore_before_the_end(restore: fn()) -> io::Result<()> {
    let mut signals = Signals::new(ENDING)?;
    let wait = move || {
        for signal in signals.forever() {
            restore();
            // There is a default for each of them.
            let _ = emulate_default_handler(signal);
        }
    };
    thread::Builder::new().name("signals".into()).spawn(wait).map(drop)
}
