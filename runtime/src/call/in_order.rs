//! Answers that are made of values as they come, in the order of the items, while others are still being made.

use std::iter::{Product, Sum};
use std::marker::PhantomData;
use std::ops::ControlFlow;

use super::record::Recorder;
use super::terminal::Terminal;
use crate::executor::adaptor::Adaptor;
use crate::executor::caller::Caller;
use crate::executor::chunk::Source;
use crate::executor::join::scope;
use crate::executor::map_fn::MapFn;
use crate::executor::ordered::{InOrder, Ordered};
use crate::executor::shared_run::SharedRun;
use crate::executor::work::RunSpec;
use crate::input::outcome::Outcome;

/// Consumes, in order, what an adaptor makes of the results.
pub(super) struct Consumed<A, C> {
    pub(super) adaptor: A,
    pub(super) consumer: C,
    /// Chunks are multiples of this.
    pub(super) unit: usize,
}

/// Makes one answer of values that come in order.
pub(super) trait Consumer<V> {
    type Answer;
    /// Whether it may want no more values before they end.
    const STOPS: bool = false;

    fn consume(self, values: impl Iterator<Item = V>) -> Self::Answer;

    /// The same for the values of the plain loop.
    #[inline]
    fn consume_plain(self, values: impl Iterator<Item = V>) -> Self::Answer
    where
        Self: Sized,
    {
        self.consume(values)
    }
}

impl<T, F, A, C> Terminal<T, F> for Consumed<A, C>
where
    F: MapFn<T>,
    A: Adaptor<F::Output, Value: Send>,
    C: Consumer<A::Value>,
{
    type Answer = C::Answer;

    #[inline]
    fn plain(self, f: &F, mut items: impl Iterator<Item = T>) -> (Self::Answer, bool) {
        if !C::STOPS {
            return (self.consumer.consume_plain(self.adaptor.adapt(f.over_all(items))), true);
        }
        let answer = self.consumer.consume_plain(self.adaptor.adapt(f.over_all(items.by_ref())));
        (answer, items.size_hint().1 == Some(0))
    }

    fn share(self, f: &F, source: impl Source<Item = T>, spec: RunSpec, recorder: Recorder) -> Self::Answer {
        let work = Ordered::new(source, &spec, self.unit, f, self.adaptor);
        let run = SharedRun::new(&work, spec, &recorder);
        let (answer, finished) = scope(|scope| {
            let mut caller = Caller::new(&run, scope);
            let answer = self.consumer.consume(InOrder::new(&work, &mut caller));
            (answer, caller.finish())
        });
        let report = finished.close(&run);
        if !report.halted {
            recorder.finish(&spec, &report);
        }
        answer
    }
}

/// All values, in a `Vec`.
pub(super) struct Gather;

impl<V> Consumer<V> for Gather {
    type Answer = Vec<V>;

    fn consume(self, values: impl Iterator<Item = V>) -> Vec<V> {
        values.fold(Vec::new(), |mut all, value| {
            all.push(value);
            all
        })
    }

    #[inline]
    fn consume_plain(self, values: impl Iterator<Item = V>) -> Vec<V> {
        values.collect()
    }
}

/// All values, in a collection of the user's choice.
pub(super) struct Collect<C>(pub(super) PhantomData<C>);

impl<V, C: FromIterator<V>> Consumer<V> for Collect<C> {
    type Answer = C;
    const STOPS: bool = true;

    #[inline]
    fn consume(self, values: impl Iterator<Item = V>) -> C {
        values.collect()
    }
}

/// Pairs, in two collections.
pub(super) struct Unzip<X, Y>(pub(super) PhantomData<(X, Y)>);

impl<A, B, X: Default + Extend<A>, Y: Default + Extend<B>> Consumer<(A, B)> for Unzip<X, Y> {
    type Answer = (X, Y);

    #[inline]
    fn consume(self, pairs: impl Iterator<Item = (A, B)>) -> (X, Y) {
        pairs.unzip()
    }
}

/// An initial value, folded with each value by an operator.
pub(super) struct Fold<B, O>(pub(super) B, pub(super) O);

impl<V, B, O: FnMut(B, V) -> B> Consumer<V> for Fold<B, O> {
    type Answer = B;

    #[inline]
    fn consume(self, values: impl Iterator<Item = V>) -> B {
        values.fold(self.0, self.1)
    }
}

/// The same until the operator fails.
pub(super) struct TryFold<R: Outcome, O>(pub(super) R::Value, pub(super) O);

impl<V, R: Outcome, O: FnMut(R::Value, V) -> R> Consumer<V> for TryFold<R, O> {
    type Answer = R::Whole<R::Value>;
    const STOPS: bool = true;

    #[inline]
    fn consume(self, mut values: impl Iterator<Item = V>) -> Self::Answer {
        let Self(init, mut op) = self;
        let folded = values.try_fold(init, |folded, value| match op(folded, value).into_result() {
            Ok(folded) => ControlFlow::Continue(folded),
            Err(failure) => ControlFlow::Break(failure),
        });
        R::whole(match folded {
            ControlFlow::Continue(folded) => Ok(folded),
            ControlFlow::Break(failure) => Err(failure),
        })
    }
}

/// The sum of all values.
pub(super) struct Add<S>(pub(super) PhantomData<S>);

impl<V, S: Sum<V>> Consumer<V> for Add<S> {
    type Answer = S;
    /// A sum of `Option`s, say, ends with the first `None`.
    const STOPS: bool = true;

    #[inline]
    fn consume(self, values: impl Iterator<Item = V>) -> S {
        values.sum()
    }
}

/// The product of all values.
pub(super) struct Multiply<S>(pub(super) PhantomData<S>);

impl<V, S: Product<V>> Consumer<V> for Multiply<S> {
    type Answer = S;
    const STOPS: bool = true;

    #[inline]
    fn consume(self, values: impl Iterator<Item = V>) -> S {
        values.product()
    }
}

/// All values combined by an operator; nothing if there are none.
pub(super) struct Reduce<O>(pub(super) O);

impl<V, O: FnMut(V, V) -> V> Consumer<V> for Reduce<O> {
    type Answer = Option<V>;

    #[inline]
    fn consume(self, values: impl Iterator<Item = V>) -> Option<V> {
        values.reduce(self.0)
    }
}
