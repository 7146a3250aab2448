//! The caller's first items, before it calls for help.

use crate::clock::Nanos;
use crate::tuner::cost::items_in;

/// The caller's first items, before it calls for help.
#[derive(Default)]
pub(super) struct Probe {
    pub(super) blocks: u32,
    pub(super) items: usize,
    pub(super) time: Nanos,
    /// Items of the last block.
    block: usize,
    /// Cost of an item in the last block and in the one before.
    pub(super) means: (f64, f64),
}

/// No block of the probe is shorter than this, ...
pub(super) const SHORTEST_BLOCK: Nanos = 2_000;
/// ... nor longer.
const LONGEST_BLOCK: Nanos = 20_000;

impl Probe {
    /// Blocks grow, and none is long enough to be missed if it could have been shared.
    pub(super) fn next_block(&self) -> usize {
        if self.block == 0 {
            return 1;
        }
        let time = self.time.clamp(SHORTEST_BLOCK, LONGEST_BLOCK);
        // Tiny blocks measure the clock more than the items: get over them quickly.
        let growth = if self.time < SHORTEST_BLOCK / 4 { 8 } else { 2 };
        items_in(time as f64, self.means.0).min(growth * self.block)
    }

    pub(super) fn note(&mut self, items: usize, time: Nanos) {
        self.blocks += 1;
        self.items += items;
        self.time += time;
        self.block = items;
        let mean = (time as f64 / items as f64).max(0.01);
        self.means = (mean, if self.blocks == 1 { mean } else { self.means.0 });
    }
}
