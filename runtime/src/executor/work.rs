//! What a run is told, and what it tells.

use super::chunk_queue::ChunkPolicy;
use crate::clock::Nanos;

/// Work that threads share by taking pieces of it until nothing is left.
pub(crate) trait Work: Sync {
    /// Takes a piece and does it. The number of its items, or `None` when nothing is left to take.
    ///
    /// Never unwinds: a panic of the function is kept, and ends the work.
    fn process_chunk(&self, chunk_policy: ChunkPolicy) -> Option<usize>;

    /// Nothing more is to be taken.
    fn halt(&self);

    /// Whether it ended early: with items left, or with a failure.
    fn halted(&self) -> bool;

    /// So much is finished and not consumed that helpers had better leave.
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
    /// The fewest items that a thread takes at once.
    pub(crate) chunksize: usize,
    /// Nanoseconds an item is expected to take; 0 if nothing is known.
    pub(crate) cost: f64,
    /// When to call for help.
    pub(crate) start: Start,
}

/// When a caller calls for help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Start {
    /// With the first item: the plan is known.
    AtOnce,
    /// When what the first items took says that it pays.
    WhenItPays,
}

/// What a run measured.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Report {
    /// From start to end.
    pub(crate) wall: Nanos,
    /// Items that the caller did before it called for help, and what they took.
    pub(crate) probe: (usize, Nanos),
    /// Whether it ended early.
    pub(crate) halted: bool,
    /// If it called for help.
    pub(crate) shared: Option<SharedReport>,
}

/// What a run with helpers measured.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SharedReport {
    /// Whether the pool was taken for awake, or was.
    pub(crate) hot: bool,
    /// Threads asked for, the caller included.
    pub(crate) n_jobs: usize,
    /// Time that helpers spent on items, over all of them.
    pub(crate) helped: Nanos,
}
