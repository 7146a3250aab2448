//! What a run goes over: the interface of all collections.

use crate::executor::chunk::Source;

/// A collection whose items a function of one `T` can be mapped over.
///
/// Implemented for
/// - `Vec<T>`, `[T; N]`, `Box<[T]>`, `VecDeque<T>` and ranges of integers and of `char`, whose items are moved into the function;
/// - `&[T]`, `&Vec<T>` and `&[T; N]` where `T: Copy`, whose items are copied into it;
/// - the iterators over `T` that `KnownLength` lists: `xs.iter().copied()`, `xs.chunks(64)`,
///   `(0..n).rev()`, `xs.chunks_mut(64).enumerate()`;
/// - tuples of up to five of these for functions of a tuple: `(xs, 0..n)` as if they were zipped;
/// - `product` for functions of a pair of integers.
///
/// The trait is sealed: a wrong implementation could make answers wrong.
#[diagnostic::on_unimplemented(
    message = "a function of one `{T}` cannot be mapped over `{Self}`",
    label = "expected a collection of `{T}`",
    note = "accepted: `Vec<{T}>` and `[{T}; N]`, which are moved, a range of integers, `&[{T}]` where `{T}: Copy`, std's iterators over slices, and tuples of these; items must be `Send`",
    note = "what `map`, `filter` or `cloned` would do, on one thread, belongs into the function; an iterator without a length goes through `stream`"
)]
pub trait Items<T>: Collection<Item = T> {}

#[diagnostic::do_not_recommend]
impl<C: Collection> Items<C::Item> for C {}

/// How a collection is run over: in a plain loop, or by several threads chunk by chunk.
pub trait Collection {
    /// What the function is given.
    type Item;
    /// What it takes to get an item ready for other threads than the caller, ns.
    const GATHERING: f64 = 0.0;

    /// The number of items; `None` if it does not fit a `usize`, as of `0..=usize::MAX`.
    fn size(&self) -> Option<usize>;

    /// The plain loop.
    fn into_loop(self) -> impl Iterator<Item = Self::Item>;

    /// The first `len` items of the collection, to be shared among threads. There are as many, or more.
    ///
    /// # Panics
    /// If there are fewer.
    fn into_source(self, len: usize) -> impl Source<Item = Self::Item>;
}
