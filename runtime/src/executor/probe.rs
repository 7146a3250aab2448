//! The probe: the first items of a run, which the caller does alone in timed blocks before it calls for help.

use crate::tuner::cost::{GAIN, PoolModel, items_in};
use amorsize_store::clock::Nanos;

/// What the blocks of the probe took.
pub(crate) struct Probe {
    /// Blocks so far.
    pub(crate) blocks: u32,
    /// Items in all of them.
    pub(crate) items: usize,
    /// Time of all of them.
    pub(crate) time: Nanos,
    /// Items of the last block; before the first one, those that it is to have.
    block: usize,
    /// Time of an item in the last block and in the one before, ns.
    pub(crate) means: (f64, f64),
}

/// The shortest time that a block is meant to take. Before that much was measured, nothing is decided.
pub(crate) const SHORTEST_BLOCK: Nanos = 2_000;
/// The longest time that a block is meant to take.
const LONGEST_BLOCK: Nanos = 20_000;

/// What the blocks of a probe say of the items after them.
#[derive(Clone, Copy)]
pub(crate) struct Outlook {
    /// How many they are; at least one.
    pub(crate) left: usize,
    /// What they take at least, ns. They may be much lighter: only a quarter of the lighter of the last two blocks is sure.
    pub(crate) sure: f64,
    /// What they probably take, ns.
    pub(crate) expected: f64,
}

/// Calling for help may cost this part of the time that was already spent or is sure to come.
const STAKE: f64 = 0.1;

impl Probe {
    /// A probe of items that take `cost` ns each, as far as is known from those before them; 0 if nothing is.
    pub(crate) fn new(cost: f64) -> Self {
        let block = items_in(SHORTEST_BLOCK as f64, cost);
        Self { blocks: 0, items: 0, time: 0, block, means: (0.0, 0.0) }
    }

    /// The number of items of the next block. Blocks grow, but stay so short that little is lost if several threads could
    /// have worked on them.
    pub(crate) fn next_block(&self) -> usize {
        if self.blocks == 0 {
            return self.block;
        }
        let time = self.time.clamp(SHORTEST_BLOCK, LONGEST_BLOCK);
        // In very short blocks the clock takes more time than the items: grow faster.
        let growth = if self.time < SHORTEST_BLOCK / 4 { 8 } else { 2 };
        items_in(time as f64, self.means.0).min(growth * self.block)
    }

    /// A block of `items` took `time`.
    pub(crate) fn note(&mut self, items: usize, time: Nanos) {
        self.blocks += 1;
        self.items += items;
        self.time += time;
        self.block = items;
        let mean = (time as f64 / items as f64).max(0.01);
        self.means = (mean, if self.blocks == 1 { mean } else { self.means.0 });
    }

    /// What the blocks say of the rest of `len` items. `None` if there is no rest, or too little was measured.
    pub(crate) fn outlook(&self, len: usize) -> Option<Outlook> {
        let left = len.saturating_sub(self.items);
        if left == 0 || self.time < SHORTEST_BLOCK {
            return None;
        }
        let n = left as f64;
        Some(Outlook { left, sure: n * self.means.0.min(self.means.1) / 4.0, expected: n * self.means.0 })
    }

    /// Whether calling for the help of all `n_jobs` threads pays by the measurements, where getting ready for them takes
    /// `gathering` ns.
    pub(crate) fn is_worth_help(
        &self,
        outlook: Outlook,
        gathering: f64,
        model: &PoolModel,
        n_jobs: usize,
        hot: bool,
    ) -> bool {
        let wake = model.calling(hot);
        let time = self.time as f64;
        let enough = self.blocks >= 3 || wake <= STAKE * time;
        let pays = enough && wake <= STAKE * (time + outlook.sure);
        pays && outlook.expected >= GAIN * (model.shared_time(outlook.expected, n_jobs, hot) + gathering)
    }
}
