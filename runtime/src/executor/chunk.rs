//! One range of the indices of a run, and the collections that are read by such ranges.

#![allow(unsafe_code)]

use std::ops::Range;

/// The right to the items of one range of one run, and to their places in its output. Cannot be copied.
#[derive(Debug)]
pub struct Chunk(Range<usize>);

impl Chunk {
    /// # Safety
    /// No other take of the run holds an index of `range`, all of which lie within the run's collection and output, and
    /// the take is given to these two only.
    #[inline]
    pub(super) unsafe fn new(range: Range<usize>) -> Self {
        Self(range)
    }

    #[inline]
    pub(crate) fn range(&self) -> Range<usize> {
        self.0.clone()
    }
}

/// A collection that several threads read by disjoint ranges.
pub trait Source: Sync {
    /// What the function is given.
    type Item;
    /// The items of one range.
    type Items<'a>: Iterator<Item = Self::Item>
    where
        Self: 'a;

    /// The items of a take. Those that are not asked for are dropped with the iterator.
    fn items(&self, chunk: Chunk) -> Self::Items<'_>;
}
