//! A server in threads of its own, for programs that have none: one that waits for requests, and one for snapshots, which
//! ends when nobody asks.
//!
//! Every connection costs a client something and us little: there are only so many at once, and each ends in time.

mod connections;
mod impatience;

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use axum::Router;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::watch;

use self::connections::accept_all;

/// A server that is running. It runs until the process ends or [`shutdown`](Self::shutdown) is called; dropping this does
/// not end it.
#[derive(Debug)]
pub struct Server {
    addr: SocketAddr,
    stop: Arc<watch::Sender<bool>>,
    thread: JoinHandle<()>,
}

/// A snapshot that is being taken when the server ends is waited for no longer than that.
const LAST_SNAPSHOT: Duration = Duration::from_secs(1);

impl Server {
    /// Listens at the first of the addresses that can be had, and serves in a new thread.
    pub(crate) fn start(addrs: &[SocketAddr], routes: Router) -> io::Result<Self> {
        let listener = TcpListener::bind(addrs)?;
        listener.set_nonblocking(true)?;
        let addr = listener.local_addr()?;
        let mut runtime = Builder::new_current_thread();
        // One thread is enough for snapshots: there is never more than one being taken.
        runtime.enable_io().enable_time().max_blocking_threads(1).thread_name("amorsize-snapshot");
        let runtime = runtime.build()?;
        let listener = {
            let _entered = runtime.enter();
            tokio::net::TcpListener::from_std(listener)?
        };
        let stop = Arc::new(watch::Sender::new(false));
        let until = Arc::clone(&stop);
        let run = move || serve(runtime, listener, routes, &until);
        let thread = thread::Builder::new().name("amorsize-dashboard".into()).spawn(run)?;
        Ok(Self { addr, stop, thread })
    }

    /// Where it listens: with the port that was chosen, if port 0 was asked for.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.addr
    }

    /// Ends it: no new requests are taken, those that are being answered are, and then this returns. A client that is slow
    /// is waited for up to five seconds, and then a snapshot that is being taken for one more.
    pub fn shutdown(self) {
        self.stop.send_replace(true);
        // It does not panic, and if it did there would be nothing left to do.
        let _ = self.thread.join();
    }
}

fn serve(runtime: Runtime, listener: tokio::net::TcpListener, routes: Router, until: &watch::Sender<bool>) {
    runtime.block_on(accept_all(listener, routes, until.subscribe()));
    runtime.shutdown_timeout(LAST_SNAPSHOT);
}
