//! What is made of the results of a chunk, on the thread that made them.

use std::convert::Infallible;
use std::iter;

/// An iterator adaptor over the results of one chunk, or of the plain loop.
///
/// What it yields for two chunks, one after the other, stands for what it would yield for both in one.
pub(crate) trait Adaptor<U>: Sync {
    type Value;
    /// Whether it yields one value for each result.
    const ONE_EACH: bool = false;

    fn adapt(&self, results: impl Iterator<Item = U>) -> impl Iterator<Item = Self::Value>;
}

/// Each result.
pub(crate) struct Each;

impl<U> Adaptor<U> for Each {
    type Value = U;
    const ONE_EACH: bool = true;

    #[inline]
    fn adapt(&self, results: impl Iterator<Item = U>) -> impl Iterator<Item = U> {
        results
    }
}

/// Each result, as one that is no failure.
pub(crate) struct NeverFails;

impl<U> Adaptor<U> for NeverFails {
    type Value = Result<U, Infallible>;

    #[inline]
    fn adapt(&self, results: impl Iterator<Item = U>) -> impl Iterator<Item = Self::Value> {
        results.map(Ok)
    }
}

/// A result that is wanted is the failure that ends the run; all others are nothing.
pub(crate) struct Wanted<P>(pub(crate) P);

impl<U, P: Fn(&U) -> bool + Sync> Adaptor<U> for Wanted<P> {
    type Value = Result<(), U>;

    #[inline]
    fn adapt(&self, results: impl Iterator<Item = U>) -> impl Iterator<Item = Self::Value> {
        results.map(|result| if (self.0)(&result) { Err(result) } else { Ok(()) })
    }
}

/// What the results hold, without the `None`s.
pub(crate) struct Kept;

impl<U> Adaptor<Option<U>> for Kept {
    type Value = U;

    // `flatten` would do the same, and takes longer.
    #[inline]
    #[allow(clippy::filter_map_identity)]
    fn adapt(&self, results: impl Iterator<Item = Option<U>>) -> impl Iterator<Item = U> {
        results.filter_map(|result| result)
    }
}

/// The elements of the results.
pub(crate) struct Flat;

impl<U: IntoIterator> Adaptor<U> for Flat {
    type Value = U::Item;

    #[inline]
    fn adapt(&self, results: impl Iterator<Item = U>) -> impl Iterator<Item = U::Item> {
        results.flatten()
    }
}

/// How many results are wanted.
pub(crate) struct Count<P>(pub(crate) P);

impl<U, P: Fn(&U) -> bool + Sync> Adaptor<U> for Count<P> {
    type Value = usize;

    #[inline]
    fn adapt(&self, results: impl Iterator<Item = U>) -> impl Iterator<Item = usize> {
        iter::once(results.filter(|result| (self.0)(result)).count())
    }
}

/// All results of a chunk, combined by an operator. Where that makes a difference, chunks are split into blocks first.
pub(crate) struct Combine<O>(pub(crate) O);

impl<U, O: Fn(U, U) -> U + Sync> Adaptor<U> for Combine<O> {
    type Value = U;

    #[inline]
    fn adapt(&self, results: impl Iterator<Item = U>) -> impl Iterator<Item = U> {
        results.reduce(&self.0).into_iter()
    }
}

/// Each result with its key, and all of a chunk combined as by [`Combine`].
pub(crate) struct CombineByKey<K, O> {
    pub(crate) key: K,
    pub(crate) op: O,
}

impl<U, V, K, O> Adaptor<U> for CombineByKey<K, O>
where
    K: Fn(&U) -> V + Sync,
    O: Fn((V, U), (V, U)) -> (V, U) + Sync,
{
    type Value = (V, U);

    #[inline]
    fn adapt(&self, results: impl Iterator<Item = U>) -> impl Iterator<Item = (V, U)> {
        results.map(|result| ((self.key)(&result), result)).reduce(&self.op).into_iter()
    }
}
