//! Results handed to the caller in index order while others are still being made: folds, sums, filters.
//!
//! Each take makes a [`Piece`]; the caller consumes pieces in order and works itself while the next is not there.
//! Memory is bounded by a window of finished pieces: beyond it helpers leave, and the caller waits for the piece at the front.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::thread::{self, Thread};
use std::vec;

use super::caller::Lead;
use super::chunk::Source;
use super::chunk_queue::{ChunkPolicy, ChunkQueue};
use super::collect::Collect;
use super::failure::Failure;
use super::pool;
use super::sync::sleep_until;
use super::unwind::drop_quietly;
use super::work::Work;
use crate::{lock, unpoisoned};

/// The values of one take.
struct Piece<V> {
    end: usize,
    values: Vec<V>,
    /// The function panicked after these values.
    failure: Option<Failure<Infallible>>,
}

/// Pieces that are finished and not consumed.
struct Ready<V> {
    pieces: BTreeMap<usize, Piece<V>>,
    /// The caller sleeps until there is one more.
    waiting: bool,
    /// A helper left because there was no room for more.
    left: bool,
}

/// The work of a run whose values are consumed in order.
pub(crate) struct Ordered<S: Source, V, C> {
    queue: ChunkQueue<S, ()>,
    len: usize,
    /// Takes are multiples of this.
    unit: usize,
    collect: C,
    ready: Mutex<Ready<V>>,
    /// The most threads at work, if the pool has so many.
    n_jobs: usize,
    owner: Thread,
}

/// Finished pieces that may wait for the one at the front, for each thread at work.
const WINDOW: usize = 8;

impl<S: Source, V, C: Collect<S, V>> Ordered<S, V, C> {
    pub(crate) fn new(source: S, len: usize, unit: usize, n_jobs: usize, collect: C) -> Self {
        Self {
            queue: ChunkQueue::new(source, len),
            len,
            unit,
            collect,
            ready: Mutex::new(Ready { pieces: BTreeMap::new(), waiting: false, left: false }),
            n_jobs,
            owner: thread::current(),
        }
    }

    /// The most finished pieces that may wait.
    fn window(&self) -> usize {
        // While there is no pool there are no helpers either.
        WINDOW * if pool::ready() { self.n_jobs.min(pool::threads() + 1) } else { 1 }
    }

    fn full(&self) -> bool {
        lock(&self.ready).pieces.len() >= self.window()
    }

    /// Whether helpers that left for want of room would find some again. Says so once.
    fn has_room_again(&self) -> bool {
        let mut ready = lock(&self.ready);
        ready.left && ready.pieces.len() <= self.window() / 2 && mem::take(&mut ready.left)
    }

    fn pop(&self, start: usize) -> Option<Piece<V>> {
        lock(&self.ready).pieces.remove(&start)
    }

    /// Sleeps until the piece at `start`, which a helper is making, is there.
    fn wait_for(&self, start: usize) {
        sleep_until(|| {
            let mut ready = lock(&self.ready);
            ready.waiting = !ready.pieces.contains_key(&start);
            !ready.waiting
        });
    }
}

impl<S, V, C> Work for Ordered<S, V, C>
where
    S: Source,
    V: Send,
    C: Collect<S, V>,
{
    fn step(&self, policy: ChunkPolicy) -> Option<usize> {
        let policy = ChunkPolicy { unit: self.unit, ..policy };
        let (start, piece) = self.queue.with_chunk(policy, |range, items| {
            let mut values = Vec::new();
            let outcome = catch_unwind(AssertUnwindSafe(|| self.collect.collect(items, &mut values)));
            let failure = outcome.err().map(Failure::Panic);
            (range.start, Piece { end: range.end, values, failure })
        })?;
        if piece.failure.is_some() {
            self.queue.halt();
        }
        let items = piece.end - start;
        let mut ready = lock(&self.ready);
        ready.pieces.insert(start, piece);
        let waiting = ready.waiting;
        drop(ready);
        if waiting {
            self.owner.unpark();
        }
        Some(items)
    }

    fn halt(&self) {
        self.queue.halt();
    }

    fn halted(&self) -> bool {
        self.queue.halted()
    }

    fn crowded(&self) -> bool {
        let full = self.full();
        if full {
            lock(&self.ready).left = true;
        }
        full
    }
}

impl<S: Source, V, C> Drop for Ordered<S, V, C> {
    fn drop(&mut self) {
        // Nobody asked for these: the plain loop would not have made them.
        for piece in mem::take(&mut unpoisoned(self.ready.get_mut()).pieces).into_values() {
            drop_quietly(piece.values);
            drop_quietly(piece.failure);
        }
    }
}

/// The values of a run, in order. The caller makes some of them itself when it asks for the next.
pub(crate) struct InOrder<'l, 'c, 'w, 's, S: Source, V, C> {
    work: &'w Ordered<S, V, C>,
    lead: &'l mut Lead<'c, 'w, 's>,
    /// The start of the next piece.
    at: usize,
    values: vec::IntoIter<V>,
    failure: Option<Failure<Infallible>>,
}

impl<'l, 'c, 'w, 's, S: Source, V: Send, C: Collect<S, V>> InOrder<'l, 'c, 'w, 's, S, V, C> {
    pub(crate) fn new(work: &'w Ordered<S, V, C>, lead: &'l mut Lead<'c, 'w, 's>) -> Self {
        Self { work, lead, at: 0, values: Vec::new().into_iter(), failure: None }
    }

    /// Gets hold of the next values. False at the end.
    fn refill(&mut self) -> bool {
        loop {
            if let Some(failure) = self.failure.take() {
                // There is nothing after it, for whoever catches it and asks again.
                self.at = self.work.len;
                failure.unwind();
            }
            if self.at == self.work.len {
                return false;
            }
            if let Some(piece) = self.work.pop(self.at) {
                self.at = piece.end;
                self.values = piece.values.into_iter();
                self.failure = piece.failure;
                return true;
            }
            if self.lead.has_called() && self.work.has_room_again() {
                self.lead.request_another();
            }
            if self.work.full() || !self.lead.advance() {
                self.work.wait_for(self.at);
                self.lead.request_another();
            }
        }
    }

    /// Folds the next piece right away, while nobody helps. False if somebody does, or nothing is left.
    fn fold_alone<A>(&mut self, folded: A, op: &mut impl FnMut(A, V) -> A) -> (bool, A) {
        if self.lead.has_called() || self.failure.is_some() || self.at == self.work.len {
            return (false, folded);
        }
        let Self { work, lead, at, .. } = self;
        let mut folded = Some(folded);
        lead.advance_with(|policy| {
            let policy = ChunkPolicy { unit: work.unit, ..policy };
            work.queue.with_chunk(policy, |range, items| {
                folded = folded.take().map(|folded| work.collect.fold(items, folded, &mut *op));
                *at = range.end;
                range.len()
            })
        });
        let Some(folded) = folded else { unreachable!("it is put back after each fold") };
        (true, folded)
    }
}

impl<S: Source, V, C> Drop for InOrder<'_, '_, '_, '_, S, V, C> {
    fn drop(&mut self) {
        // Nothing more is taken; then what nobody asked for goes.
        self.lead.stop();
        drop_quietly(mem::take(&mut self.values));
        drop_quietly(self.failure.take());
    }
}

impl<S: Source, V: Send, C: Collect<S, V>> Iterator for InOrder<'_, '_, '_, '_, S, V, C> {
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

    fn fold<A, O: FnMut(A, V) -> A>(mut self, init: A, mut op: O) -> A {
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
