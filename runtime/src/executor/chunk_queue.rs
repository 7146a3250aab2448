//! The chunk queue of a run: a shared counter that hands out each range of indices once, in ascending order.
//!
//! The holder of a [`Chunk`] may move its items out of the collection and write its results into the output, because no
//! other thread can hold the same index. This file is the only one that makes chunks, and it gives each to the
//! collection and the output that lie beside the counter. That is what its `unsafe` rests on.

#![allow(unsafe_code)]

use std::iter;
use std::mem::needs_drop;
use std::ops::Range;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::adaptor::Adaptor;
use super::buffers::Output;
use super::chunk::{Chunk, Source};
use super::chunk_policy::ChunkPolicy;
use super::map_fn::MapFn;
use amorsize_store::sync::{lock, unpoisoned};

/// Keeps the counter on cache lines of its own: two, because processors prefetch them in pairs.
#[repr(align(128))]
#[derive(Debug)]
struct Padded<T>(T);

/// One collection, one output of the same length, and the counter that hands out chunks of both.
#[derive(Debug)]
pub(crate) struct ChunkQueue<S: Source, U> {
    next: Padded<AtomicUsize>,
    /// Once the run was halted, no index from here on was handed out; `len` before.
    halted_at: AtomicUsize,
    len: usize,
    source: S,
    /// `None` until there is room for results, and once they were taken out.
    output: Option<Output<U>>,
    /// Ranges that were handed out and have no results. Every other place that was handed out has one.
    holes: Mutex<Vec<Range<usize>>>,
}

impl<S: Source, U> ChunkQueue<S, U> {
    /// A run over the `len` items of `source`, without room for results.
    pub(crate) fn new(mut source: S, len: usize) -> Self {
        source.begin();
        Self {
            next: Padded(AtomicUsize::new(0)),
            halted_at: AtomicUsize::new(len),
            len,
            source,
            output: None,
            holes: Mutex::new(Vec::new()),
        }
    }

    /// The next `count` items, or all that are left if they are fewer, while the run has no output and no other thread.
    pub(crate) fn next_items(&mut self, count: usize) -> impl Iterator<Item = S::Item> {
        let next = self.next.0.get_mut();
        let start = *next;
        *next += count.min(self.len - start);
        // SAFETY: as in `next_chunk`.
        let chunk = unsafe { Chunk::new(start..*next) };
        self.source.items(chunk)
    }

    /// Makes the output, with room for the results of all items. `results` are those of the items that were handed out.
    ///
    /// # Panics
    /// If there are not as many.
    pub(crate) fn make_room(&mut self, results: Vec<U>) {
        assert!(results.len() == *self.next.0.get_mut(), "amorsize: a run goes on without all of its results");
        self.output = Some(Output::with_first(results, self.len));
    }

    /// Ends the run early: no more chunks are handed out. Those that were handed out are finished by their holders.
    pub(crate) fn halt(&self) {
        let old = self.next.0.swap(self.len, Ordering::Relaxed);
        self.halted_at.fetch_min(old, Ordering::Relaxed);
    }

    /// Whether the run was halted before everything was handed out.
    pub(crate) fn halted(&self) -> bool {
        self.halted_at.load(Ordering::Relaxed) < self.len
    }

    /// Gets the source ready for other threads than this.
    pub(crate) fn gather(&self) {
        self.source.gather(self.len);
    }

    fn next_chunk(&self, policy: ChunkPolicy) -> Option<Chunk> {
        let mut start = self.next.0.load(Ordering::Relaxed);
        loop {
            let left = self.len - start;
            if left == 0 {
                return None;
            }
            let end = start + policy.chunk_len(left);
            // Relaxed: the counter only tells indices apart. Items and results are published when helpers join and leave.
            match self.next.0.compare_exchange_weak(start, end, Ordering::Relaxed, Ordering::Relaxed) {
                // SAFETY: the counter never goes back, so no index is handed out twice. It ends at `len`, which is the
                // length of the collection and of the output. This type's methods give the chunk to these two only.
                Ok(_) => return Some(unsafe { Chunk::new(start..end) }),
                Err(now) => start = now,
            }
        }
    }

    /// Takes the next chunk and fills its places with what the adaptor makes of the results of `f`, up to the first
    /// error. The number of items; `None` when none are left.
    ///
    /// `unfilled` is set to the range of the chunk, and then to the part of it that has no result, also if `f` unwinds.
    pub(crate) fn fill_chunk<E, F: MapFn<S::Item>>(
        &self,
        policy: ChunkPolicy,
        unfilled: &mut Range<usize>,
        f: &F,
        adaptor: &impl Adaptor<F::Output, Value = Result<U, E>>,
    ) -> Option<Result<usize, E>> {
        let chunk = self.next_chunk(policy)?;
        *unfilled = chunk.range();
        let len = unfilled.len();
        let mut filled = FillGuard { queue: self, unfilled, count: 0 };
        // SAFETY: the chunk was made by this queue, whose output this is.
        let places = unsafe { self.output.as_ref()?.places(&chunk) };
        let mut outcome = Ok(len);
        for (place, value) in places.iter_mut().zip(adaptor.adapt(f.over_chunk(self.source.items(chunk)))) {
            match value {
                Ok(value) => {
                    place.write(value);
                    filled.count += 1;
                }
                // Not returned from here: what is being returned is leaked if the destructor of an item panics then.
                Err(error) => {
                    outcome = Err(error);
                    break;
                }
            }
        }
        Some(outcome)
    }

    /// All results, in order.
    ///
    /// # Panics
    /// If an item has no result: the run was halted, failed, or is not over.
    pub(crate) fn into_results(mut self) -> Vec<U> {
        let results = self.take_results_before(self.len);
        // A value that is being returned is leaked if the destructor of an item panics then.
        drop(self);
        results
    }

    /// The results before index `end`, in order. Later ones, which the plain loop would not have made, are dropped, and
    /// panics of their destructors go no further. To be called once.
    ///
    /// # Panics
    /// If an item before `end` has no result.
    pub(crate) fn take_results_before(&mut self, end: usize) -> Vec<U> {
        let handed_out = self.handed_out();
        let holes = unpoisoned(self.holes.get_mut());
        let whole = end <= handed_out && holes.iter().all(|hole| end <= hole.start);
        assert!(whole, "amorsize: a run ended without all of its results");
        let late = filled(holes, end..handed_out);
        let Some(mut output) = self.output.take() else { unreachable!("results are handed out once") };
        // SAFETY: these are the filled places from `end` on; `into_vec` below keeps only the places before `end`.
        unsafe { output.drop_filled(late) };
        // SAFETY: every place before `end` was handed out and is in no hole, so it is filled.
        unsafe { output.into_vec(end) }
    }

    /// No index from here on was handed out. Final once the run is over or halted.
    fn handed_out(&self) -> usize {
        self.next.0.load(Ordering::Relaxed).min(self.halted_at.load(Ordering::Relaxed))
    }
}

impl<S: Source> ChunkQueue<S, ()> {
    /// Takes the next chunk of a run without output: its range, and the items of each of its blocks, which have `block` items,
    /// the last one maybe fewer. `None` when no items are left.
    pub(crate) fn next_blocks(&self, policy: ChunkPolicy, block: usize) -> Option<(Range<usize>, Blocks<'_, S>)> {
        let chunk = self.next_chunk(policy)?;
        Some((chunk.range(), Blocks { source: &self.source, left: chunk.range(), block }))
    }
}

/// The items of a chunk, block by block.
pub(crate) struct Blocks<'q, S: Source> {
    source: &'q S,
    /// What is left of the chunk, which this alone has.
    left: Range<usize>,
    block: usize,
}

impl<'q, S: Source> Blocks<'q, S> {
    /// The items of the next block.
    #[inline]
    pub(crate) fn next(&mut self) -> Option<impl Iterator<Item = S::Item> + use<'q, S>> {
        if self.left.is_empty() {
            return None;
        }
        let start = self.left.start;
        self.left.start += self.block.min(self.left.len());
        // SAFETY: a part of the chunk, which is no part of it any more.
        let block = unsafe { Chunk::new(start..self.left.start) };
        let source: &'q S = self.source;
        Some(source.items(block))
    }
}

impl<S: Source> Drop for Blocks<'_, S> {
    #[inline]
    fn drop(&mut self) {
        if !self.left.is_empty() {
            // SAFETY: what is left of the chunk, which nothing has any more.
            let rest = unsafe { Chunk::new(self.left.clone()) };
            drop(self.source.items(rest));
        }
    }
}

impl<S: Source, U> Drop for ChunkQueue<S, U> {
    fn drop(&mut self) {
        // The items that were not handed out. The binding drops them last.
        let handed_out = self.handed_out();
        // SAFETY: no chunk holds an index from here on, and none will, because the queue is being dropped. They lie within
        // the collection, which is the only one that gets this chunk.
        let rest = unsafe { Chunk::new(handed_out..self.len) };
        let _rest = self.source.items(rest);
        if let Some(output) = self.output.as_mut().filter(|_| needs_drop::<U>()) {
            let holes = unpoisoned(self.holes.get_mut());
            let filled = filled(holes, 0..handed_out);
            // SAFETY: these are all the filled places, and the output is not used after this.
            unsafe { output.drop_filled(filled) };
        }
    }
}

/// The parts of `range` outside the holes.
fn filled(holes: &mut [Range<usize>], range: Range<usize>) -> Vec<Range<usize>> {
    holes.sort_unstable_by_key(|hole| hole.start);
    let starts = iter::once(range.start).chain(holes.iter().map(|hole| hole.end));
    let ends = holes.iter().map(|hole| hole.start).chain(iter::once(range.end));
    starts.zip(ends).map(|(from, to)| from.max(range.start)..to).filter(|part| !part.is_empty()).collect()
}

/// Counts the places of a chunk that are filled. When it is dropped, the others become a hole.
struct FillGuard<'c, S: Source, U> {
    queue: &'c ChunkQueue<S, U>,
    unfilled: &'c mut Range<usize>,
    count: usize,
}

impl<S: Source, U> Drop for FillGuard<'_, S, U> {
    #[inline]
    fn drop(&mut self) {
        self.unfilled.start += self.count;
        if self.unfilled.start < self.unfilled.end {
            lock(&self.queue.holes).push(self.unfilled.clone());
        }
    }
}
