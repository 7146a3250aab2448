//! What closures go over: collections by the convention of `IntoIterator`.

use std::borrow::Cow;
use std::collections::{
    BTreeMap, BTreeSet, BinaryHeap, HashMap, HashSet, LinkedList, VecDeque, binary_heap, btree_map, btree_set,
    hash_map, hash_set, linked_list, vec_deque,
};
use std::rc::Rc;
use std::slice;
use std::sync::Arc;

use super::items::{Collection, Items};
use super::known_length::KnownLength;
use super::sealed::Sealed;

/// A collection that a closure can be mapped over, by the convention of `IntoIterator`: a `Vec<T>` gives each `T`, a `&Vec<T>` a
/// `&T`, a `&mut Vec<T>` a `&mut T`.
///
/// Implemented for the collections of std, also behind `&Arc`, `&Rc` and `&Cow`, for std's [iterators](KnownLength) whose length is
/// known, for ranges of integers and of `char`, for [`product`](super::product::product), and for tuples of up to five of these, which go
/// side by side as if they were zipped. Sealed.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a collection that several threads can share",
    label = "neither a collection of std nor one of its iterators whose length is known, or its items may not be shared",
    note = "accepted: `Vec`, slices, arrays, maps and sets, by `&`, `&mut` or value, whose elements are `Sync` or `Send`; ranges of integers; std's iterators over these; tuples of them",
    note = "what `map`, `filter` or `cloned` would do, on one thread, belongs into the closure; `copied` is accepted",
    note = "an iterator without a length goes through `amorsize::stream!`, or is collected first"
)]
pub trait IntoItems {
    /// What the closure is given.
    type Item;
    /// The collection of the items.
    type Items: Items<Self::Item>;
    #[doc(hidden)]
    const SEALED: Sealed;

    /// The items.
    #[doc(hidden)]
    fn into_items(self) -> Self::Items;
}

#[diagnostic::do_not_recommend]
impl<I: KnownLength> IntoItems for I {
    type Item = I::Item;
    type Items = I;
    const SEALED: Sealed = Sealed;

    #[inline]
    fn into_items(self) -> I {
        self
    }
}

macro_rules! by_value {
    ($([$($generics:tt)*] $collection:ty;)*) => {$(
        #[diagnostic::do_not_recommend]
        impl<$($generics)*> IntoItems for $collection {
            type Item = <Self as Collection>::Item;
            type Items = Self;
            const SEALED: Sealed = Sealed;

            #[inline]
            fn into_items(self) -> Self {
                self
            }
        }
    )*};
}

by_value! {
    [T: Send] Vec<T>;
    [T: Send, const N: usize] [T; N];
    [T: Send] Box<[T]>;
    [T: Send] VecDeque<T>;
}

macro_rules! by_iterator {
    ($([$($generics:tt)*] $collection:ty: $method:ident, $iterator:ty;)*) => {$(
        #[diagnostic::do_not_recommend]
        impl<$($generics)*> IntoItems for $collection {
            type Item = <$iterator as Iterator>::Item;
            type Items = $iterator;
            const SEALED: Sealed = Sealed;

            #[inline]
            fn into_items(self) -> $iterator {
                self.$method()
            }
        }
    )*};
}

by_iterator! {
    ['s, T: Sync] &'s [T]: iter, slice::Iter<'s, T>;
    ['s, T: Sync] &'s Vec<T>: iter, slice::Iter<'s, T>;
    ['s, T: Sync, const N: usize] &'s [T; N]: iter, slice::Iter<'s, T>;
    ['s, T: Sync] &'s Box<[T]>: iter, slice::Iter<'s, T>;
    ['s, T: Sync] &'s Box<Vec<T>>: iter, slice::Iter<'s, T>;
    ['s, T: Sync] &'s Arc<[T]>: iter, slice::Iter<'s, T>;
    ['s, T: Sync] &'s Arc<Vec<T>>: iter, slice::Iter<'s, T>;
    ['s, T: Sync] &'s Rc<[T]>: iter, slice::Iter<'s, T>;
    ['s, T: Sync] &'s Rc<Vec<T>>: iter, slice::Iter<'s, T>;
    ['s, T: Clone + Sync] &'s Cow<'_, [T]>: iter, slice::Iter<'s, T>;
    ['s, T: Sync] &'s &[T]: iter, slice::Iter<'s, T>;
    ['s, T: Sync] &'s &Vec<T>: iter, slice::Iter<'s, T>;
    ['s, T: Sync] &'s &mut [T]: iter, slice::Iter<'s, T>;
    ['s, T: Sync] &'s &mut Vec<T>: iter, slice::Iter<'s, T>;
    ['s, T: Sync] &'s VecDeque<T>: iter, vec_deque::Iter<'s, T>;
    ['s, K: Sync, V: Sync, S] &'s HashMap<K, V, S>: iter, hash_map::Iter<'s, K, V>;
    ['s, T: Sync, S] &'s HashSet<T, S>: iter, hash_set::Iter<'s, T>;
    ['s, K: Sync, V: Sync] &'s BTreeMap<K, V>: iter, btree_map::Iter<'s, K, V>;
    ['s, T: Sync] &'s BTreeSet<T>: iter, btree_set::Iter<'s, T>;
    ['s, T: Sync] &'s BinaryHeap<T>: iter, binary_heap::Iter<'s, T>;
    ['s, T: Sync] &'s LinkedList<T>: iter, linked_list::Iter<'s, T>;
    ['s, T: Send] &'s mut [T]: iter_mut, slice::IterMut<'s, T>;
    ['s, T: Send] &'s mut Vec<T>: iter_mut, slice::IterMut<'s, T>;
    ['s, T: Send, const N: usize] &'s mut [T; N]: iter_mut, slice::IterMut<'s, T>;
    ['s, T: Send] &'s mut Box<[T]>: iter_mut, slice::IterMut<'s, T>;
    ['s, T: Send] &'s mut Box<Vec<T>>: iter_mut, slice::IterMut<'s, T>;
    ['s, T: Send] &'s mut VecDeque<T>: iter_mut, vec_deque::IterMut<'s, T>;
    ['s, K: Sync, V: Send, S] &'s mut HashMap<K, V, S>: iter_mut, hash_map::IterMut<'s, K, V>;
    ['s, K: Sync, V: Send] &'s mut BTreeMap<K, V>: iter_mut, btree_map::IterMut<'s, K, V>;
    ['s, T: Send] &'s mut LinkedList<T>: iter_mut, linked_list::IterMut<'s, T>;
    [K: Send, V: Send, S] HashMap<K, V, S>: into_iter, hash_map::IntoIter<K, V>;
    [T: Send, S] HashSet<T, S>: into_iter, hash_set::IntoIter<T>;
    [K: Send, V: Send] BTreeMap<K, V>: into_iter, btree_map::IntoIter<K, V>;
    [T: Send] BTreeSet<T>: into_iter, btree_set::IntoIter<T>;
    [T: Send] BinaryHeap<T>: into_iter, binary_heap::IntoIter<T>;
    [T: Send] LinkedList<T>: into_iter, linked_list::IntoIter<T>;
}

macro_rules! tuples {
    ($($($part:ident $at:tt)*;)*) => {$(
        #[diagnostic::do_not_recommend]
        impl<$($part: IntoItems),*> IntoItems for ($($part),*) {
            type Item = ($($part::Item),*);
            type Items = ($($part::Items),*);
            const SEALED: Sealed = Sealed;

            #[inline]
            fn into_items(self) -> Self::Items {
                ($(self.$at.into_items()),*)
            }
        }
    )*};
}

tuples! {
    A 0 B 1;
    A 0 B 1 C 2;
    A 0 B 1 C 2 D 3;
    A 0 B 1 C 2 D 3 E 4;
}
