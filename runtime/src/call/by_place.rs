//! Answers in which each result has a place of its own, and those that end with the first failure.

use super::record::Recorder;
use super::terminal::Terminal;
use crate::executor::adaptor::{Adaptor, NeverFails, Wanted};
use crate::executor::buffers::has_room;
use crate::executor::caller::execute;
use crate::executor::chunk::Source;
use crate::executor::map::Map;
use crate::executor::map_fn::MapFn;
use crate::executor::work::RunSpec;
use crate::input::outcome::Outcome;

/// Shares what gives each item its own place: all values, or the failure with the smallest index, and that index.
pub(super) fn share<T, F: MapFn<T>, A, V: Send, E: Send>(
    f: &F,
    adaptor: A,
    source: impl Source<Item = T>,
    spec: RunSpec,
    recorder: Recorder,
) -> Result<Vec<V>, (usize, E)>
where
    A: Adaptor<F::Output, Value = Result<V, E>>,
{
    let map = Map::new(source, spec.len, f, adaptor);
    let report = execute(&map, spec, &recorder);
    let results = map.finish();
    if !report.halted {
        recorder.finish(&spec, &report);
    }
    results
}

/// All results.
pub(super) struct All;

impl<T, F: MapFn<T, Output: Send>> Terminal<T, F> for All {
    type Answer = Vec<F::Output>;

    #[inline]
    fn plain(self, f: &F, items: impl Iterator<Item = T>) -> (Self::Answer, bool) {
        (f.over_all(items).collect(), true)
    }

    fn share(self, f: &F, source: impl Source<Item = T>, spec: RunSpec, recorder: Recorder) -> Self::Answer {
        match share(f, NeverFails, source, spec, recorder) {
            Ok(results) => results,
            Err((_, never)) => match never {},
        }
    }
}

/// Nothing but that the function was called for each item.
pub(super) struct Nothing;

impl<T, F: MapFn<T, Output = ()>> Terminal<T, F> for Nothing {
    type Answer = ();

    #[inline]
    fn plain(self, f: &F, items: impl Iterator<Item = T>) -> ((), bool) {
        f.over_all(items).for_each(drop);
        ((), true)
    }

    fn share(self, f: &F, source: impl Source<Item = T>, spec: RunSpec, recorder: Recorder) {
        // A `Vec` of `()` takes no memory.
        All.share(f, source, spec, recorder);
    }
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

impl<T, F> Terminal<T, F> for TryAll
where
    F: MapFn<T, Output: Outcome<Value: Send, Failure: Send>>,
{
    type Answer = <F::Output as Outcome>::Whole<Vec<<F::Output as Outcome>::Value>>;

    #[inline]
    fn plain(self, f: &F, items: impl Iterator<Item = T>) -> (Self::Answer, bool) {
        let whole = F::Output::collect(f.over_all(items));
        let is_whole = F::Output::is_whole(&whole);
        (whole, is_whole)
    }

    fn share(self, f: &F, source: impl Source<Item = T>, spec: RunSpec, recorder: Recorder) -> Self::Answer {
        F::Output::whole(share(f, Values, source, spec, recorder).map_err(|(_, failure)| failure))
    }

    /// The plain loop needs memory only for the values before the first failure.
    fn has_room(&self, len: usize) -> bool {
        has_room::<<F::Output as Outcome>::Value>(len)
    }
}

/// Nothing, or the first failure.
pub(super) struct TryNothing;

impl<T, F> Terminal<T, F> for TryNothing
where
    F: MapFn<T, Output: Outcome<Value = (), Failure: Send>>,
{
    type Answer = <F::Output as Outcome>::Whole<()>;

    #[inline]
    fn plain(self, f: &F, items: impl Iterator<Item = T>) -> (Self::Answer, bool) {
        let result = f.over_all(items).try_for_each(Outcome::into_result);
        let is_whole = result.is_ok();
        (F::Output::whole(result), is_whole)
    }

    fn share(self, f: &F, source: impl Source<Item = T>, spec: RunSpec, recorder: Recorder) -> Self::Answer {
        let values = share(f, Values, source, spec, recorder);
        F::Output::whole(values.map(drop).map_err(|(_, failure)| failure))
    }
}

/// The first result that is wanted.
pub(super) struct Find<P>(pub(super) P);

/// The index of the item with the first result that is wanted.
pub(super) struct Position<P>(pub(super) P);

/// Whether any result is wanted.
pub(super) struct Any<P>(pub(super) P);

impl<T, F: MapFn<T, Output: Send>, P: Fn(&F::Output) -> bool + Sync> Terminal<T, F> for Find<P> {
    type Answer = Option<F::Output>;

    #[inline]
    fn plain(self, f: &F, items: impl Iterator<Item = T>) -> (Self::Answer, bool) {
        let found = f.over_all(items).find(&self.0);
        let is_whole = found.is_none();
        (found, is_whole)
    }

    fn share(self, f: &F, source: impl Source<Item = T>, spec: RunSpec, recorder: Recorder) -> Self::Answer {
        share(f, Wanted(self.0), source, spec, recorder).err().map(|(_, result)| result)
    }
}

impl<T, F: MapFn<T, Output: Send>, P: Fn(&F::Output) -> bool + Sync> Terminal<T, F> for Position<P> {
    type Answer = Option<usize>;

    #[inline]
    fn plain(self, f: &F, items: impl Iterator<Item = T>) -> (Self::Answer, bool) {
        let index = f.over_all(items).position(|result| (self.0)(&result));
        (index, index.is_none())
    }

    fn share(self, f: &F, source: impl Source<Item = T>, spec: RunSpec, recorder: Recorder) -> Self::Answer {
        share(f, Wanted(self.0), source, spec, recorder).err().map(|(index, _)| index)
    }
}

impl<T, F: MapFn<T, Output: Send>, P: Fn(&F::Output) -> bool + Sync> Terminal<T, F> for Any<P> {
    type Answer = bool;

    #[inline]
    fn plain(self, f: &F, items: impl Iterator<Item = T>) -> (Self::Answer, bool) {
        let is_any = f.over_all(items).any(|result| (self.0)(&result));
        (is_any, !is_any)
    }

    fn share(self, f: &F, source: impl Source<Item = T>, spec: RunSpec, recorder: Recorder) -> Self::Answer {
        share(f, Wanted(self.0), source, spec, recorder).is_err()
    }
}
