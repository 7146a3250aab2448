//! The service: what is at which path, in a thread of its own.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread::{self, JoinHandle, available_parallelism};
use std::time::Duration;

use amorsize_dashboard::Dashboard;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use tokio::runtime::Builder;
use tokio::sync::oneshot;
use tokio::task::spawn_blocking;

use crate::index::{Document, Hit, Query, search};

/// A service that is running.
pub(crate) struct Service {
    pub(crate) addr: SocketAddr,
    end: oneshot::Sender<()>,
    thread: JoinHandle<io::Result<()>>,
}

/// Clients that are still being answered at the end are waited for no longer than that.
const LAST_ANSWER: Duration = Duration::from_secs(1);

impl Service {
    /// Serves searches below `/search`, and below `/amorsize` what Amorsize measures of them.
    ///
    /// # Errors
    /// If the address cannot be listened at.
    pub(crate) fn start(addr: &str, documents: Arc<Vec<Document>>) -> io::Result<Self> {
        let listener = TcpListener::bind(addr)?;
        listener.set_nonblocking(true)?;
        let addr = listener.local_addr()?;
        // As many searches at once as there are cores: each of them uses what is free.
        let at_once = available_parallelism().map_or(1, usize::from);
        let runtime = Builder::new_current_thread().enable_all().max_blocking_threads(at_once).build()?;
        let (end, ended) = oneshot::channel();
        let serve = async move {
            let listener = tokio::net::TcpListener::from_std(listener)?;
            let application = Router::new()
                .route("/search/{words}", get(answer))
                .with_state(documents)
                .merge(Dashboard::new(amorsize::snapshot).router());
            let serving = axum::serve(listener, application).into_future();
            tokio::select! {
                result = serving => result,
                _ = ended => Ok(()),
            }
        };
        let thread = thread::Builder::new().name("service".into()).spawn(move || {
            let result = runtime.block_on(serve);
            runtime.shutdown_timeout(LAST_ANSWER);
            result
        })?;
        Ok(Self { addr, end, thread })
    }

    /// Ends it.
    ///
    /// # Errors
    /// If it had ended by itself, because of a fault.
    pub(crate) fn end(self) -> io::Result<()> {
        // It may have ended already.
        let _ = self.end.send(());
        self.thread.join().unwrap_or_else(|_| Err(io::Error::other("the service panicked")))
    }
}

/// A search keeps threads busy for milliseconds. In the runtime's own thread nobody else would be answered meanwhile.
async fn answer(
    State(documents): State<Arc<Vec<Document>>>,
    Path(words): Path<String>,
) -> Result<Json<Vec<Hit>>, StatusCode> {
    let hits = spawn_blocking(move || search(&documents, &Query::new(&words)));
    hits.await.map(Json).map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)
}
