//! How fast a thread gets on.

use super::chunk_queue::Share;
use crate::clock::{Nanos, now};
use crate::tuner::cost::{LONGEST_TAKE, SHORTEST_TAKE, items_in};

/// How fast a thread gets on, and so how much it takes.
pub(super) struct Pace {
    pub(super) last: Nanos,
    pub(super) cost: f64,
    /// Threads that share what is left.
    pub(super) jobs: usize,
}

impl Pace {
    pub(super) fn share(&self, chunksize: usize) -> Share {
        let least = if self.cost > 0.0 { items_in(SHORTEST_TAKE, self.cost).max(chunksize) } else { chunksize };
        let most = if self.cost > 0.0 { items_in(LONGEST_TAKE, self.cost) } else { 1 };
        Share { jobs: self.jobs, least, most: most.max(least), floor: chunksize, unit: 1 }
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
