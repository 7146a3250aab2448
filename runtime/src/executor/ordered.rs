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
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread::{self, Thread};
use std::vec;

use super::adaptor::Adaptor;
use super::caller::Caller;
use super::chunk::Source;
use super::chunk_policy::ChunkPolicy;
use super::chunk_queue::{Blocks, ChunkQueue};
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
    /// How many items the adaptor gets at once, always as many, whatever the plan. `usize::MAX`: all of a chunk.
    block: usize,
    f: &'f F,
    adaptor: A,
    finished: Mutex<FinishedChunks<V>>,
    /// The most threads that work at once.
    n_jobs: usize,
    pools: Pools,
    owner: Thread,
    /// Whether the consumer left values of a chunk that was being made.
    is_cut: AtomicBool,
}

/// So many finished chunks may always wait for the one that is next in order, for each thread that works.
const FEWEST: usize = 8;
/// More may wait as long as all their values take less than this, ...
const MOST_BYTES: usize = 32 << 20;
/// ... and, where values own memory that cannot be counted, as long as each thread worked for less than this, ns.
const MOST_TIME: Nanos = 10_000_000;

impl<'f, S: Source, V, F, A> Ordered<'f, S, V, F, A> {
    pub(crate) fn new(source: S, (len, block): (usize, usize), spec: &RunSpec, f: &'f F, adaptor: A) -> Self {
        let RunSpec { n_jobs, pools, .. } = *spec;
        Self {
            queue: ChunkQueue::new(source, len),
            len,
            block,
            f,
            adaptor,
            finished: Mutex::new(FinishedChunks::new()),
            n_jobs,
            pools,
            owner: thread::current(),
            is_cut: AtomicBool::new(false),
        }
    }

    /// Chunks are whole blocks.
    fn unit(&self) -> usize {
        if self.block == usize::MAX { 1 } else { self.block }
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
        let chunk_policy = ChunkPolicy { unit: self.unit(), ..chunk_policy };
        let begin = now();
        let (range, mut blocks) = self.queue.next_blocks(chunk_policy, self.block)?;
        let mut values = Vec::new();
        // Values that were made before a panic are there as well.
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            while let Some(items) = blocks.next() {
                values.extend(self.adaptor.adapt(self.f.over_chunk(items)));
            }
        }));
        // After a panic there may be items left. A second one of their destructors must not take its place.
        drop_quietly(blocks);
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

    fn gather(&self) {
        self.queue.gather();
    }

    fn halted(&self) -> bool {
        self.queue.halted() || self.is_cut.load(Relaxed)
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

/// The values of a run, in order.
///
/// As long as the caller is alone, it makes each value when it is asked for. Then helpers make whole chunks of them, and so does
/// the caller when it is asked for one that nobody has begun.
struct InOrder<'l, 'c, 'w, 's, S: Source, V, F, A, I, M> {
    work: &'w Ordered<'w, S, V, F, A>,
    caller: &'l mut Caller<'c, 'w, 's>,
    /// The start of the next chunk.
    at: usize,
    /// Makes the values of the next block.
    make: M,
    /// The block whose values are being made, and those that follow it in a chunk of so many items.
    block: Option<I>,
    blocks: Option<(Blocks<'w, S>, usize)>,
    /// The values of a finished chunk.
    values: vec::IntoIter<V>,
    failure: Option<Failure<Infallible>>,
}

/// An iterator that may have several values at once.
pub(crate) trait InBatches: Iterator {
    /// Puts all into a collection.
    fn extend_into(self, collection: &mut impl Extend<Self::Item>);
}

/// The values of `work`, in order.
pub(crate) fn in_order<'l, 'w, S, V, F, A>(
    work: &'w Ordered<'w, S, V, F, A>,
    caller: &'l mut Caller<'_, 'w, '_>,
) -> impl InBatches<Item = V>
where
    S: Source,
    V: Send,
    F: MapFn<S::Item>,
    A: Adaptor<F::Output, Value = V>,
{
    let make = |blocks: &mut Blocks<'w, S>| Some(work.adaptor.adapt(work.f.over_chunk(blocks.next()?)));
    InOrder { work, caller, at: 0, make, block: None, blocks: None, values: Vec::new().into_iter(), failure: None }
}

impl<'w, S, V, F, A, I, M> InOrder<'_, '_, 'w, '_, S, V, F, A, I, M>
where
    S: Source,
    V: Send,
    F: MapFn<S::Item>,
    A: Adaptor<F::Output, Value = V>,
    I: Iterator<Item = V>,
    M: Fn(&mut Blocks<'w, S>) -> Option<I>,
{
    /// The values of the next block of the chunk that the caller makes alone.
    fn next_block(&mut self) -> Option<I> {
        let (blocks, _) = self.blocks.as_mut()?;
        (self.make)(blocks)
    }

    /// Begins the next chunk. False at the end.
    fn refill(&mut self) -> bool {
        if let Some((_, items)) = self.blocks.take() {
            self.caller.note(items);
        }
        loop {
            if let Some(failure) = self.failure.take() {
                // If the panic is caught and the iterator is used again, it returns `None`.
                self.at = self.work.len;
                failure.unwind();
            }
            if self.at == self.work.len {
                return false;
            }
            if !self.caller.has_called_for_help() {
                let chunk_policy = ChunkPolicy { unit: self.work.unit(), ..self.caller.next_policy() };
                let Some((range, blocks)) = self.work.queue.next_blocks(chunk_policy, self.work.block) else {
                    return false;
                };
                self.at = range.end;
                self.blocks = Some((blocks, range.len()));
                return true;
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
}

impl<S: Source, V, F, A, I, M> Drop for InOrder<'_, '_, '_, '_, S, V, F, A, I, M> {
    fn drop(&mut self) {
        // First the run ends; then the values that were not consumed are dropped.
        self.work.is_cut.store(self.block.is_some(), Relaxed);
        self.caller.stop();
        drop_each_quietly(mem::take(&mut self.values));
        drop_quietly(self.failure.take());
    }
}

impl<'w, S, V, F, A, I, M> Iterator for InOrder<'_, '_, 'w, '_, S, V, F, A, I, M>
where
    S: Source,
    V: Send,
    F: MapFn<S::Item>,
    A: Adaptor<F::Output, Value = V>,
    I: Iterator<Item = V>,
    M: Fn(&mut Blocks<'w, S>) -> Option<I>,
{
    type Item = V;

    #[inline]
    fn next(&mut self) -> Option<V> {
        loop {
            if let Some(values) = &mut self.block {
                if let Some(value) = values.next() {
                    return Some(value);
                }
            } else if let Some(value) = self.values.next() {
                return Some(value);
            }
            // A source that lends out what it holds has it back before the next block.
            self.block = None;
            self.block = self.next_block();
            if self.block.is_none() && !self.refill() {
                return None;
            }
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let made = self.values.len() + self.block.as_ref().map_or(0, |block| block.size_hint().0);
        if A::ONE_EACH { (made + (self.work.len - self.at), None) } else { (made, None) }
    }

    fn fold<B, O: FnMut(B, V) -> B>(mut self, init: B, mut op: O) -> B {
        let mut folded = init;
        loop {
            while let Some(values) = self.block.take().or_else(|| self.next_block()) {
                folded = values.fold(folded, &mut op);
            }
            folded = self.values.by_ref().fold(folded, &mut op);
            if !self.refill() {
                return folded;
            }
        }
    }
}

impl<'w, S, V, F, A, I, M> InBatches for InOrder<'_, '_, 'w, '_, S, V, F, A, I, M>
where
    S: Source,
    V: Send,
    F: MapFn<S::Item>,
    A: Adaptor<F::Output, Value = V>,
    I: Iterator<Item = V>,
    M: Fn(&mut Blocks<'w, S>) -> Option<I>,
{
    fn extend_into(mut self, collection: &mut impl Extend<V>) {
        loop {
            while let Some(values) = self.block.take().or_else(|| self.next_block()) {
                collection.extend(values);
            }
            collection.extend(mem::take(&mut self.values));
            if !self.refill() {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::adaptor::Each;
    use super::super::join::scope;
    use super::super::policy::{Advice, ProbeSample, SharingPolicy};
    use super::super::shared_run::SharedRun;
    use super::super::work::{Report, RunSpec, Start};
    use super::*;

    struct NoAdvice;

    impl SharingPolicy for NoAdvice {
        fn advise(&self, _sample: &ProbeSample) -> Advice {
            Advice::Unknown
        }

        fn report_late(&self, _waited: Nanos) {}
    }

    /// Asks for so many of four values.
    fn report_of(wanted: usize) -> Report {
        let double = |n: &u32| 2 * n;
        let (start, pools) = (Start::WhenItPays, Pools::of(false));
        let (len, n_jobs, chunksize, cost, gathering, timed, is_uneven) = (4, 2, 1, 0.0, 0.0, false, false);
        let spec = RunSpec { len, n_jobs, chunksize, cost, is_uneven, start, pools, timed, gathering };
        let work = Ordered::new([0_u32, 1, 2, 3].as_slice(), (4, usize::MAX), &spec, &double, Each);
        let run = SharedRun::new(&work, spec, &NoAdvice);
        let (values, finished) = scope(|scope| {
            let mut caller = Caller::new(&run, scope);
            let values: Vec<u32> = in_order(&work, &mut caller).take(wanted).collect();
            (values, caller.finish())
        });
        assert_eq!(values, [0, 2, 4, 6][..wanted.min(4)]);
        finished.close(&run)
    }

    #[test]
    fn a_run_whose_last_values_were_not_asked_for_ended_early() {
        assert_eq!([1, 2, 3, 5].map(|wanted| report_of(wanted).halted), [true, true, true, false]);
    }
}
