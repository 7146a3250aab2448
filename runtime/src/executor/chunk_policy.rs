//! How many items a thread takes at once.

/// How long the next chunk is to be (guided self-scheduling: chunks shrink with what is left).
#[derive(Clone, Copy, Debug)]
pub(crate) struct ChunkPolicy {
    /// Threads that share what is left: a chunk is the `2 * n_jobs`-th part of it, within the limits below.
    pub(crate) n_jobs: usize,
    /// The fewest items of a chunk, as long as they are no more than the `shares`-th part of what is left.
    pub(crate) least: usize,
    /// See `least`: `n_jobs`, or more where what is left may be of very different costs.
    pub(crate) shares: usize,
    /// The most items of a chunk.
    pub(crate) most: usize,
    /// The fewest items of a chunk, even if nothing is left for other threads then: the chunksize that the user asked for.
    pub(crate) floor: usize,
    /// Chunks start and end at multiples of this, except for the end of the last one.
    pub(crate) unit: usize,
}

impl ChunkPolicy {
    /// Exactly `items`, or all that are left if they are fewer.
    pub(crate) fn exactly(items: usize) -> Self {
        Self { n_jobs: 1, least: items, shares: 1, most: items, floor: items, unit: 1 }
    }

    /// The items of the next chunk, when `left` are left, which are more than none.
    pub(crate) fn chunk_len(self, left: usize) -> usize {
        // `least` rests on an estimate, so it never takes more than one thread's part of what is left. The last chunks
        // shrink to one item.
        let least = self.least.min(left.div_ceil(self.shares)).max(self.floor);
        let part = (left / self.n_jobs.saturating_mul(2)).min(self.most).max(least);
        part.clamp(1, left).checked_next_multiple_of(self.unit).map_or(left, |size| size.min(left))
    }
}
