//! How fast a thread gets on.

use super::chunk_queue::ChunkPolicy;
use crate::clock::{Nanos, now};
use crate::tuner::cost::{LONGEST_CHUNK, SHORTEST_CHUNK, items_in};

/// How fast a thread gets on, and so how much it takes.
pub(super) struct RateEstimator {
    pub(super) last: Nanos,
    pub(super) cost: f64,
    /// Threads that share what is left.
    pub(super) n_jobs: usize,
}

impl RateEstimator {
    pub(super) fn chunk_policy(&self, chunksize: usize) -> ChunkPolicy {
        let least = if self.cost > 0.0 { items_in(SHORTEST_CHUNK, self.cost).max(chunksize) } else { chunksize };
        let most = if self.cost > 0.0 { items_in(LONGEST_CHUNK, self.cost) } else { 1 };
        ChunkPolicy { n_jobs: self.n_jobs, least, most: most.max(least), floor: chunksize, unit: 1 }
    }

    pub(super) fn note(&mut self, items: usize) {
        let now = now();
        let cost = (now - self.last) as f64 / items as f64;
        // Quick to see that items get heavier, slower to trust that they get lighter: takes that are too short cost
        // a hundredth, one that is too long can cost the whole gain.
        self.cost = if cost > self.cost { cost } else { f64::midpoint(self.cost, cost) };
        self.last = now;
    }
}
