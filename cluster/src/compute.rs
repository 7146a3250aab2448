//! The thread of a rank that computes, batch by batch, while another one sends and receives.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, Sender};
use std::time::Instant;

use amorsize::TunedFn;
use serde::{Deserialize, Serialize};

use crate::fault::{Fault, message};

/// Items that follow each other.
pub(crate) struct Batch<T> {
    pub(crate) first: usize,
    pub(crate) items: Vec<T>,
    /// What is not divided: see `Setting::unit`.
    pub(crate) unit: usize,
}

/// What became of a batch.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Done<P, E> {
    pub(crate) first: usize,
    pub(crate) len: usize,
    /// How long it took to compute, ns.
    pub(crate) wall: u64,
    pub(crate) result: Result<P, Fault<E>>,
}

/// Computes the batches that come, until no more can or it is to stop.
pub(crate) fn compute<T: Send, F, P, E>(
    function: &TunedFn<T, F>,
    one: &(impl Fn(&TunedFn<T, F>, Batch<T>) -> Result<P, (usize, E)> + Sync),
    stopped: &AtomicBool,
    batches: &Receiver<Batch<T>>,
    done: &Sender<Done<P, E>>,
) {
    for batch in batches {
        if stopped.load(Relaxed) {
            return;
        }
        let (first, len) = (batch.first, batch.items.len());
        let start = Instant::now();
        let result = match catch_unwind(AssertUnwindSafe(|| one(function, batch))) {
            Ok(result) => result.map_err(|(index, error)| Fault::Failed { index, error }),
            Err(payload) => Err(Fault::Panicked { index: function.panicked_at(), message: message(&*payload) }),
        };
        let wall = start.elapsed().as_nanos() as u64;
        if done.send(Done { first, len, wall, result }).is_err() {
            return;
        }
    }
}
