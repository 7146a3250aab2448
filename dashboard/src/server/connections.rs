//! Connections: only so many at once, and none for long.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::time::{sleep, timeout};

use super::impatience::Impatient;

/// The most connections at once. Others wait in the system's queue.
const MOST: u32 = 64;
/// The head of a request has to arrive within that, and an idle connection ends after it.
const HEAD: Duration = Duration::from_secs(5);
/// A client has to read something of an answer within that. The answer is kept in memory for so long.
const STALL: Duration = Duration::from_secs(5);
/// The longest head of a request.
const LONGEST_HEAD: usize = 16 * 1024;
/// A connection takes no more requests after that. It is as long as a request may wait for a snapshot; the longer it is, the
/// longer can clients that read answers slowly keep all connections to themselves.
const LIFE: Duration = Duration::from_secs(10);
/// The last answer on a connection has to be given and read within that. docs/src/watching.md and SECURITY.md name the sum of both.
const LAST_ANSWER: Duration = Duration::from_secs(5);
/// How long to wait if no connection can be accepted, as when the process has too many files open.
const PAUSE: Duration = Duration::from_millis(50);

/// Serves until it is told to stop, and the last answers are given.
pub(super) async fn accept_all(listener: TcpListener, routes: Router, mut stop: watch::Receiver<bool>) {
    let slots = Arc::new(Semaphore::new(MOST as usize));
    loop {
        let next = async {
            let slot = Arc::clone(&slots).acquire_owned().await;
            (slot, listener.accept().await)
        };
        let (slot, accepted) = tokio::select! {
            _ = stop.wait_for(|stop| *stop) => break,
            next = next => next,
        };
        match accepted {
            Ok((stream, _)) => {
                let connection = serve(stream, routes.clone(), stop.clone());
                tokio::spawn(async move {
                    connection.await;
                    drop(slot);
                });
            }
            Err(_) => sleep(PAUSE).await,
        }
    }
    // Whoever connects from now on is refused.
    drop(listener);
    // All slots are free once the last connection has ended, which each does in that time.
    let _ = timeout(LAST_ANSWER, slots.acquire_many(MOST)).await;
}

async fn serve(stream: TcpStream, routes: Router, mut stop: watch::Receiver<bool>) {
    // Without it an answer in two parts may wait for the other side; it works either way.
    let _ = stream.set_nodelay(true);
    let mut settings = http1::Builder::new();
    // A client may close its side before it reads.
    settings.half_close(true).timer(TokioTimer::new()).header_read_timeout(HEAD).max_buf_size(LONGEST_HEAD);
    let service = TowerToHyperService::new(routes);
    let mut connection = pin!(settings.serve_connection(TokioIo::new(Impatient::new(stream, STALL)), service));
    tokio::select! {
        // However it ended: the client is gone.
        _ = connection.as_mut() => return,
        _ = stop.wait_for(|stop| *stop) => {}
        () = sleep(LIFE) => {}
    }
    connection.as_mut().graceful_shutdown();
    let _ = timeout(LAST_ANSWER, connection).await;
}
