//! A run taken apart: for those who give its items to the function in another way, such as on other machines.

use std::cell::Cell;
use std::fmt;
use std::marker::PhantomData;
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread::panicking;

use amorsize_store::id::FunctionId;

use super::by_place::{ByPlace, Placed, Values};
use super::choices::Choices;
use super::in_order::EachBlock;
use super::run::{Run, run_any};
use crate::executor::adaptor::Adaptor;
use crate::executor::buffers::has_room;
use crate::executor::map_fn::{MapFn, sealed};
use crate::input::items::Items;
use crate::input::outcome::Outcome;
use crate::site::site::Tuned;

/// The function of a run, with its identity and the choices that were made: [`Run::into_parts`] gives it. It can be run over
/// other items, batch by batch, and each batch uses what is known of the function and adds to it.
///
/// # Examples
/// ```
/// #[amorsize::auto]
/// fn letters(word: &str) -> usize { word.len() }
///
/// let words = ["one", "two", "three"];
/// let (mut items, function) = letters::on(&words).into_parts();
/// let first: Vec<_> = items.by_ref().take(2).collect();
/// assert_eq!(function.over(0, first).map(), [3, 3]);
/// assert_eq!(function.over(2, items.collect()).map(), [5]);
/// ```
pub struct TunedFn<T, F> {
    tuned: Tuned,
    choices: Choices,
    f: F,
    /// The smallest index of an item at which the function panicked; `usize::MAX` if it did not.
    panicked_at: AtomicUsize,
    item: PhantomData<fn(T)>,
}

/// A run of a [`TunedFn`] over a batch of items with their numbers.
pub type BatchRun<'f, T, F> = Run<(usize, T), (Range<usize>, Vec<T>), Numbered<'f, T, F>>;

impl<T, I: Items<T>, F> Run<T, I, F> {
    /// The items, one by one, and what runs them.
    pub fn into_parts(self) -> (impl Iterator<Item = T>, TunedFn<T, F>) {
        let Self { tuned, choices, items, f, .. } = self;
        let panicked_at = AtomicUsize::new(usize::MAX);
        (items.into_loop(), TunedFn { tuned, choices, f, panicked_at, item: PhantomData })
    }

    /// What tells the plans of the function from those of other functions, of other instantiations of it, and of other keys.
    pub fn identity(&self) -> (FunctionId, u64) {
        (self.tuned.site.id(), self.tuned.tag)
    }

    /// The number of items; `None` if it does not fit a `usize`.
    pub fn size(&self) -> Option<usize> {
        self.items.size()
    }
}

impl<T, F> TunedFn<T, F> {
    /// The module and the name of the function.
    pub fn path(&self) -> String {
        self.tuned.site.path()
    }

    /// A run over a batch of items, the first of which has the index `first` in the whole.
    ///
    /// # Panics
    /// If an index does not fit a `usize`.
    pub fn over(&self, first: usize, items: Vec<T>) -> BatchRun<'_, T, F>
    where
        T: Send,
    {
        let end = first.checked_add(items.len()).expect("an index fits a usize");
        run_any(self.tuned, (first..end, items), Numbered(self)).with(self.choices)
    }

    /// The smallest index at which the function has panicked.
    pub fn panicked_at(&self) -> Option<usize> {
        Some(self.panicked_at.load(Relaxed)).filter(|at| *at != usize::MAX)
    }
}

impl<T, F> fmt::Debug for TunedFn<T, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TunedFn")
            .field("function", &self.tuned.site.path())
            .field("choices", &self.choices)
            .finish_non_exhaustive()
    }
}

/// The function of a [`TunedFn`] for items with their numbers: it keeps the number of an item at which it panics.
#[derive(Debug)]
pub struct Numbered<'f, T, F>(&'f TunedFn<T, F>);

impl<T, F: MapFn<T>> sealed::Sealed<(usize, T)> for Numbered<'_, T, F> {}

impl<T, F: MapFn<T>> MapFn<(usize, T)> for Numbered<'_, T, F> {
    type Output = F::Output;

    #[inline]
    fn over_chunk<I: Iterator<Item = (usize, T)>>(&self, items: I) -> impl Iterator<Item = F::Output> {
        let current = Current { index: Cell::new(usize::MAX), panicked_at: &self.0.panicked_at };
        self.0.f.over_chunk(items.map(move |(index, item)| current.enter(index, item)))
    }

    #[inline]
    fn over_all<I: Iterator<Item = (usize, T)>>(&self, items: I) -> impl Iterator<Item = F::Output> {
        let current = Current { index: Cell::new(usize::MAX), panicked_at: &self.0.panicked_at };
        self.0.f.over_all(items.map(move |(index, item)| current.enter(index, item)))
    }
}

/// The item that is being worked on.
struct Current<'f> {
    index: Cell<usize>,
    panicked_at: &'f AtomicUsize,
}

impl Current<'_> {
    #[inline]
    fn enter<T>(&self, index: usize, item: T) -> T {
        self.index.set(index);
        item
    }
}

impl Drop for Current<'_> {
    fn drop(&mut self) {
        if panicking() {
            self.panicked_at.fetch_min(self.index.get(), Relaxed);
        }
    }
}

/// Answers that several batches are put together from.
impl<T, I: Items<T>, F: MapFn<T>> Run<T, I, F> {
    /// The items of one block, into which [`reduce`](Self::reduce) divides the run before it combines anything: whoever keeps to
    /// these blocks gets the same answer, also of an `op` that is only nearly associative.
    #[inline]
    pub fn reduce_block(&self) -> usize {
        self.items.size().map_or(1 << 30, |len| len.isqrt() / 4).max(1)
    }

    /// What [`try_map`](Self::try_map) gives, and the position of the failure in this run.
    ///
    /// # Errors
    /// The first failure in the order of the items, and how many items come before it.
    pub fn try_map_at<U>(self) -> Result<Vec<U::Value>, (usize, U::Failure)>
    where
        F: MapFn<T, Output = U>,
        U: Outcome<Value: Send, Failure: Send>,
    {
        self.finish(Placed(TryAllAt))
    }

    /// The results, combined in blocks of `block` items each; the last one may be shorter.
    ///
    /// # Panics
    /// If `block` is 0.
    pub fn reduce_in_blocks<U: Send>(self, block: usize, op: impl Fn(U, U) -> U + Sync) -> Vec<U>
    where
        F: MapFn<T, Output = U>,
    {
        assert!(block > 0, "a block has at least one item");
        self.finish(EachBlock { op, block })
    }
}

/// All values, or the first failure and where it is.
struct TryAllAt;

impl<T, F> ByPlace<T, F> for TryAllAt
where
    F: MapFn<T, Output: Outcome<Value: Send, Failure: Send>>,
{
    type Value = <F::Output as Outcome>::Value;
    type Failure = <F::Output as Outcome>::Failure;
    type Answer = Result<Vec<Self::Value>, (usize, Self::Failure)>;

    fn plain(self, f: &F, items: impl Items<T>, is_whole: &mut bool) -> Self::Answer {
        let at = |(index, outcome): (usize, F::Output)| outcome.into_result().map_err(|failure| (index, failure));
        let values: Self::Answer = f.over_all(items.into_loop()).enumerate().map(at).collect();
        *is_whole = values.is_ok();
        values
    }

    fn adaptor(&self) -> impl Adaptor<F::Output, Value = Result<Self::Value, Self::Failure>> {
        Values
    }

    fn answer(result: Result<Vec<Self::Value>, (usize, Self::Failure)>) -> Self::Answer {
        result
    }

    /// The plain loop needs memory only for the values before the first failure.
    fn has_room(len: usize) -> bool {
        has_room::<Self::Value>(len)
    }
}
