//! One range of the indices of a run, and the collections that are read by such ranges.

#![allow(unsafe_code)]

use std::ops::Range;

/// The exclusive right to a range of indices of one run: to the items there, and to their places in the output.
/// Cannot be copied.
#[derive(Debug)]
pub struct Chunk(Range<usize>);

impl Chunk {
    /// The chunk of the indices `range` of one run.
    ///
    /// # Safety
    /// Every index of `range` lies within the collection and the output of the run, no other chunk of the run holds any
    /// of them, and the chunk is given to that collection and that output only. The collection has been told to
    /// [begin](Source::begin).
    #[inline]
    pub(super) unsafe fn new(range: Range<usize>) -> Self {
        Self(range)
    }

    /// The indices.
    #[inline]
    pub(crate) fn range(&self) -> Range<usize> {
        self.0.clone()
    }
}

/// A collection that several threads read, each by chunks of its own.
///
/// An implementation gives a chunk to no collection but its own: `unsafe` code relies on it. Only this crate can implement
/// the trait, because nobody else can name it.
pub trait Source: Sync {
    /// What the function is given.
    type Item;

    /// The items of a chunk of this collection. Those that are not asked for are dropped with the iterator.
    fn items(&self, chunk: Chunk) -> impl Iterator<Item = Self::Item>;

    /// Called once, before there are chunks: from now on those who hold them drop the items, and until now the collection does.
    fn begin(&mut self) {}

    /// Gets ready for other threads than the caller of the run, of `len` items in all: no chunk is in use.
    fn gather(&self, _len: usize) {}
}

/// Two collections side by side: their items in pairs.
#[derive(Debug)]
pub(crate) struct Both<A, B>(A, B);

impl<A, B> Both<A, B> {
    pub(crate) fn new(a: A, b: B) -> Self {
        Self(a, b)
    }
}

impl<A: Source, B: Source> Source for Both<A, B> {
    type Item = (A::Item, B::Item);

    #[inline]
    fn items(&self, chunk: Chunk) -> impl Iterator<Item = Self::Item> {
        // SAFETY: two chunks of the same indices, each of which goes to a collection of its own. Both have as many items as
        // the run, and nothing but this reads them.
        let other = unsafe { Chunk::new(chunk.range()) };
        self.0.items(chunk).zip(self.1.items(other))
    }

    fn begin(&mut self) {
        self.0.begin();
        self.1.begin();
    }

    fn gather(&self, len: usize) {
        self.0.gather(len);
        self.1.gather(len);
    }
}
