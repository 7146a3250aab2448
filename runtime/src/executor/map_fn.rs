//! The function of a run, as it is called for the items of a chunk or of the plain loop.

/// A function that a run maps over its items: every `Fn(T) -> U + Sync`, and such a one with a scratch or with progress.
/// Sealed.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be called by several threads at once for items of type `{T}`",
    label = "this has to be an `Fn({T}) -> ..`, and `Sync`",
    note = "what it captures is shared by all threads: references to what can be changed, `Cell`, `RefCell` and `Rc` cannot be; use a terminal that combines results, an atomic or a `Mutex`"
)]
pub trait MapFn<T>: Sync + sealed::Sealed<T> {
    /// What it returns.
    type Output;

    /// Its results for the items of one chunk.
    #[doc(hidden)]
    fn over_chunk<I: Iterator<Item = T>>(&self, items: I) -> impl Iterator<Item = Self::Output>;

    /// Its results for all items, in the plain loop.
    #[doc(hidden)]
    #[inline]
    fn over_all<I: Iterator<Item = T>>(&self, items: I) -> impl Iterator<Item = Self::Output> {
        self.over_chunk(items)
    }

    /// The run is over, and did not panic.
    #[doc(hidden)]
    #[inline]
    fn finished(&self) {}
}

pub(crate) mod sealed {
    /// Nobody else can name it.
    pub trait Sealed<T> {}
}

impl<T, U, F: Fn(T) -> U + Sync> sealed::Sealed<T> for F {}

impl<T, U, F: Fn(T) -> U + Sync> MapFn<T> for F {
    type Output = U;

    #[inline]
    #[allow(clippy::redundant_closure)] // through `&F` some loops are not vectorised, and eight times slower
    fn over_chunk<I: Iterator<Item = T>>(&self, items: I) -> impl Iterator<Item = U> {
        items.map(|item| self(item))
    }
}
