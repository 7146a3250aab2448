//! The probe: the first items of a run, which the caller does alone in timed blocks before it calls for help.

use crate::tuner::cost::items_in;
use amorsize_store::clock::Nanos;

/// What the blocks of the probe took.
pub(super) struct Probe {
    /// Blocks so far.
    pub(super) blocks: u32,
    /// Items in all of them.
    pub(super) items: usize,
    /// Time of all of them.
    pub(super) time: Nanos,
    /// Items of the last block; before the first one, those that it is to have.
    block: usize,
    /// Time of an item in the last block and in the one before, ns.
    pub(super) means: (f64, f64),
}

/// The shortest time that a block is meant to take. Before that much was measured, nothing is decided.
pub(super) const SHORTEST_BLOCK: Nanos = 2_000;
/// The longest time that a block is meant to take.
const LONGEST_BLOCK: Nanos = 20_000;

impl Probe {
    /// A probe of items that take `cost` ns each, as far as is known from those before them; 0 if nothing is.
    pub(super) fn new(cost: f64) -> Self {
        let block = items_in(SHORTEST_BLOCK as f64, cost);
        Self { blocks: 0, items: 0, time: 0, block, means: (0.0, 0.0) }
    }

    /// The number of items of the next block. Blocks grow, but stay so short that little is lost if several threads could
    /// have worked on them.
    pub(super) fn next_block(&self) -> usize {
        if self.blocks == 0 {
            return self.block;
        }
        let time = self.time.clamp(SHORTEST_BLOCK, LONGEST_BLOCK);
        // In very short blocks the clock takes more time than the items: grow faster.
        let growth = if self.time < SHORTEST_BLOCK / 4 { 8 } else { 2 };
        items_in(time as f64, self.means.0).min(growth * self.block)
    }

    /// A block of `items` took `time`.
    pub(super) fn note(&mut self, items: usize, time: Nanos) {
        self.blocks += 1;
        self.items += items;
        self.time += time;
        self.block = items;
        let mean = (time as f64 / items as f64).max(0.01);
        self.means = (mean, if self.blocks == 1 { mean } else { self.means.0 });
    }
}
