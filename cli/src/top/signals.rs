//! Signals that end the process, once the terminal is as it was before.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

#[cfg(unix)]
use signal_hook::consts::{SIGHUP, SIGQUIT};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;
use signal_hook::low_level::emulate_default_handler;

#[cfg(unix)]
const ENDING: &[i32] = &[SIGHUP, SIGINT, SIGQUIT, SIGTERM];
#[cfg(not(unix))]
const ENDING: &[i32] = &[SIGINT, SIGTERM];

/// Which of the signals came.
#[derive(Debug)]
pub(super) struct Signals(Vec<(i32, Arc<AtomicBool>)>);

impl Signals {
    /// From now on they only are noted. One that comes a second time ends the process at once.
    pub(super) fn note() -> io::Result<Self> {
        let note = |&signal: &i32| {
            let came = Arc::new(AtomicBool::new(false));
            flag::register_conditional_default(signal, Arc::clone(&came))?;
            flag::register(signal, Arc::clone(&came))?;
            Ok((signal, came))
        };
        ENDING.iter().map(note).collect::<io::Result<_>>().map(Self)
    }

    pub(super) fn came(&self) -> Option<i32> {
        self.0.iter().find(|(_, came)| came.load(Ordering::Relaxed)).map(|(signal, _)| *signal)
    }

    /// Ends the process by the signal that came, as if it had not been noted.
    pub(super) fn obey(&self) {
        if let Some(signal) = self.came() {
            // There is a default for each of them.
            let _ = emulate_default_handler(signal);
        }
    }
}
