//! Ranges of a run, each claimed once, and the buffers they are claimed from.
//!
//! A run shares one collection among threads: a counter hands out ascending ranges ("takes"), and whoever
//! holds a take may move its items out of the input and write its results into the output, because nobody else
//! can hold the same index. This module is the only one that can make a [`Chunk`], and it makes each for the
//! collection and the output that stand beside the counter. That is what its `unsafe` rests on.

#![allow(unsafe_code)]

use std::iter;
use std::mem::needs_drop;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::buffers::Output;
use super::chunk::{Chunk, Source};
use super::unwind::drop_quietly;
use crate::{lock, unpoisoned};

/// How much a thread wants of what is left.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ChunkPolicy {
    /// A take is the `2 * jobs`-th part of what is left, ...
    pub(crate) n_jobs: usize,
    /// ... at least this many items ...
    pub(crate) least: usize,
    /// ... and at most this many.
    pub(crate) most: usize,
    /// So many even if others then get none: the chunksize that was asked for.
    pub(crate) floor: usize,
    /// Takes start and end at multiples of this, but for the last one.
    pub(crate) unit: usize,
}

impl ChunkPolicy {
    /// Exactly `items`, as far as there are so many.
    pub(crate) fn exactly(items: usize) -> Self {
        Self { n_jobs: 1, least: items, most: items, floor: items, unit: 1 }
    }

    fn chunk_len(self, left: usize) -> usize {
        // What is left is for all, whatever an item is thought to take.
        let least = self.least.min(left.div_ceil(self.n_jobs)).max(self.floor);
        let part = (left / self.n_jobs.saturating_mul(2)).min(self.most).max(least);
        part.clamp(1, left).checked_next_multiple_of(self.unit).map_or(left, |size| size.min(left))
    }
}

/// Keeps the counter on a cache line of its own (two, as processors prefetch them in pairs).
#[repr(align(128))]
#[derive(Debug)]
struct Padded<T>(T);

/// One collection, one output of as many places, and the counter that hands them out.
#[derive(Debug)]
pub(crate) struct ChunkQueue<S: Source, U> {
    next: Padded<AtomicUsize>,
    /// Once the run has been halted, no index from here on was ever claimed; `len` before.
    halted_at: AtomicUsize,
    len: usize,
    source: S,
    /// `None` once the results have been handed out.
    output: Option<Output<U>>,
    /// Claimed ranges without results. Every other claimed place has one.
    holes: Mutex<Vec<Range<usize>>>,
}

impl<S: Source, U> ChunkQueue<S, U> {
    /// A run over the `len` items of `source`.
    pub(crate) fn new(source: S, len: usize) -> Self {
        let mut queue = Self {
            next: Padded(AtomicUsize::new(0)),
            halted_at: AtomicUsize::new(len),
            len,
            source,
            output: None,
            holes: Mutex::new(Vec::new()),
        };
        // Where there is no room for the results, the items are dropped all the same.
        queue.output = Some(Output::new(len));
        queue
    }

    /// Nothing more is handed out. What has been handed out will be finished.
    pub(crate) fn halt(&self) {
        let old = self.next.0.swap(self.len, Ordering::Relaxed);
        self.halted_at.fetch_min(old, Ordering::Relaxed);
    }

    /// Whether it was halted before everything was handed out.
    pub(crate) fn halted(&self) -> bool {
        self.halted_at.load(Ordering::Relaxed) < self.len
    }

    fn next_chunk(&self, policy: ChunkPolicy) -> Option<Chunk> {
        let mut start = self.next.0.load(Ordering::Relaxed);
        loop {
            let left = self.len - start;
            if left == 0 {
                return None;
            }
            let end = start + policy.chunk_len(left);
            // Relaxed: the counter only tells indices apart; what lies behind them is published by the join.
            match self.next.0.compare_exchange_weak(start, end, Ordering::Relaxed, Ordering::Relaxed) {
                // SAFETY: the counter never goes back, so no index is handed out twice; it ends at the length that the
                // output was made for, which is that of the collection; and the caller gives the take to these two.
                Ok(_) => return Some(unsafe { Chunk::new(start..end) }),
                Err(now) => start = now,
            }
        }
    }

    /// Takes the next chunk and fills its places with the results of `f`, up to the first error: their number. `None` when nothing is left.
    ///
    /// `claimed` is set to the claimed range, and its start to the first index without a result, also if `f` unwinds.
    pub(crate) fn fill_chunk<E>(
        &self,
        policy: ChunkPolicy,
        claimed: &mut Range<usize>,
        f: impl Fn(S::Item) -> Result<U, E>,
    ) -> Option<Result<usize, E>> {
        let chunk = self.next_chunk(policy)?;
        *claimed = chunk.range();
        let len = claimed.len();
        let mut filled = FillGuard { queue: self, claimed, count: 0 };
        // SAFETY: the take is the only one ever made of its range, in this run, whose output this is.
        let places = unsafe { self.output.as_ref()?.places(&chunk) };
        for (place, item) in places.iter_mut().zip(self.source.items(chunk)) {
            match f(item) {
                Ok(result) => {
                    place.write(result);
                    filled.count += 1;
                }
                Err(error) => return Some(Err(error)),
            }
        }
        Some(Ok(len))
    }

    /// All results, in order.
    ///
    /// # Panics
    /// If an item has no result: the run was halted, failed, or is not over.
    pub(crate) fn into_results(mut self) -> Vec<U> {
        self.take_results_before(self.len)
    }

    /// The results before index `end`, in order; later ones, which the plain loop would not have made, are dropped,
    /// and nobody hears of it if their destructor panics. Once a run.
    ///
    /// # Panics
    /// If an item before `end` has no result.
    pub(crate) fn take_results_before(&mut self, end: usize) -> Vec<U> {
        let claimed = self.claimed();
        let holes = unpoisoned(self.holes.get_mut());
        let whole = end <= claimed && holes.iter().all(|hole| end <= hole.start);
        assert!(whole, "amorsize: a run ended without all of its results");
        let late = filled(holes, end..claimed);
        let Some(mut output) = self.output.take() else { unreachable!("results are handed out once") };
        // SAFETY: these are the filled places from `end` on, and the ones before it are what `into_vec` keeps.
        let late = catch_unwind(AssertUnwindSafe(|| unsafe { output.drop_filled(late) }));
        drop_quietly(late);
        // SAFETY: every place before `end` was claimed and is in no hole, so it is filled.
        unsafe { output.into_vec(end) }
    }

    /// No index from here on has been claimed, or will be once the run is halted.
    fn claimed(&self) -> usize {
        self.next.0.load(Ordering::Relaxed).min(self.halted_at.load(Ordering::Relaxed))
    }
}

impl<S: Source> ChunkQueue<S, ()> {
    /// Takes the next chunk of a run without output and gives its range and items to `work`. `None` when nothing is left.
    pub(crate) fn with_chunk<R>(
        &self,
        policy: ChunkPolicy,
        work: impl FnOnce(Range<usize>, S::Items<'_>) -> R,
    ) -> Option<R> {
        let chunk = self.next_chunk(policy)?;
        Some(work(chunk.range(), self.source.items(chunk)))
    }
}

impl<S: Source, U> Drop for ChunkQueue<S, U> {
    fn drop(&mut self) {
        // The items that nobody took. The binding drops them last, also if a result's destructor panics.
        let claimed = self.claimed();
        // SAFETY: no take holds an index from `claimed` on, and the run is over, so that none will.
        let rest = unsafe { Chunk::new(claimed..self.len) };
        let _rest = self.source.items(rest);
        if let Some(output) = self.output.as_mut().filter(|_| needs_drop::<U>()) {
            let holes = unpoisoned(self.holes.get_mut());
            let filled = filled(holes, 0..claimed);
            // SAFETY: these are all the filled places, and this is their owner's end.
            unsafe { output.drop_filled(filled) };
        }
    }
}

/// What is left of `range` between the holes.
fn filled(holes: &mut [Range<usize>], range: Range<usize>) -> Vec<Range<usize>> {
    holes.sort_unstable_by_key(|hole| hole.start);
    let starts = iter::once(range.start).chain(holes.iter().map(|hole| hole.end));
    let ends = holes.iter().map(|hole| hole.start).chain(iter::once(range.end));
    starts.zip(ends).map(|(from, to)| from.max(range.start)..to).filter(|part| !part.is_empty()).collect()
}

/// Counts the places of a take that are filled; on its end the others become a hole.
struct FillGuard<'c, S: Source, U> {
    queue: &'c ChunkQueue<S, U>,
    claimed: &'c mut Range<usize>,
    count: usize,
}

impl<S: Source, U> Drop for FillGuard<'_, S, U> {
    #[inline]
    fn drop(&mut self) {
        self.claimed.start += self.count;
        if self.claimed.start < self.claimed.end {
            lock(&self.queue.holes).push(self.claimed.clone());
        }
    }
}
