//! Values that the caller consumes in the order of the items while others are still being made: folds, sums, filters.
//!
//! Each chunk becomes a [`FinishedChunk`]. The caller consumes them in order, and works itself while the next is missing.
//! Finished chunks may wait as long as their values take little memory. Beyond that helpers leave, and the caller waits for
//! the chunk that is next in order.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::mem::{self, needs_drop};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::thread::{self, Thread};
use std::vec;

use super::adaptor::Adaptor;
use super::caller::Caller;
use super::chunk::Source;
use super::chunk_queue::{ChunkPolicy, ChunkQueue};
use super::failure::Failure;
use super::map_fn::MapFn;
use super::pools::Pools;
use super::sync::sleep_until;
use super::unwind::{drop_each_quietly, drop_quietly};
use super::work::{RunSpec, Work};
use amorsize_store::clock::{Nanos, now, since};
use amorsize_store::sync::{lock, unpoisoned};

/// The values of one chunk.
struct FinishedChunk<V> {
    /// The index after its last item.
    end: usize,
    values: Vec<V>,
    /// The panic of the function after these values, if it panicked.
    failure: Option<Failure<Infallible>>,
    /// How long it took.
    time: Nanos,
}

impl<V> FinishedChunk<V> {
    /// What its values take, not counting what they own elsewhere.
    fn bytes(&self) -> usize {
        self.values.capacity() * size_of::<V>()
    }
}

/// Chunks that are finished and not consumed.
struct FinishedChunks<V> {
    /// By the index of their first item.
    chunks: BTreeMap<usize, FinishedChunk<V>>,
    /// What all of their values take.
    bytes: usize,
    /// How long all of them took.
    time: Nanos,
    /// Whether the caller sleeps until one is added.
    waiting: bool,
    /// Whether a helper left because as many chunks waited as may.
    left: bool,
}

impl<V> FinishedChunks<V> {
    const fn new() -> Self {
        Self { chunks: BTreeMap::new(), bytes: 0, time: 0, waiting: false, left: false }
    }

    fn push(&mut self, start: usize, chunk: FinishedChunk<V>) {
        self.bytes += chunk.bytes();
        self.time += chunk.time;
        self.chunks.insert(start, chunk);
    }

    fn pop(&mut self, start: usize) -> Option<FinishedChunk<V>> {
        let chunk = self.chunks.remove(&start)?;
        self.bytes -= chunk.bytes();
        self.time -= chunk.time;
        Some(chunk)
    }

    /// Whether more wait than the `part`-th part of what may, when so many threads work.
    fn are_beyond(&self, threads: usize, part: usize) -> bool {
        let long = needs_drop::<V>() && self.time >= MOST_TIME * threads as Nanos / part as Nanos;
        self.chunks.len() >= FEWEST * threads / part && (long || self.bytes >= MOST_BYTES / part)
    }
}

/// The work of a run whose values are consumed in order.
pub(crate) struct Ordered<'f, S: Source, V, F, A> {
    queue: ChunkQueue<S, ()>,
    len: usize,
    /// The length of each chunk is a multiple of this, except for the last one.
    unit: usize,
    f: &'f F,
    adaptor: A,
    finished: Mutex<FinishedChunks<V>>,
    /// The most threads that work at once.
    n_jobs: usize,
    pools: Pools,
    owner: Thread,
}

/// So many finished chunks may always wait for the one that is next in order, for each thread that works.
const FEWEST: usize = 8;
/// More may wait as long as all their values take less than this, ...
const MOST_BYTES: usize = 32 << 20;
/// ... and, where values own memory that cannot be counted, as long as each thread worked for less than this, ns.
const MOST_TIME: Nanos = 10_000_000;

impl<'f, S: Source, V, F, A> Ordered<'f, S, V, F, A> {
    pub(crate) fn new(source: S, spec: &RunSpec, unit: usize, f: &'f F, adaptor: A) -> Self {
        let RunSpec { len, n_jobs, pools, .. } = *spec;
        Self {
            queue: ChunkQueue::new(source, len),
            len,
            unit,
            f,
            adaptor,
            finished: Mutex::new(FinishedChunks::new()),
            n_jobs,
            pools,
            owner: thread::current(),
        }
    }

    /// The most threads that work at once.
    fn threads(&self) -> usize {
        self.pools.most_threads(self.n_jobs)
    }

    fn full(&self) -> bool {
        lock(&self.finished).are_beyond(self.threads(), 1)
    }

    /// The chunk at `start`, if it is finished. And whether there is room again for helpers that left because too many chunks
    /// waited: that is said only once for each time.
    fn pop(&self, start: usize) -> Option<(FinishedChunk<V>, bool)> {
        let mut finished = lock(&self.finished);
        let chunk = finished.pop(start)?;
        let has_room = finished.left && !finished.are_beyond(self.threads(), 2) && mem::take(&mut finished.left);
        Some((chunk, has_room))
    }

    /// Sleeps until the helper that has the chunk at `start` has finished it.
    fn wait_for(&self, start: usize, late: impl Fn(Nanos) -> bool) {
        let is_there = || {
            let mut finished = lock(&self.finished);
            finished.waiting = !finished.chunks.contains_key(&start);
            !finished.waiting
        };
        sleep_until(is_there, late);
    }
}

impl<S, V, F, A> Work for Ordered<'_, S, V, F, A>
where
    S: Source,
    V: Send,
    F: MapFn<S::Item>,
    A: Adaptor<F::Output, Value = V>,
{
    fn process_chunk(&self, chunk_policy: ChunkPolicy) -> Option<usize> {
        let chunk_policy = ChunkPolicy { unit: self.unit, ..chunk_policy };
        let begin = now();
        let (range, items) = self.queue.take_chunk(chunk_policy)?;
        let mut values = Vec::new();
        // Values that were made before a panic are there as well.
        let outcome = catch_unwind(AssertUnwindSafe(|| values.extend(self.adaptor.adapt(self.f.over_chunk(items)))));
        let failure = outcome.err().map(Failure::Panic);
        let time = since(begin);
        if failure.is_some() {
            self.queue.halt();
        }
        let mut finished = lock(&self.finished);
        finished.push(range.start, FinishedChunk { end: range.end, values, failure, time });
        let waiting = finished.waiting;
        drop(finished);
        if waiting {
            self.owner.unpark();
        }
        Some(range.len())
    }

    fn halt(&self) {
        self.queue.halt();
    }

    fn halted(&self) -> bool {
        self.queue.halted()
    }

    fn backlogged(&self) -> bool {
        let full = self.full();
        if full {
            lock(&self.finished).left = true;
        }
        full
    }
}

impl<S: Source, V, F, A> Drop for Ordered<'_, S, V, F, A> {
    fn drop(&mut self) {
        // The plain loop would not have made these values, so panics of their destructors go no further.
        for chunk in mem::take(&mut unpoisoned(self.finished.get_mut()).chunks).into_values() {
            drop_each_quietly(chunk.values);
            drop_quietly(chunk.failure);
        }
    }
}

/// The values of a run, in order. The caller makes some of them itself when it asks for the next.
pub(crate) struct InOrder<'l, 'c, 'w, 's, S: Source, V, F, A> {
    work: &'w Ordered<'w, S, V, F, A>,
    caller: &'l mut Caller<'c, 'w, 's>,
    /// The start of the next chunk.
    at: usize,
    values: vec::IntoIter<V>,
    failure: Option<Failure<Infallible>>,
}

impl<'l, 'c, 'w, 's, S, V, F, A> InOrder<'l, 'c, 'w, 's, S, V, F, A>
where
    S: Source,
    V: Send,
    F: MapFn<S::Item>,
    A: Adaptor<F::Output, Value = V>,
{
    pub(crate) fn new(work: &'w Ordered<'w, S, V, F, A>, caller: &'l mut Caller<'c, 'w, 's>) -> Self {
        Self { work, caller, at: 0, values: Vec::new().into_iter(), failure: None }
    }

    /// Gets the values of the next chunk. False at the end.
    fn refill(&mut self) -> bool {
        loop {
            if let Some(failure) = self.failure.take() {
                // If the panic is caught and the iterator is used again, it returns `None`.
                self.at = self.work.len;
                failure.unwind();
            }
            if self.at == self.work.len {
                return false;
            }
            if let Some((chunk, has_room)) = self.work.pop(self.at) {
                if has_room {
                    self.caller.request_again();
                }
                self.at = chunk.end;
                self.values = chunk.values.into_iter();
                self.failure = chunk.failure;
                return true;
            }
            if self.work.full() || !self.caller.advance() {
                self.caller.note_wait();
                self.work.wait_for(self.at, |waited| self.caller.late(waited));
            }
        }
    }

    /// While no helpers were called: folds the next chunk without storing its values. False if helpers were called, or no
    /// items are left.
    fn fold_alone<B>(&mut self, folded: B, op: &mut impl FnMut(B, V) -> B) -> (bool, B) {
        if self.caller.has_called_for_help() || self.failure.is_some() || self.at == self.work.len {
            return (false, folded);
        }
        let Self { work, caller, at, .. } = self;
        let mut folded = Some(folded);
        caller.advance_with(|chunk_policy| {
            let chunk_policy = ChunkPolicy { unit: work.unit, ..chunk_policy };
            let (range, items) = work.queue.take_chunk(chunk_policy)?;
            folded = folded.take().map(|folded| work.adaptor.adapt(work.f.over_chunk(items)).fold(folded, &mut *op));
            *at = range.end;
            Some(range.len())
        });
        let Some(folded) = folded else { unreachable!("it is put back after each fold") };
        (true, folded)
    }
}

impl<S: Source, V, F, A> Drop for InOrder<'_, '_, '_, '_, S, V, F, A> {
    fn drop(&mut self) {
        // First the run ends; then the values that were not consumed are dropped.
        self.caller.stop();
        drop_each_quietly(mem::take(&mut self.values));
        drop_quietly(self.failure.take());
    }
}

impl<S, V, F, A> Iterator for InOrder<'_, '_, '_, '_, S, V, F, A>
where
    S: Source,
    V: Send,
    F: MapFn<S::Item>,
    A: Adaptor<F::Output, Value = V>,
{
    type Item = V;

    #[inline]
    fn next(&mut self) -> Option<V> {
        loop {
            if let Some(value) = self.values.next() {
                return Some(value);
            }
            if !self.refill() {
                return None;
            }
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let made = self.values.len();
        if A::ONE_EACH { (made + (self.work.len - self.at), None) } else { (made, None) }
    }

    fn fold<B, O: FnMut(B, V) -> B>(mut self, init: B, mut op: O) -> B {
        let mut folded = init;
        loop {
            folded = self.values.by_ref().fold(folded, &mut op);
            let (alone, so_far) = self.fold_alone(folded, &mut op);
            if !alone && !self.refill() {
                return so_far;
            }
            folded = so_far;
        }
    }
}
