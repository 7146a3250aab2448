//! Iterators of std whose length is known: over slices, ranges and collections, and what std's adaptors make of these.
//!
//! The plain loop is the iterator itself. What several threads do depends on it: of some, a thread finds the items of its
//! chunk at once; of others, the items that are left are collected when other threads join.

use std::collections::{binary_heap, btree_map, btree_set, hash_map, hash_set, linked_list, vec_deque};
use std::iter::{Chain, Copied, Enumerate, Rev, Skip, StepBy, Take, Zip};
use std::ops::{Range, RangeInclusive};
use std::{array, iter, slice, str, vec};

use super::items::Collection;
use super::sealed::Sealed;
use crate::executor::buffers::Exclusive;
use crate::executor::chunk::{Chunk, Source};
use crate::executor::pulled::Pulled;

/// An iterator of std whose length is known.
///
/// | iterators | when the work is shared |
/// |---|---|
/// | `iter()`, `chunks`, `chunks_exact`, `rchunks`, `windows` of slices, `iter()` and `range()` of a `VecDeque`, `bytes()` of a `str`, ranges of integers and of `char`; `rev`, `skip`, `take`, `step_by`, `enumerate`, `copied`, `chain` and `zip` of these | each thread goes to its own chunks at once |
/// | `iter_mut()`, `chunks_mut`, `chunks_exact_mut`, `rchunks_mut` of slices, and `enumerate`, `rev`, `zip` .. of these; `iter()`, `iter_mut()`, `into_iter()`, `drain()`, `keys()`, `values()`, `into_keys()` .. of maps, sets, lists and vectors; `repeat_n` and `once` | the items that are left are collected when other threads are called, on the caller; 1 to 2 ns for each |
///
/// A `zip` of what std cannot index, such as `a.iter().rev().zip(&b)`, belongs to the second kind: a tuple `(a, b)` is as
/// short, and to the first.
///
/// Not among them are iterators that call a function of yours, such as `map`, `filter` and `cloned`, because their work would be done
/// on one thread. Do it in the function that is mapped; or collect what they yield. Nor are those that do not know their length, such
/// as `chars()` and `lines()`: they go through `stream`.
///
/// The trait is sealed.
pub trait KnownLength: Iterator + Sized {
    /// How several threads get at the items.
    #[doc(hidden)]
    type Access: Access<Self>;
    /// The same for what an adaptor makes of this iterator.
    #[doc(hidden)]
    type Adapted;
    /// The same for a `zip` with an iterator that has `ByNth` here, too: std goes to an item of both at once.
    #[doc(hidden)]
    type Zipped;
    /// The same for a `chain`: std goes on by `advance_by`, which has to take no longer however far that is.
    #[doc(hidden)]
    type Chained;
    #[doc(hidden)]
    const SEALED: Sealed;
}

/// A way for several threads to get at the items of an iterator.
pub trait Access<I: Iterator> {
    /// What it takes to get an item ready for other threads than the caller, ns.
    const GATHERING: f64 = 0.0;

    /// The first `len` items, shared among threads.
    fn share(iterator: I, len: usize) -> impl Source<Item = I::Item>;
}

#[diagnostic::do_not_recommend]
impl<I: KnownLength> Collection for I {
    type Item = I::Item;
    const GATHERING: f64 = I::Access::GATHERING;

    #[inline]
    fn size(&self) -> Option<usize> {
        match self.size_hint() {
            (least, Some(most)) if least == most => Some(most),
            _ => None,
        }
    }

    #[inline]
    fn into_loop(self) -> impl Iterator<Item = I::Item> {
        self
    }

    #[inline]
    fn into_source(self, len: usize) -> impl Source<Item = I::Item> {
        I::Access::share(self, len)
    }
}

/// `nth` goes to any item at once: each chunk has a copy of the iterator that begins where the chunk does.
#[derive(Debug)]
pub struct ByNth;

impl<I: Iterator + Clone + Sync> Access<I> for ByNth {
    #[inline]
    fn share(iterator: I, _len: usize) -> impl Source<Item = I::Item> {
        NthSource(iterator)
    }
}

/// An iterator whose `nth` goes to any item at once.
#[derive(Debug)]
struct NthSource<I>(I);

impl<I: Iterator + Clone + Sync> Source for NthSource<I> {
    type Item = I::Item;

    #[inline]
    fn items(&self, chunk: Chunk) -> impl Iterator<Item = Self::Item> {
        let range = chunk.range();
        let mut items = self.0.clone();
        if range.start > 0 {
            items.nth(range.start - 1);
        }
        items.take(range.len())
    }
}

/// The caller takes the items one by one. When other threads join, those that are left are collected.
#[derive(Debug)]
pub struct Collected;

impl<I: Iterator<Item: Send>> Access<I> for Collected {
    // 1 to 2 ns for items that are in the processor's caches.
    const GATHERING: f64 = 2.0;

    #[inline]
    fn share(iterator: I, _len: usize) -> impl Source<Item = I::Item> {
        Pulled::new(iterator)
    }
}

/// The iterator gives back the slice that it goes over.
#[derive(Debug)]
pub struct BySlice;

impl<'s, T: Sync> Access<slice::Iter<'s, T>> for BySlice {
    #[inline]
    fn share(iterator: slice::Iter<'s, T>, _len: usize) -> impl Source<Item = &'s T> {
        iterator.as_slice()
    }
}

impl<'s, T: Send> Access<slice::IterMut<'s, T>> for BySlice {
    #[inline]
    fn share(iterator: slice::IterMut<'s, T>, len: usize) -> impl Source<Item = &'s mut T> {
        Exclusive::new(&mut iterator.into_slice()[..len])
    }
}

macro_rules! known_length {
    ($([$($generics:tt)*] $iterator:ty: $access:ty, adapted $adapted:ty, zipped $zipped:ty, chained $chained:ty;)*) => {$(
        impl<$($generics)*> KnownLength for $iterator {
            type Access = $access;
            type Adapted = $adapted;
            type Zipped = $zipped;
            type Chained = $chained;
            const SEALED: Sealed = Sealed;
        }
        impl<$($generics)*> NthSteps for $iterator {}
    )*};
}

known_length! {
    ['s, T: Sync] slice::Iter<'s, T>: BySlice, adapted ByNth, zipped ByNth, chained ByNth;
    ['s, T: Sync] slice::Chunks<'s, T>: ByNth, adapted ByNth, zipped ByNth, chained Collected;
    ['s, T: Sync] slice::ChunksExact<'s, T>: ByNth, adapted ByNth, zipped ByNth, chained Collected;
    ['s, T: Sync] slice::RChunks<'s, T>: ByNth, adapted ByNth, zipped ByNth, chained Collected;
    ['s, T: Sync] slice::RChunksExact<'s, T>: ByNth, adapted ByNth, zipped ByNth, chained Collected;
    ['s, T: Sync] slice::Windows<'s, T>: ByNth, adapted ByNth, zipped ByNth, chained Collected;
    ['s, T: Sync] vec_deque::Iter<'s, T>: ByNth, adapted ByNth, zipped Collected, chained ByNth;
    ['s, T: Send] slice::IterMut<'s, T>: BySlice, adapted Collected, zipped Collected, chained Collected;
    ['s] str::Bytes<'s>: ByNth, adapted ByNth, zipped ByNth, chained Collected;
    [] Range<char>: ByNth, adapted ByNth, zipped Collected, chained ByNth;
    [] RangeInclusive<char>: ByNth, adapted ByNth, zipped Collected, chained Collected;
}

/// Iterators whose items are collected when other threads join.
macro_rules! collected {
    ($([$($generics:tt)*] $iterator:ty;)*) => {
        known_length! { $([$($generics)*] $iterator: Collected, adapted Collected, zipped Collected, chained Collected;)* }
    };
}

collected! {
    ['s, T: Send] slice::ChunksMut<'s, T>;
    ['s, T: Send] slice::ChunksExactMut<'s, T>;
    ['s, T: Send] slice::RChunksMut<'s, T>;
    ['s, T: Send] slice::RChunksExactMut<'s, T>;
    [T: Send] vec::IntoIter<T>;
    ['s, T: Send] vec::Drain<'s, T>;
    [T: Send, const N: usize] array::IntoIter<T, N>;
    ['s, T: Send] vec_deque::IterMut<'s, T>;
    [T: Send] vec_deque::IntoIter<T>;
    ['s, T: Send] vec_deque::Drain<'s, T>;
    ['s, K: Sync, V: Sync] hash_map::Iter<'s, K, V>;
    ['s, K: Sync, V: Send] hash_map::IterMut<'s, K, V>;
    ['s, K: Sync, V] hash_map::Keys<'s, K, V>;
    ['s, K, V: Sync] hash_map::Values<'s, K, V>;
    ['s, K, V: Send] hash_map::ValuesMut<'s, K, V>;
    [K: Send, V: Send] hash_map::IntoIter<K, V>;
    [K: Send, V] hash_map::IntoKeys<K, V>;
    [K, V: Send] hash_map::IntoValues<K, V>;
    ['s, K: Send, V: Send] hash_map::Drain<'s, K, V>;
    ['s, T: Sync] hash_set::Iter<'s, T>;
    [T: Send] hash_set::IntoIter<T>;
    ['s, T: Send] hash_set::Drain<'s, T>;
    ['s, K: Sync, V: Sync] btree_map::Iter<'s, K, V>;
    ['s, K: Sync, V: Send] btree_map::IterMut<'s, K, V>;
    ['s, K: Sync, V] btree_map::Keys<'s, K, V>;
    ['s, K, V: Sync] btree_map::Values<'s, K, V>;
    ['s, K, V: Send] btree_map::ValuesMut<'s, K, V>;
    [K: Send, V: Send] btree_map::IntoIter<K, V>;
    [K: Send, V] btree_map::IntoKeys<K, V>;
    [K, V: Send] btree_map::IntoValues<K, V>;
    ['s, T: Sync] btree_set::Iter<'s, T>;
    [T: Send] btree_set::IntoIter<T>;
    ['s, T: Sync] binary_heap::Iter<'s, T>;
    [T: Send] binary_heap::IntoIter<T>;
    ['s, T: Send] binary_heap::Drain<'s, T>;
    ['s, T: Sync] linked_list::Iter<'s, T>;
    ['s, T: Send] linked_list::IterMut<'s, T>;
    [T: Send] linked_list::IntoIter<T>;
    [T: Send] iter::Once<T>;
    [T: Clone + Send] iter::RepeatN<T>;
}

/// What std's adaptors make of an iterator of known length.
macro_rules! adapted {
    ($([$($generics:tt)*] $iterator:ty, of $inner:ty, zipped $zipped:ty, chained $chained:ty;)*) => {$(
        impl<$($generics)*> KnownLength for $iterator
        where
            Self: Iterator,
            <$inner as KnownLength>::Adapted: Access<Self>,
        {
            type Access = <$inner as KnownLength>::Adapted;
            type Adapted = <$inner as KnownLength>::Adapted;
            type Zipped = $zipped;
            type Chained = $chained;
            const SEALED: Sealed = Sealed;
        }
        impl<$($generics)*> NthSteps for $iterator {}
    )*};
}

adapted! {
    [I: KnownLength] Enumerate<I>, of I, zipped I::Zipped, chained Collected;
    [I: KnownLength] Rev<I>, of I, zipped Collected, chained Collected;
    [I: KnownLength] Skip<I>, of I, zipped Collected, chained Collected;
    [I: KnownLength] Take<I>, of I, zipped Collected, chained Collected;
    [I: KnownLength + NthSteps] StepBy<I>, of I, zipped Collected, chained Collected;
    ['x, T: Copy + 'x, I: KnownLength + Iterator<Item = &'x T>] Copied<I>, of I, zipped I::Zipped, chained I::Chained;
}

/// An iterator that `step_by` steps over by `nth`. Ranges are not: std has another way for them.
pub trait NthSteps {}
impl<A, B> NthSteps for Zip<A, B> {}
impl<A, B> NthSteps for Chain<A, B> {}

/// The way to get at the items of two iterators: at once if that holds for both.
pub trait And<B> {
    /// It.
    type Both;
}
impl And<ByNth> for ByNth {
    type Both = ByNth;
}
impl And<Collected> for ByNth {
    type Both = Collected;
}
impl<B> And<B> for Collected {
    type Both = Collected;
}

impl<A, B> KnownLength for Chain<A, B>
where
    A: KnownLength<Chained: And<B::Chained>, Item: Send>,
    B: KnownLength<Item = A::Item>,
    <A::Chained as And<B::Chained>>::Both: Access<Self>,
{
    type Access = <A::Chained as And<B::Chained>>::Both;
    // Other adaptors go on from its items one by one.
    type Adapted = Collected;
    type Zipped = Collected;
    type Chained = Collected;
    const SEALED: Sealed = Sealed;
}

impl<A, B> KnownLength for Zip<A, B>
where
    A: KnownLength<Zipped: And<B::Zipped>>,
    B: KnownLength,
    <A::Zipped as And<B::Zipped>>::Both: Access<Self>,
{
    type Access = <A::Zipped as And<B::Zipped>>::Both;
    // Other adaptors go on from its items one by one.
    type Adapted = Collected;
    type Zipped = <A::Zipped as And<B::Zipped>>::Both;
    type Chained = Collected;
    const SEALED: Sealed = Sealed;
}
