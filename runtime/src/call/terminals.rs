//! The terminals of a [`Run`]: the answers that may be asked for.

use std::cmp::Ordering;
use std::iter::{Product, Sum};
use std::marker::PhantomData;

use super::by_place::{All, Any, Find, Nothing, Placed, Position, TryAll, TryNothing};
use super::explain::explain;
use super::in_order::{Add, Collect, Consumed, Consumer, Fold, Gather, InBlocks, Multiply, Reduce, TryFold, Unzip};
use super::plan::Decision;
use super::run::Run;
use crate::executor::adaptor::{Adaptor, Combine, CombineByKey, Count, Each, Flat, Kept};
use crate::executor::map_fn::MapFn;
use crate::input::items::Items;
use crate::input::outcome::Outcome;

/// All results.
///
/// # Panics
/// If the function panics, with its payload: of several panics, the one of the smallest index. Results that were made are
/// dropped. This holds for every terminal.
impl<T, I: Items<T>, F: MapFn<T>> Run<T, I, F> {
    /// The results, in the order of the items.
    #[inline]
    pub fn map<U: Send>(self) -> Vec<U>
    where
        F: MapFn<T, Output = U>,
    {
        self.finish(Placed(All))
    }

    /// Calls the function for each item. The order of the calls is not that of the items.
    ///
    /// Allocates nothing for results, however many items there are.
    #[inline]
    pub fn for_each(self)
    where
        F: MapFn<T, Output = ()>,
    {
        self.finish(Placed(Nothing));
    }

    /// The results in a collection, in the order of the items: a `HashMap` of pairs, a `String` of `char`s, a
    /// `Result<Vec<_>, E>`. For a `Vec`, [`map`](Self::map) is faster.
    ///
    /// The collection is filled on the caller, while other threads make further results.
    #[inline]
    pub fn collect<C: FromIterator<F::Output>>(self) -> C
    where
        F::Output: Send,
    {
        self.in_order(Each, Collect(PhantomData))
    }

    /// The first and the second parts of results that are pairs, each in a collection, in the order of the items.
    #[inline]
    pub fn unzip<A: Send, B: Send, X, Y>(self) -> (X, Y)
    where
        F: MapFn<T, Output = (A, B)>,
        X: Default + Extend<A>,
        Y: Default + Extend<B>,
    {
        self.in_order(Each, Unzip(PhantomData))
    }

    /// The values of a function that returns `Option`, without the `None`s, in the order of the items.
    #[inline]
    pub fn filter_map<V: Send>(self) -> Vec<V>
    where
        F: MapFn<T, Output = Option<V>>,
    {
        self.in_order(Kept, Gather)
    }

    /// The elements of all results, in the order of the items.
    ///
    /// Where the function returns an iterator, it is run on the thread that called the function.
    #[inline]
    pub fn flat_map<U: IntoIterator<Item: Send>>(self) -> Vec<U::Item>
    where
        F: MapFn<T, Output = U>,
    {
        self.in_order(Flat, Gather)
    }

    #[inline]
    fn in_order<A, C>(self, adaptor: A, consumer: C) -> C::Answer
    where
        A: Adaptor<F::Output, Value: Send>,
        C: Consumer<A::Value>,
    {
        self.finish(Consumed { adaptor, consumer })
    }
}

/// Results that may end a run early. Of several, the one of the smallest index does, as in the plain loop; items after it may
/// have been processed.
impl<T, I: Items<T>, F: MapFn<T>> Run<T, I, F> {
    /// The values of a function that returns `Result` or `Option`, or what ended it.
    ///
    /// # Errors
    /// The first `Err` (or `None`) in the order of the items.
    #[inline]
    pub fn try_map<U>(self) -> U::Whole<Vec<U::Value>>
    where
        F: MapFn<T, Output = U>,
        U: Outcome<Value: Send, Failure: Send>,
    {
        self.finish(Placed(TryAll))
    }

    /// Calls a function that returns `Result<(), E>` or `Option<()>` for each item, until one fails. Allocates nothing for
    /// results.
    ///
    /// # Errors
    /// The first `Err` (or `None`) in the order of the items.
    #[inline]
    pub fn try_for_each<U>(self) -> U::Whole<()>
    where
        F: MapFn<T, Output = U>,
        U: Outcome<Value = (), Failure: Send>,
    {
        self.finish(Placed(TryNothing))
    }

    /// The first result, in the order of the items, that is `wanted`. `wanted` runs where the function ran.
    #[inline]
    pub fn find<U: Send>(self, wanted: impl Fn(&U) -> bool + Sync) -> Option<U>
    where
        F: MapFn<T, Output = U>,
    {
        self.finish(Placed(Find(wanted)))
    }

    /// The index of the first item whose result is `wanted`.
    #[inline]
    pub fn position<U: Send>(self, wanted: impl Fn(&U) -> bool + Sync) -> Option<usize>
    where
        F: MapFn<T, Output = U>,
    {
        self.finish(Placed(Position(wanted)))
    }

    /// Whether any result is `wanted`.
    #[inline]
    pub fn any<U: Send>(self, wanted: impl Fn(&U) -> bool + Sync) -> bool
    where
        F: MapFn<T, Output = U>,
    {
        self.finish(Placed(Any(wanted)))
    }

    /// Whether all results are `wanted`; so they are if there are none.
    #[inline]
    pub fn all<U: Send>(self, wanted: impl Fn(&U) -> bool + Sync) -> bool
    where
        F: MapFn<T, Output = U>,
    {
        !self.finish(Placed(Any(move |result: &U| !wanted(result))))
    }
}

/// Results combined into one.
impl<T, I: Items<T>, F: MapFn<T>> Run<T, I, F> {
    /// Folds the results in the order of the items, as the plain loop does: the answer is the same to the last bit,
    /// whatever the plan. `op` runs on the caller only.
    ///
    /// Results are folded as soon as all earlier ones were folded, so that memory is bounded however many there are. The
    /// time of `op` counts as time of the function: where it is long, give the fold a function of its own.
    #[inline]
    pub fn fold<A, U: Send>(self, init: A, op: impl FnMut(A, U) -> A) -> A
    where
        F: MapFn<T, Output = U>,
    {
        self.in_order(Each, Fold(init, op))
    }

    /// Folds the results in the order of the items until `op` returns an `Err` (or `None`).
    ///
    /// # Errors
    /// The first of `op`.
    ///
    /// # Examples
    /// ```
    /// #[amorsize::auto]
    /// fn parse(text: &str) -> Result<u8, std::num::ParseIntError> { text.parse() }
    ///
    /// let sum = parse::on(&["100", "200", "x"]).try_fold(0_u8, |sum, n| n.ok()?.checked_add(sum));
    /// assert_eq!(sum, None);
    /// ```
    #[inline]
    pub fn try_fold<A, R: Outcome<Value = A>, U: Send>(self, init: A, op: impl FnMut(A, U) -> R) -> R::Whole<A>
    where
        F: MapFn<T, Output = U>,
    {
        self.in_order(Each, TryFold::<R, _>(init, op))
    }

    /// The sum of the results, added in the order of the items: equal to that of the plain loop to the last bit.
    #[inline]
    pub fn sum<S: Sum<F::Output>>(self) -> S
    where
        F::Output: Send,
    {
        self.in_order(Each, Add(PhantomData))
    }

    /// The product of the results, in the order of the items: equal to that of the plain loop to the last bit.
    #[inline]
    pub fn product<S: Product<F::Output>>(self) -> S
    where
        F::Output: Send,
    {
        self.in_order(Each, Multiply(PhantomData))
    }

    /// How many results are `wanted`.
    #[inline]
    pub fn count<U>(self, wanted: impl Fn(&U) -> bool + Sync) -> usize
    where
        F: MapFn<T, Output = U>,
    {
        self.in_order(Count(wanted), Add(PhantomData))
    }

    /// Combines the results with an `op` that is associative and runs on every thread; `identity` is the answer for no
    /// items.
    ///
    /// The results are combined in blocks whose length depends on the number of items alone (a quarter of its square root),
    /// and the blocks in order. So the answer never depends on the plan. With an `op` that is only nearly associative, as
    /// the addition of floats, it can differ from that of [`fold`](Self::fold).
    #[inline]
    pub fn reduce<U: Send>(self, identity: impl FnOnce() -> U, op: impl Fn(U, U) -> U + Sync) -> U
    where
        F: MapFn<T, Output = U>,
    {
        let block = self.reduce_block();
        self.finish(InBlocks { op, block }).unwrap_or_else(identity)
    }

    /// The smallest result; of equal ones the first. `None` if there are no items.
    #[inline]
    pub fn min<U: Ord + Send>(self) -> Option<U>
    where
        F: MapFn<T, Output = U>,
    {
        self.min_by(U::cmp)
    }

    /// The largest result; of equal ones the last. `None` if there are no items.
    #[inline]
    pub fn max<U: Ord + Send>(self) -> Option<U>
    where
        F: MapFn<T, Output = U>,
    {
        self.max_by(U::cmp)
    }

    /// The smallest result by `order`, such as `f64::total_cmp`; of equal ones the first.
    #[inline]
    pub fn min_by<U: Send>(self, order: impl Fn(&U, &U) -> Ordering + Sync) -> Option<U>
    where
        F: MapFn<T, Output = U>,
    {
        let op = |a, b| if order(&a, &b) == Ordering::Greater { b } else { a };
        self.in_order(Combine(&op), Reduce(&op))
    }

    /// The largest result by `order`, such as `f64::total_cmp`; of equal ones the last.
    #[inline]
    pub fn max_by<U: Send>(self, order: impl Fn(&U, &U) -> Ordering + Sync) -> Option<U>
    where
        F: MapFn<T, Output = U>,
    {
        let op = |a, b| if order(&a, &b) == Ordering::Greater { a } else { b };
        self.in_order(Combine(&op), Reduce(&op))
    }

    /// The result with the smallest key; of equal ones the first. `key` runs once for each, where the function ran.
    #[inline]
    pub fn min_by_key<U: Send, K: Ord + Send>(self, key: impl Fn(&U) -> K + Sync) -> Option<U>
    where
        F: MapFn<T, Output = U>,
    {
        let op = |a: (K, U), b: (K, U)| if a.0 > b.0 { b } else { a };
        self.in_order(CombineByKey { key, op: &op }, Reduce(&op)).map(|(_, result)| result)
    }

    /// The result with the largest key; of equal ones the last. `key` runs once for each, where the function ran.
    #[inline]
    pub fn max_by_key<U: Send, K: Ord + Send>(self, key: impl Fn(&U) -> K + Sync) -> Option<U>
    where
        F: MapFn<T, Output = U>,
    {
        let op = |a: (K, U), b: (K, U)| if a.0 > b.0 { a } else { b };
        self.in_order(CombineByKey { key, op: &op }, Reduce(&op)).map(|(_, result)| result)
    }
}

/// No answer.
impl<T, I: Items<T>, F> Run<T, I, F> {
    /// What would be done now, and why. Runs nothing, counts nothing.
    ///
    /// While the pool has not been started, what is planned for it is still done on the caller.
    ///
    /// # Examples
    ///
    /// ```
    /// #[amorsize::auto]
    /// fn double(x: u32) -> u32 { x * 2 }
    ///
    /// println!("{}", double::on(0..1000).plan()); // serial: not measured yet, the first items decide
    /// ```
    pub fn plan(&self) -> Decision {
        explain(self.tuned, self.items.size(), self.choices)
    }
}
