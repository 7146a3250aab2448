//! A collection whose items come one after the other, as those of a map do.
//!
//! As long as the caller works alone, it takes them from the iterator chunk by chunk, as the plain loop does. What is left is
//! gathered in a `Vec` when other threads are about to join: so whatever is not shared does not pay for that.

#![allow(unsafe_code)]

use std::cell::Cell;
use std::fmt;
use std::marker::PhantomData;
use std::sync::OnceLock;
use std::thread::{self, ThreadId};

use super::buffers::Owned;
use super::chunk::{Chunk, Source};

/// The first items of an iterator. Chunks of it are asked for in ascending order, as a chunk queue hands them out. A chunk
/// whose items are not all used is the last one that is asked for, before the rest is dropped.
pub(crate) struct Pulled<I: Iterator> {
    /// Where the iterator is while no chunk has it and nothing was gathered. For the thread `owner` alone.
    iterator: Cell<Option<I>>,
    /// Items of the chunks so far. For the same thread.
    taken: Cell<usize>,
    owner: ThreadId,
    /// The items that were left when they were gathered, and the index of the first of them.
    gathered: OnceLock<(usize, Owned<I::Item>)>,
}

// SAFETY: threads other than `owner` use nothing but `gathered`: what comes before it is behind a comparison with `owner`. And
// that holds items, which are sent, never shared.
unsafe impl<I: Iterator<Item: Send>> Sync for Pulled<I> {}

impl<I: Iterator> Pulled<I> {
    /// The items of `iterator`, of which this thread gets the first.
    #[inline]
    pub(crate) fn new(iterator: I) -> Self {
        Self {
            iterator: Cell::new(Some(iterator)),
            taken: Cell::new(0),
            owner: thread::current().id(),
            gathered: OnceLock::new(),
        }
    }

    /// The iterator, and how many of its items were taken. It is not there if the items of an earlier chunk were leaked, or if
    /// gathering panicked; then there are no more items.
    fn take(&self) -> (Option<I>, usize) {
        assert!(thread::current().id() == self.owner, "amorsize: items that were not gathered are for one thread");
        (self.iterator.take(), self.taken.get())
    }
}

impl<I: Iterator> fmt::Debug for Pulled<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pulled").field("is_gathered", &self.gathered.get().is_some()).finish_non_exhaustive()
    }
}

impl<I: Iterator<Item: Send>> Source for Pulled<I> {
    type Item = I::Item;

    fn items(&self, chunk: Chunk) -> impl Iterator<Item = I::Item> {
        let range = chunk.range();
        if let Some((first, rest)) = self.gathered.get() {
            assert!(*first <= range.start, "amorsize: a chunk was asked for too late");
            // SAFETY: as many items were gathered as there are from `first` on. No other chunk has these indices, so none has
            // what is left of them without `first`.
            let chunk = unsafe { Chunk::new(range.start - first..range.end - first) };
            return OneOf::Gathered(rest.items(chunk));
        }
        let (iterator, taken) = self.take();
        // Where a chunk was lost to a panic, nothing tells which item is the next. This is no place to panic in turn: what is left
        // is asked for while the run is dropped.
        let iterator = iterator.filter(|_| taken == range.start);
        self.taken.set(range.end);
        OneOf::Pulled(Pulling { iterator, left: range.len(), pulled: self, here: PhantomData })
    }

    fn gather(&self, len: usize) {
        if self.gathered.get().is_none() {
            let (iterator, taken) = self.take();
            let items = iterator.map_or(Vec::new(), |iterator| iterator.take(len - taken).collect());
            let mut rest = Owned::new(items, len - taken);
            rest.begin();
            self.gathered.get_or_init(|| (taken, rest));
        }
    }
}

/// The next items of an iterator, which is put back when this is dropped.
struct Pulling<'a, I: Iterator> {
    iterator: Option<I>,
    left: usize,
    pulled: &'a Pulled<I>,
    /// It stays on the thread of the caller.
    here: PhantomData<*const ()>,
}

impl<I: Iterator> Iterator for Pulling<'_, I> {
    type Item = I::Item;

    #[inline]
    fn next(&mut self) -> Option<I::Item> {
        self.left = self.left.checked_sub(1)?;
        self.iterator.as_mut()?.next()
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl<I: Iterator> Drop for Pulling<'_, I> {
    #[inline]
    fn drop(&mut self) {
        self.pulled.iterator.set(self.iterator.take());
    }
}

/// The items of one chunk: still in the iterator, or out of the `Vec`.
enum OneOf<P, G> {
    Pulled(P),
    Gathered(G),
}

impl<P: Iterator, G: Iterator<Item = P::Item>> Iterator for OneOf<P, G> {
    type Item = P::Item;

    #[inline]
    fn next(&mut self) -> Option<P::Item> {
        match self {
            Self::Pulled(items) => items.next(),
            Self::Gathered(items) => items.next(),
        }
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        match self {
            Self::Pulled(items) => items.size_hint(),
            Self::Gathered(items) => items.size_hint(),
        }
    }

    #[inline]
    fn fold<B, F: FnMut(B, P::Item) -> B>(self, init: B, f: F) -> B {
        match self {
            Self::Pulled(items) => items.fold(init, f),
            Self::Gathered(items) => items.fold(init, f),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::rc::Rc;
    use std::sync::Arc;
    use std::{iter, mem};

    use super::super::chunk_policy::ChunkPolicy;
    use super::super::chunk_queue::ChunkQueue;
    use super::*;

    /// The numbers from 0 on, and how far they were asked for.
    fn counted(asked: &Rc<Cell<usize>>) -> impl Iterator<Item = usize> + use<> {
        let asked = asked.clone();
        (0..).inspect(move |n| asked.set(n + 1))
    }

    fn next<T: Send>(queue: &ChunkQueue<Pulled<impl Iterator<Item = T>>, ()>, items: usize) -> Vec<T> {
        let Some((_, mut blocks)) = queue.next_blocks(ChunkPolicy::exactly(items), usize::MAX) else {
            return Vec::new();
        };
        iter::from_fn(|| blocks.next()).flatten().collect()
    }

    #[test]
    fn items_are_taken_when_they_are_asked_for_and_gathered_once_others_join() {
        let asked = Rc::new(Cell::new(0));
        let queue = ChunkQueue::new(Pulled::new(counted(&asked)), 10);
        assert_eq!((next(&queue, 2), next(&queue, 1)), (vec![0, 1], vec![2]));
        assert_eq!(asked.get(), 3);
        queue.gather();
        assert_eq!(asked.get(), 10);
        let others = || thread::scope(|scope| scope.spawn(|| next(&queue, 4)).join());
        assert_eq!((others().ok(), next(&queue, 9)), (Some(vec![3, 4, 5, 6]), vec![7, 8, 9]));
        queue.gather();
        assert_eq!((next(&queue, 1), asked.get()), (vec![], 10));
    }

    #[test]
    fn what_is_not_asked_for_stays_in_the_iterator() {
        let asked = Rc::new(Cell::new(0));
        let queue = ChunkQueue::<_, ()>::new(Pulled::new(counted(&asked)), 1_000);
        let (_, mut blocks) = queue.next_blocks(ChunkPolicy::exactly(100), 10).expect("there are items");
        assert_eq!(blocks.next().expect("ten").count(), 10);
        assert!(blocks.next().expect("ten").any(|n| n == 14));
        drop(blocks);
        drop(queue);
        assert_eq!(asked.get(), 15);
    }

    #[test]
    fn values_are_dropped_once_when_the_iterator_panics() {
        let alive = Arc::new(());
        // In the first chunk, when others join, and in the chunk after the first.
        for (first, gathers) in [(6, true), (5, true), (0, true), (3, false)] {
            let values: Vec<_> = (0..10).map(|n| (n, alive.clone())).collect();
            let values = values.into_iter().map(|(n, value)| {
                assert!(n != 5, "it panics");
                value
            });
            let queue = ChunkQueue::new(Pulled::new(values), 10);
            let run = || {
                let first = next(&queue, first);
                if gathers {
                    queue.gather();
                }
                (first, next(&queue, 7))
            };
            assert!(catch_unwind(AssertUnwindSafe(run)).is_err());
            drop(queue);
            assert_eq!(Arc::strong_count(&alive), 1);
        }
    }

    #[test]
    fn nothing_follows_a_chunk_that_was_leaked() {
        let queue = ChunkQueue::new(Pulled::new(0..10), 10);
        let (_, mut blocks) = queue.next_blocks(ChunkPolicy::exactly(4), 2).expect("there are items");
        mem::forget(blocks.next());
        drop(blocks);
        assert_eq!(next(&queue, 4), []);
        assert!(catch_unwind(AssertUnwindSafe(|| queue.gather())).is_err());
    }

    #[test]
    fn other_threads_get_nothing_before_that() {
        let queue = ChunkQueue::new(Pulled::new(0..10), 10);
        let early = thread::scope(|scope| scope.spawn(|| catch_unwind(AssertUnwindSafe(|| next(&queue, 1)))).join());
        assert!(early.is_ok_and(|early| early.is_err()));
    }
}
