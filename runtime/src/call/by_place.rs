//! Answers in which each result has a place of its own, and those that end with the first failure.

use std::convert::Infallible;

use super::record::Recorder;
use super::terminal::Terminal;
use crate::executor::adaptor::{Adaptor, NeverFails, Wanted};
use crate::executor::buffers::has_room;
use crate::executor::caller::execute;
use crate::executor::chunk::Source;
use crate::executor::map::Map;
use crate::executor::map_fn::MapFn;
use crate::executor::work::{Report, RunSpec};
use crate::input::items::Items;
use crate::input::outcome::Outcome;
use amorsize_store::clock::{now, since};

/// A terminal whose values have a place each, and that may end with a failure.
pub(super) trait ByPlace<T, F: MapFn<T>>: Sized {
    type Value: Send;
    type Failure: Send;
    type Answer;
    /// Whether there are failures.
    const FAILS: bool = true;

    /// The answer of the plain loop. Clears `is_whole` if not all items were asked for.
    fn plain(self, f: &F, items: impl Items<T>, is_whole: &mut bool) -> Self::Answer;

    /// What makes a value or a failure of a result.
    fn adaptor(&self) -> impl Adaptor<F::Output, Value = Result<Self::Value, Self::Failure>>;

    /// The answer, of all values or of the failure with the smallest index, and that index.
    fn answer(result: Result<Vec<Self::Value>, (usize, Self::Failure)>) -> Self::Answer;

    /// Whether there is enough memory for `len` values before the first of them is there.
    fn has_room(_len: usize) -> bool {
        true
    }
}

/// Such a terminal.
pub(super) struct Placed<W>(pub(super) W);

impl<T, F: MapFn<T>, W: ByPlace<T, F>> Terminal<T, F> for Placed<W> {
    type Answer = W::Answer;
    const ENDS_EARLY: bool = W::FAILS;

    #[inline]
    fn plain(self, f: &F, items: impl Items<T>, is_whole: &mut bool) -> Self::Answer {
        self.0.plain(f, items, is_whole)
    }

    fn share(
        self,
        f: &F,
        source: impl Source<Item = T>,
        (len, head): (usize, usize),
        plan: impl FnOnce() -> (RunSpec, Recorder),
    ) -> Self::Answer {
        W::answer(share(f, self.0.adaptor(), source, (len, head), plan))
    }

    fn has_room(len: usize) -> bool {
        W::has_room(len)
    }
}

/// All values, or the failure with the smallest index, and that index. The first `head` of the `len` items are done before
/// there is a plan for the others.
fn share<T, F: MapFn<T>, A, V: Send, E: Send>(
    f: &F,
    adaptor: A,
    source: impl Source<Item = T>,
    (len, head): (usize, usize),
    plan: impl FnOnce() -> (RunSpec, Recorder),
) -> Result<Vec<V>, (usize, E)>
where
    A: Adaptor<F::Output, Value = Result<V, E>>,
{
    let mut map = Map::new(source, len, f, adaptor);
    let mut values = Vec::new();
    if let Err(failure) = map.do_next(head, &mut values) {
        return Err(map.fail(values, failure));
    }
    let (spec, recorder) = plan();
    let (results, report) = if spec.n_jobs < 2 {
        let start = now();
        let outcome = map.do_next(spec.len, &mut values);
        let report = Report { wall: since(start), ..Report::default() };
        match outcome {
            Ok(()) => {
                drop(map);
                (Ok(values), report)
            }
            Err(failure) => (Err(map.fail(values, failure)), report),
        }
    } else {
        map.make_room(values);
        let report = execute(&map, spec, &recorder);
        (map.finish(), report)
    };
    match &results {
        Err((last, _)) if last + 1 < len => recorder.end_early(len, head..last + 1, &report),
        _ => recorder.finish(&spec, &report),
    }
    results
}

/// All results.
pub(super) struct All;

impl<T, F: MapFn<T, Output: Send>> ByPlace<T, F> for All {
    type Value = F::Output;
    type Failure = Infallible;
    type Answer = Vec<F::Output>;
    const FAILS: bool = false;

    #[inline]
    fn plain(self, f: &F, items: impl Items<T>, _is_whole: &mut bool) -> Self::Answer {
        f.over_all(items.into_loop()).collect()
    }

    fn adaptor(&self) -> impl Adaptor<F::Output, Value = Result<Self::Value, Infallible>> {
        NeverFails
    }

    fn answer(result: Result<Vec<Self::Value>, (usize, Infallible)>) -> Self::Answer {
        match result {
            Ok(results) => results,
            Err((_, never)) => match never {},
        }
    }
}

/// Nothing but that the function was called for each item.
pub(super) struct Nothing;

impl<T, F: MapFn<T, Output = ()>> ByPlace<T, F> for Nothing {
    // A `Vec` of `()` takes no memory.
    type Value = ();
    type Failure = Infallible;
    type Answer = ();
    const FAILS: bool = false;

    #[inline]
    fn plain(self, f: &F, items: impl Items<T>, _is_whole: &mut bool) {
        f.over_all(items.into_loop()).for_each(drop);
    }

    fn adaptor(&self) -> impl Adaptor<(), Value = Result<(), Infallible>> {
        NeverFails
    }

    fn answer(_result: Result<Vec<()>, (usize, Infallible)>) {}
}

/// What the outcomes hold, or the first failure.
pub(super) struct Values;

impl<U: Outcome> Adaptor<U> for Values {
    type Value = Result<U::Value, U::Failure>;

    #[inline]
    fn adapt(&self, outcomes: impl Iterator<Item = U>) -> impl Iterator<Item = Self::Value> {
        outcomes.map(U::into_result)
    }
}

/// All values, or the first failure.
pub(super) struct TryAll;

impl<T, F> ByPlace<T, F> for TryAll
where
    F: MapFn<T, Output: Outcome<Value: Send, Failure: Send>>,
{
    type Value = <F::Output as Outcome>::Value;
    type Failure = <F::Output as Outcome>::Failure;
    type Answer = <F::Output as Outcome>::Whole<Vec<Self::Value>>;

    #[inline]
    fn plain(self, f: &F, items: impl Items<T>, is_whole: &mut bool) -> Self::Answer {
        let whole = F::Output::collect(f.over_all(items.into_loop()));
        *is_whole = F::Output::is_whole(&whole);
        whole
    }

    fn adaptor(&self) -> impl Adaptor<F::Output, Value = Result<Self::Value, Self::Failure>> {
        Values
    }

    fn answer(result: Result<Vec<Self::Value>, (usize, Self::Failure)>) -> Self::Answer {
        F::Output::whole(result.map_err(|(_, failure)| failure))
    }

    /// The plain loop needs memory only for the values before the first failure.
    fn has_room(len: usize) -> bool {
        has_room::<Self::Value>(len)
    }
}

/// Nothing, or the first failure.
pub(super) struct TryNothing;

impl<T, F> ByPlace<T, F> for TryNothing
where
    F: MapFn<T, Output: Outcome<Value = (), Failure: Send>>,
{
    type Value = ();
    type Failure = <F::Output as Outcome>::Failure;
    type Answer = <F::Output as Outcome>::Whole<()>;

    #[inline]
    fn plain(self, f: &F, items: impl Items<T>, is_whole: &mut bool) -> Self::Answer {
        let result = f.over_all(items.into_loop()).try_for_each(Outcome::into_result);
        *is_whole = result.is_ok();
        F::Output::whole(result)
    }

    fn adaptor(&self) -> impl Adaptor<F::Output, Value = Result<(), Self::Failure>> {
        Values
    }

    fn answer(result: Result<Vec<()>, (usize, Self::Failure)>) -> Self::Answer {
        F::Output::whole(result.map(drop).map_err(|(_, failure)| failure))
    }
}

/// The first result that is wanted.
pub(super) struct Find<P>(pub(super) P);

/// The index of the item with the first result that is wanted.
pub(super) struct Position<P>(pub(super) P);

/// Whether any result is wanted.
pub(super) struct Any<P>(pub(super) P);

impl<T, F: MapFn<T, Output: Send>, P: Fn(&F::Output) -> bool + Sync> ByPlace<T, F> for Find<P> {
    type Value = ();
    type Failure = F::Output;
    type Answer = Option<F::Output>;

    #[inline]
    fn plain(self, f: &F, items: impl Items<T>, is_whole: &mut bool) -> Self::Answer {
        let found = f.over_all(items.into_loop()).find(&self.0);
        *is_whole = found.is_none();
        found
    }

    fn adaptor(&self) -> impl Adaptor<F::Output, Value = Result<(), F::Output>> {
        Wanted(&self.0)
    }

    fn answer(result: Result<Vec<()>, (usize, F::Output)>) -> Self::Answer {
        result.err().map(|(_, found)| found)
    }
}

impl<T, F: MapFn<T, Output: Send>, P: Fn(&F::Output) -> bool + Sync> ByPlace<T, F> for Position<P> {
    type Value = ();
    type Failure = F::Output;
    type Answer = Option<usize>;

    #[inline]
    fn plain(self, f: &F, items: impl Items<T>, is_whole: &mut bool) -> Self::Answer {
        let index = f.over_all(items.into_loop()).position(|result| (self.0)(&result));
        *is_whole = index.is_none();
        index
    }

    fn adaptor(&self) -> impl Adaptor<F::Output, Value = Result<(), F::Output>> {
        Wanted(&self.0)
    }

    fn answer(result: Result<Vec<()>, (usize, F::Output)>) -> Self::Answer {
        result.err().map(|(index, _)| index)
    }
}

impl<T, F: MapFn<T, Output: Send>, P: Fn(&F::Output) -> bool + Sync> ByPlace<T, F> for Any<P> {
    type Value = ();
    type Failure = F::Output;
    type Answer = bool;

    #[inline]
    fn plain(self, f: &F, items: impl Items<T>, is_whole: &mut bool) -> Self::Answer {
        let is_any = f.over_all(items.into_loop()).any(|result| (self.0)(&result));
        *is_whole = !is_any;
        is_any
    }

    fn adaptor(&self) -> impl Adaptor<F::Output, Value = Result<(), F::Output>> {
        Wanted(&self.0)
    }

    fn answer(result: Result<Vec<()>, (usize, F::Output)>) -> Self::Answer {
        result.is_err()
    }
}
