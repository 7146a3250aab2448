//! What the terminals make of values that come in the order of the items.

use std::iter::Sum;
use std::marker::PhantomData;

use super::record::Recorder;
use crate::executor::caller::Caller;
use crate::executor::collect::Collect;
use crate::executor::join::scope;
use crate::executor::ordered::{InOrder, Ordered};
use crate::executor::shared_run::SharedRun;
use crate::executor::work::RunSpec;
use crate::input::items::Items;

/// Makes one whole of the values of a run, which come in order.
pub(super) trait Consume<V> {
    type Whole;

    fn consume(self, values: impl Iterator<Item = V>) -> Self::Whole;
}

/// All values, in a `Vec`.
pub(super) struct Gather;

impl<V> Consume<V> for Gather {
    type Whole = Vec<V>;

    fn consume(self, values: impl Iterator<Item = V>) -> Vec<V> {
        values.fold(Vec::new(), |mut all, value| {
            all.push(value);
            all
        })
    }
}

/// An initial value, folded with each value by an operator.
pub(super) struct Fold<A, O>(pub(super) A, pub(super) O);

impl<V, A, O: FnMut(A, V) -> A> Consume<V> for Fold<A, O> {
    type Whole = A;

    fn consume(self, values: impl Iterator<Item = V>) -> A {
        values.fold(self.0, self.1)
    }
}

/// The sum of all values.
pub(super) struct Add<S>(pub(super) PhantomData<S>);

impl<V, S: Sum<V>> Consume<V> for Add<S> {
    type Whole = S;

    fn consume(self, values: impl Iterator<Item = V>) -> S {
        values.sum()
    }
}

/// All values combined by an operator; nothing if there are none.
pub(super) struct Reduce<O>(pub(super) O);

impl<V, O: FnMut(V, V) -> V> Consume<V> for Reduce<O> {
    type Whole = Option<V>;

    fn consume(self, values: impl Iterator<Item = V>) -> Option<V> {
        values.reduce(self.0)
    }
}

/// Runs over `items` on several threads, and gives the values that `collect` makes of them to `consume`, in order, while
/// further ones are being made.
pub(super) fn in_order<T, I, V, C, W>(
    items: I,
    spec: RunSpec,
    recorder: Recorder,
    unit: usize,
    collect: C,
    consume: W,
) -> W::Whole
where
    I: Items<T>,
    V: Send,
    C: Collect<I::Source, V>,
    W: Consume<V>,
{
    let work = Ordered::new(items.into_source(), spec.len, unit, spec.n_jobs, collect);
    let run = SharedRun::new(&work, spec, &recorder);
    let (consumed, finished) = scope(|scope| {
        let mut caller = Caller::new(&run, scope);
        let consumed = consume.consume(InOrder::new(&work, &mut caller));
        (consumed, caller.finish())
    });
    let report = finished.close(&run);
    if !report.halted {
        recorder.finish(&spec, &report);
    }
    consumed
}

/// Combines results by `op` in blocks of `block` items, and the blocks in order: a plain loop with the same answer as
/// [`Blocks`](crate::executor::collect::Blocks) and [`Reduce`].
pub(super) fn reduce_loop<U>(mut results: impl Iterator<Item = U>, block: usize, op: &impl Fn(U, U) -> U) -> Option<U> {
    let mut reduced: Option<U> = None;
    while let Some(value) = results.by_ref().take(block).reduce(op) {
        reduced = Some(match reduced {
            Some(before) => op(before, value),
            None => value,
        });
    }
    reduced
}
