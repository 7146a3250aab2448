//! The answers of the moment: many requests at a time take one snapshot, and each document is rendered once of it.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use amorsize_store::view::snapshot::Snapshot;
use axum::body::Bytes;
use serde::Serialize;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use crate::documents::analytics::Analytics;
use crate::documents::cache::{Metrics, Stats, Status};
use crate::exposition::Exposition;
use crate::page::{Refresh, page};

/// What can be asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Document {
    Stats,
    Metrics,
    Status,
    Analytics,
    Exposition,
    Page,
    StillPage,
}

/// How many documents there are.
const DOCUMENTS: usize = Document::StillPage as usize + 1;

/// Why there is no answer: the function of the program panicked, or takes too long.
#[derive(Clone, Copy, Debug)]
pub(crate) enum NoAnswer {
    Failed,
    Late,
}

/// A request may be answered from a snapshot that was begun no longer than this before it came.
const FRESH: Duration = Duration::from_millis(200);
/// A request waits for a snapshot no longer than that.
const PATIENCE: Duration = Duration::from_secs(10);

pub(crate) type TakeSnapshot = dyn Fn() -> Snapshot + Send + Sync;
/// Removes plans, and says how many or why not.
pub(crate) type Change = dyn Fn() -> Result<usize, String> + Send + Sync;
pub(crate) type Advise = dyn Fn(&Snapshot) -> Vec<String> + Send + Sync;

pub(crate) struct Answers {
    take: Box<TakeSnapshot>,
    advise: Box<Advise>,
    exposition: Mutex<Exposition>,
    latest: Mutex<Option<Arc<Moment>>>,
    /// Held by who takes a snapshot or renders, so that others wait for the result instead of doing the same.
    busy: Arc<tokio::sync::Mutex<()>>,
}

/// A snapshot, and what was rendered of it so far.
struct Moment {
    /// When the snapshot was begun: it is as old as its oldest figure.
    begun: Instant,
    snapshot: Snapshot,
    advice: Vec<String>,
    rendered: [OnceLock<Bytes>; DOCUMENTS],
}

impl Answers {
    pub(crate) fn new(take: Box<TakeSnapshot>, advise: Box<Advise>) -> Self {
        let (exposition, latest, busy) = Default::default();
        Self { take, advise, exposition, latest, busy }
    }

    /// The document, of a snapshot that is at most a moment older than the request.
    pub(crate) async fn get(self: &Arc<Self>, document: Document) -> Result<Bytes, NoAnswer> {
        let asked = Instant::now();
        if let Some(rendered) = self.rendered(document, asked) {
            return Ok(rendered);
        }
        let render = async {
            let busy = Arc::clone(&self.busy).lock_owned().await;
            if let Some(rendered) = self.rendered(document, asked) {
                return Ok(rendered);
            }
            let this = Arc::clone(self);
            // Both may take some milliseconds, in which other requests should not wait.
            let rendering = spawn_blocking(move || {
                let _busy = busy;
                this.render(document, asked)
            });
            rendering.await.map_err(|_| NoAnswer::Failed)
        };
        timeout(PATIENCE, render).await.unwrap_or(Err(NoAnswer::Late))
    }

    /// Changes something. Requests that come after it see it.
    pub(crate) async fn change(self: &Arc<Self>, change: Arc<Change>) -> Result<Result<usize, String>, NoAnswer> {
        let changed = async {
            // No snapshot from before can come after.
            let busy = Arc::clone(&self.busy).lock_owned().await;
            let this = Arc::clone(self);
            let changing = spawn_blocking(move || {
                let _busy = busy;
                let result = change();
                *lock(&this.latest) = None;
                result
            });
            changing.await.map_err(|_| NoAnswer::Failed)
        };
        timeout(PATIENCE, changed).await.unwrap_or(Err(NoAnswer::Late))
    }

    /// The latest snapshot, if it is fresh to a request that came then. However long others took to make it while the
    /// request waited, it need not take one of its own.
    fn latest(&self, asked: Instant) -> Option<Arc<Moment>> {
        lock(&self.latest).as_ref().filter(|moment| asked <= moment.begun + FRESH).map(Arc::clone)
    }

    fn rendered(&self, document: Document, asked: Instant) -> Option<Bytes> {
        self.latest(asked)?.rendered[document as usize].get().cloned()
    }

    fn render(&self, document: Document, asked: Instant) -> Bytes {
        let moment = self.latest(asked).unwrap_or_else(|| {
            let begun = Instant::now();
            let snapshot = (self.take)();
            let advice = (self.advise)(&snapshot);
            let moment = Arc::new(Moment { begun, snapshot, advice, rendered: Default::default() });
            *lock(&self.latest) = Some(Arc::clone(&moment));
            moment
        });
        let Moment { snapshot, advice, .. } = &*moment;
        let render = || match document {
            Document::Stats => json(&Stats::of(snapshot)),
            Document::Metrics => json(&Metrics::of(snapshot)),
            Document::Status => json(&Status::of(snapshot)),
            Document::Analytics => json(&Analytics::of(snapshot, advice)),
            // Writing to a String does not fail.
            Document::Exposition => lock(&self.exposition).text(snapshot).unwrap_or_default().into(),
            Document::Page => page(snapshot, advice, Refresh::Often).into_string().into(),
            Document::StillPage => page(snapshot, advice, Refresh::Never).into_string().into(),
        };
        moment.rendered[document as usize].get_or_init(render).clone()
    }
}

/// A panic of another thread that held it left nothing half done.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn json(document: &impl Serialize) -> Bytes {
    // Numbers, text, and keys that are text: none of it can fail.
    serde_json::to_vec(document).unwrap_or_default().into()
}

impl fmt::Debug for Answers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answers").finish_non_exhaustive()
    }
}
