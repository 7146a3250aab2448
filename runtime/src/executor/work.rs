//! The interface of a run: the work, how it is to be done, and what was measured.

use super::chunk_policy::ChunkPolicy;
use super::pools::Pools;
use crate::tuner::unevenness::LongestChunk;
use amorsize_store::clock::Nanos;

/// Work that threads share by taking chunks of it until none is left.
pub(crate) trait Work: Sync {
    /// Takes a chunk and does it. The number of its items, or `None` when no chunk is left.
    ///
    /// Never unwinds: a panic of the function is kept and ends the work.
    fn process_chunk(&self, chunk_policy: ChunkPolicy) -> Option<usize>;

    /// Ends the work early: no more chunks are handed out.
    fn halt(&self);

    /// Whether it ended early: with items left, or with a failure.
    fn halted(&self) -> bool;

    /// Gets ready for helpers, before the first is called.
    fn gather(&self);

    /// Whether so many results wait to be consumed that helpers should leave.
    fn backlogged(&self) -> bool {
        false
    }
}

/// How a run is to be done.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RunSpec {
    /// Items in all.
    pub(crate) len: usize,
    /// The most threads that work at once, the caller included.
    pub(crate) n_jobs: usize,
    /// The fewest items that a thread takes at once, if the user said so; else 1.
    pub(crate) chunksize: usize,
    /// Nanoseconds that an item is expected to take; 0 if unknown.
    pub(crate) cost: f64,
    /// Whether items may differ so much that chunks are to be short from the first to the last. Only with [`Start::AtOnce`].
    pub(crate) is_uneven: bool,
    /// When to call for help.
    pub(crate) start: Start,
    /// Where helpers may come from.
    pub(crate) pools: Pools,
    /// Whether something is learned from the run. Then CPU time is measured, if it takes long enough.
    pub(crate) timed: bool,
    /// What it takes to [gather](Work::gather) an item, ns.
    pub(crate) gathering: f64,
}

/// When a caller calls for help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Start {
    /// With the first item: the plan is known.
    AtOnce,
    /// When the time of the first items says that it pays.
    WhenItPays,
}

/// What a run measured.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Report {
    /// From start to end.
    pub(crate) wall: Nanos,
    /// Items that the caller did before it called for help, and their time.
    pub(crate) probe: (usize, Nanos),
    /// The processor time that an item took the caller, ns, if it was measured.
    pub(crate) cpu: Option<f64>,
    /// Whether it ended early.
    pub(crate) halted: bool,
    /// What the helpers did, if any were called.
    pub(crate) shared: Option<SharedReport>,
}

/// What a run with helpers measured.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SharedReport {
    /// Whether the pool was taken for awake when help was called for, or turned out to be.
    pub(crate) hot: bool,
    /// Threads planned, the caller included: more were not asked for than there are items.
    pub(crate) n_jobs: usize,
    /// When help was called for, ns after the start.
    pub(crate) called: Nanos,
    /// Time that helpers worked, in total.
    pub(crate) helped: Nanos,
    /// Time that all threads worked, in total: without calling helpers and waiting for them, and without what other threads kept
    /// helpers from working, as far as that was measured.
    pub(crate) worked: Nanos,
    /// Time that helpers were there, at work or with nothing left to do, in total. Without the same.
    pub(crate) present: Nanos,
    /// The most that an item took, on average over a chunk, ns.
    pub(crate) peak: f64,
    /// The longest chunk of several items.
    pub(crate) longest: LongestChunk,
}
