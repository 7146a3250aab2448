//! Answers that are made of values as they come, in the order of the items, while others are still being made.

use std::iter::{self, Product, Sum};
use std::marker::PhantomData;
use std::ops::ControlFlow;

use super::record::Recorder;
use super::terminal::Terminal;
use crate::executor::adaptor::{Adaptor, Combine};
use crate::executor::caller::Caller;
use crate::executor::chunk::Source;
use crate::executor::chunk_policy::ChunkPolicy;
use crate::executor::chunk_queue::ChunkQueue;
use crate::executor::join::scope;
use crate::executor::map_fn::MapFn;
use crate::executor::ordered::{InBatches, Ordered, in_order};
use crate::executor::shared_run::SharedRun;
use crate::executor::work::RunSpec;
use crate::input::items::Items;
use crate::input::outcome::Outcome;

/// Consumes, in order, what an adaptor makes of the results.
pub(super) struct Consumed<A, C> {
    pub(super) adaptor: A,
    pub(super) consumer: C,
}

/// Makes one answer of values that come in order.
pub(super) trait Consumer<V> {
    type Answer;
    /// Whether it may want no more values before they end.
    const STOPS: bool = false;

    fn consume(self, values: impl Iterator<Item = V>) -> Self::Answer;

    /// The same for values of which there may be several at once.
    fn consume_batches(self, values: impl InBatches<Item = V>) -> Self::Answer
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
    fn plain(self, f: &F, items: impl Items<T>, is_whole: &mut bool) -> Self::Answer {
        let mut items = items.into_loop();
        if !C::STOPS {
            return self.consumer.consume(self.adaptor.adapt(f.over_all(items)));
        }
        let answer = self.consumer.consume(self.adaptor.adapt(f.over_all(items.by_ref())));
        *is_whole = items.size_hint().1 == Some(0);
        answer
    }

    fn share(
        self,
        f: &F,
        source: impl Source<Item = T>,
        (len, _): (usize, usize),
        plan: impl FnOnce() -> (RunSpec, Recorder),
    ) -> Self::Answer {
        let (spec, recorder) = plan();
        consume(self.consumer, Ordered::new(source, (len, usize::MAX), &spec, f, self.adaptor), spec, recorder)
    }
}

/// Combines the results of each block of `block` items, and then, in order, what came of these.
pub(super) struct InBlocks<O> {
    pub(super) op: O,
    pub(super) block: usize,
}

/// From this length on, the loop over a block gains more by what the processor does at once than each block costs.
const SHORT_BLOCK: usize = 8;

impl<T, F, O> Terminal<T, F> for InBlocks<O>
where
    F: MapFn<T, Output: Send>,
    O: Fn(F::Output, F::Output) -> F::Output + Sync,
{
    type Answer = Option<F::Output>;

    #[inline]
    fn plain(self, f: &F, items: impl Items<T>, _is_whole: &mut bool) -> Self::Answer {
        let Self { op, block } = self;
        let len = items.size().filter(|_| block >= SHORT_BLOCK);
        let Some(len) = len else {
            let mut results = f.over_all(items.into_loop());
            // Blocks of one item are no other than one block of all.
            let block = if block == 1 { usize::MAX } else { block };
            return iter::from_fn(|| results.by_ref().take(block).reduce(&op)).reduce(&op);
        };
        let queue = ChunkQueue::<_, ()>::new(items.into_source(len), len);
        let all = ChunkPolicy::exactly(len);
        let (_, mut blocks) = queue.next_blocks(all, block)?;
        iter::from_fn(|| f.over_chunk(blocks.next()?).reduce(&op)).reduce(&op)
    }

    fn share(
        self,
        f: &F,
        source: impl Source<Item = T>,
        (len, _): (usize, usize),
        plan: impl FnOnce() -> (RunSpec, Recorder),
    ) -> Self::Answer {
        let (spec, recorder) = plan();
        let work = Ordered::new(source, (len, self.block), &spec, f, Combine(&self.op));
        consume(Reduce(&self.op), work, spec, recorder)
    }
}

/// What comes of each block of `block` items, whose results are combined.
pub(super) struct EachBlock<O> {
    pub(super) op: O,
    pub(super) block: usize,
}

impl<T, F, O> Terminal<T, F> for EachBlock<O>
where
    F: MapFn<T, Output: Send>,
    O: Fn(F::Output, F::Output) -> F::Output + Sync,
{
    type Answer = Vec<F::Output>;

    fn plain(self, f: &F, items: impl Items<T>, _is_whole: &mut bool) -> Self::Answer {
        let mut results = f.over_all(items.into_loop());
        iter::from_fn(|| results.by_ref().take(self.block).reduce(&self.op)).collect()
    }

    fn share(
        self,
        f: &F,
        source: impl Source<Item = T>,
        (len, _): (usize, usize),
        plan: impl FnOnce() -> (RunSpec, Recorder),
    ) -> Self::Answer {
        let (spec, recorder) = plan();
        // `usize::MAX` would be each chunk.
        let block = self.block.min(len);
        consume(Gather, Ordered::new(source, (len, block), &spec, f, Combine(&self.op)), spec, recorder)
    }
}

/// Does `work` as `spec` says, and consumes its values in order.
fn consume<S, V, F, A, C>(consumer: C, work: Ordered<'_, S, V, F, A>, spec: RunSpec, recorder: Recorder) -> C::Answer
where
    S: Source,
    V: Send,
    F: MapFn<S::Item>,
    A: Adaptor<F::Output, Value = V>,
    C: Consumer<V>,
{
    let run = SharedRun::new(&work, spec, &recorder);
    let (answer, finished) = scope(|scope| {
        let mut caller = Caller::new(&run, scope);
        let answer = consumer.consume_batches(in_order(&work, &mut caller));
        (answer, caller.finish())
    });
    let report = finished.close(&run);
    if !report.halted {
        recorder.finish(&spec, &report);
    }
    // An answer that is being returned is leaked if the destructor of an item panics then.
    drop(work);
    answer
}

/// All values, in a `Vec`.
pub(super) struct Gather;

impl<V> Consumer<V> for Gather {
    type Answer = Vec<V>;

    #[inline]
    fn consume(self, values: impl Iterator<Item = V>) -> Vec<V> {
        values.collect()
    }

    fn consume_batches(self, values: impl InBatches<Item = V>) -> Vec<V> {
        let mut all = Vec::new();
        values.extend_into(&mut all);
        all
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

    fn consume_batches(self, pairs: impl InBatches<Item = (A, B)>) -> (X, Y) {
        let mut all = Self::Answer::default();
        pairs.extend_into(&mut all);
        all
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
