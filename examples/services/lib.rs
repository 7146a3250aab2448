//! What long-running examples share: they end when they are asked to, and tidy up before that.
#![forbid(unsafe_code)]

use std::io;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};

/// The code of a page of the guide, which needs what these examples need.
#[cfg(doctest)]
#[doc = include_str!("../../docs/src/watching.md")]
pub mod watching {}

/// Whether somebody has asked this process to end: Ctrl-C, and on Unix also the signal TERM.
#[derive(Clone, Debug, Default)]
pub struct Interrupt {
    shared: Arc<(Mutex<bool>, Condvar)>,
}

impl Interrupt {
    /// Has a thread wait for it. From now on, Ctrl-C does not end the process any more.
    ///
    /// # Errors
    /// If there can be no such thread, or the system does not tell it.
    pub fn listen() -> io::Result<Self> {
        let interrupt = Self::default();
        let runtime = Builder::new_current_thread().enable_io().build()?;
        let asked = {
            let _entered = runtime.enter();
            asked()?
        };
        let told = interrupt.clone();
        let wait = move || {
            Runtime::block_on(&runtime, asked);
            *told.flag() = true;
            told.shared.1.notify_all();
        };
        thread::Builder::new().name("interrupt".into()).spawn(wait)?;
        Ok(interrupt)
    }

    /// Waits for it for so long at most, and returns whether it has happened by then.
    pub fn within(&self, time: Duration) -> bool {
        let wait = self.shared.1.wait_timeout_while(self.flag(), time, |asked| !*asked);
        *wait.unwrap_or_else(PoisonError::into_inner).0
    }

    fn flag(&self) -> std::sync::MutexGuard<'_, bool> {
        self.shared.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(unix)]
fn asked() -> io::Result<impl Future<Output = ()> + Send + 'static> {
    use tokio::signal::unix::{SignalKind, signal};

    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

#[cfg(not(unix))]
fn asked() -> io::Result<impl Future<Output = ()> + Send + 'static> {
    Ok(async {
        // Where nothing can be heard, nothing is waited for.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}
