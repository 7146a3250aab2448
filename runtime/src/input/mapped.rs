//! A collection whose items are made of those of another, such as the references that its elements lend.

use std::fmt;

use super::items::Collection;
use crate::executor::chunk::{Chunk, Source};

/// What a function of the crate makes of the items of a collection, or of a source.
///
/// The function is a type without size, never an address: a loop in which each item is a call through an address is many times
/// slower.
pub(super) struct Mapped<S, F>(pub(super) S, pub(super) F);

impl<S: fmt::Debug, F> fmt::Debug for Mapped<S, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Mapped").field(&self.0).finish_non_exhaustive()
    }
}

impl<U, C: Collection, F: Fn(C::Item) -> U + Sync> Collection for Mapped<C, F> {
    type Item = U;
    const GATHERING: f64 = C::GATHERING;

    #[inline]
    fn size(&self) -> Option<usize> {
        self.0.size()
    }

    #[inline]
    fn into_loop(self) -> impl Iterator<Item = U> {
        self.0.into_loop().map(self.1)
    }

    #[inline]
    fn into_source(self, len: usize) -> impl Source<Item = U> {
        Mapped(self.0.into_source(len), self.1)
    }
}

impl<U, S: Source, F: Fn(S::Item) -> U + Sync> Source for Mapped<S, F> {
    type Item = U;

    #[inline]
    fn items(&self, chunk: Chunk) -> impl Iterator<Item = U> {
        self.0.items(chunk).map(|item| (self.1)(item))
    }

    fn begin(&mut self) {
        self.0.begin();
    }

    fn gather(&self, len: usize) {
        self.0.gather(len);
    }
}
