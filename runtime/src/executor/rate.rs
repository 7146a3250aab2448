//! How fast a thread works, and so how long its chunks are.

use super::chunk_queue::ChunkPolicy;
use crate::tuner::cost::{LONGEST_CHUNK, SHORTEST_CHUNK, items_in};
use amorsize_store::clock::{Nanos, now};

/// Estimates what an item takes from the last chunks of one thread.
pub(super) struct RateEstimator {
    /// When the last chunk ended.
    pub(super) last: Nanos,
    /// What an item takes, ns; 0 if unknown.
    pub(super) cost: f64,
    /// Threads that share what is left.
    pub(super) n_jobs: usize,
}

impl RateEstimator {
    /// Chunks that last neither too short nor too long, but no fewer than `chunksize` items.
    pub(super) fn chunk_policy(&self, chunksize: usize) -> ChunkPolicy {
        let least = if self.cost > 0.0 { items_in(SHORTEST_CHUNK, self.cost).max(chunksize) } else { chunksize };
        let most = if self.cost > 0.0 { items_in(LONGEST_CHUNK, self.cost) } else { 1 };
        ChunkPolicy { n_jobs: self.n_jobs, least, most: most.max(least), floor: chunksize, unit: 1 }
    }

    /// A chunk of `items` has just ended.
    pub(super) fn note(&mut self, items: usize) {
        let now = now();
        let cost = (now - self.last) as f64 / items as f64;
        // Heavier items are believed at once, lighter ones by half: chunks that are too short cost a hundredth of the time,
        // but one that is too long can cost the whole gain.
        self.cost = if cost > self.cost { cost } else { f64::midpoint(self.cost, cost) };
        self.last = now;
    }
}
