//! The terminals of a [`Run`].

use std::convert::Infallible;
use std::iter::Sum;
use std::marker::PhantomData;

use super::consume::{Add, Fold, Gather, Reduce, in_order, reduce_loop};
use super::explain::explain;
use super::plan::Decision;
use super::record::{Recorder, Timer};
use super::route::Route;
use super::run::Run;
use crate::executor::buffers::has_room;
use crate::executor::caller::execute;
use crate::executor::collect::{Blocks, Each, Kept};
use crate::executor::map::Map;
use crate::executor::work::{RunSpec, Work};
use crate::input::items::Items;
use crate::input::outcome::Outcome;

/// Terminals.
impl<T, I: Items<T>, F> Run<T, I, F> {
    /// The results, in the order of the items.
    ///
    /// # Panics
    /// If the function panics, with its payload: of several panics, the one of the smallest index. Results that
    /// were made are dropped.
    #[inline]
    pub fn map<U>(self) -> Vec<U>
    where
        F: Fn(T) -> U + Sync,
        U: Send,
    {
        if self.is_plain_hit() {
            return self.items.into_loop().map(self.f).collect();
        }
        self.map_slowly()
    }

    #[cold]
    #[inline(never)]
    fn map_slowly<U>(self) -> Vec<U>
    where
        F: Fn(T) -> U + Sync,
        U: Send,
    {
        match self.route() {
            Route::Loop(timer) => {
                let results = self.items.into_loop().map(self.f).collect();
                timer.stop();
                results
            }
            Route::Share(spec, recorder) => {
                let f = |item| Ok::<U, Infallible>((self.f)(item));
                let map = Map::new(self.items.into_source(), spec.len, &f);
                share(&map, spec, recorder);
                map.results()
            }
        }
    }

    /// Calls the function for each item. The order of the calls is not that of the items.
    ///
    /// Allocates nothing for results, however many items there are.
    ///
    /// # Panics
    /// As [`map`](Self::map).
    #[inline]
    pub fn for_each(self)
    where
        F: Fn(T) + Sync,
    {
        if self.is_plain_hit() {
            return self.items.into_loop().for_each(self.f);
        }
        self.for_each_slowly();
    }

    #[cold]
    #[inline(never)]
    fn for_each_slowly(self)
    where
        F: Fn(T) + Sync,
    {
        match self.route() {
            Route::Loop(timer) => {
                self.items.into_loop().for_each(self.f);
                timer.stop();
            }
            Route::Share(spec, recorder) => {
                let f = |item| {
                    (self.f)(item);
                    Ok::<(), Infallible>(())
                };
                let map = Map::new(self.items.into_source(), spec.len, &f);
                share(&map, spec, recorder);
                map.results();
            }
        }
    }

    /// The values of a function that returns `Result` or `Option`, or what ended it.
    ///
    /// Stops early. Of several failures the one of the smallest index is returned, as by the plain loop; items after
    /// it may have been processed.
    ///
    /// # Errors
    /// The first `Err` (or `None`) in the order of the items.
    ///
    /// # Panics
    /// If the function panics on an item before the first failure.
    #[inline]
    pub fn try_map<U>(self) -> U::Whole<Vec<U::Value>>
    where
        F: Fn(T) -> U + Sync,
        U: Outcome,
        U::Value: Send,
        U::Failure: Send,
    {
        if self.is_plain_hit() {
            return U::collect(self.items.into_loop().map(self.f));
        }
        self.try_map_slowly()
    }

    #[cold]
    #[inline(never)]
    fn try_map_slowly<U>(self) -> U::Whole<Vec<U::Value>>
    where
        F: Fn(T) -> U + Sync,
        U: Outcome,
        U::Value: Send,
        U::Failure: Send,
    {
        let route = match self.route() {
            // The plain loop needs memory only for the results before the first failure.
            Route::Share(spec, _) if !has_room::<U::Value>(spec.len) => Route::Loop(Timer::Off),
            route => route,
        };
        match route {
            Route::Loop(timer) => {
                let mut items = self.items.into_loop();
                let whole = U::collect(items.by_ref().map(self.f));
                // A loop that stopped early says nothing about how long a whole one takes.
                if U::is_whole(&whole) {
                    timer.stop();
                }
                whole
            }
            Route::Share(spec, recorder) => {
                let f = |item| (self.f)(item).into_result();
                let map = Map::new(self.items.into_source(), spec.len, &f);
                let report = execute(&map, spec, &recorder);
                let results = map.finish();
                if results.is_ok() {
                    recorder.finish(&spec, &report);
                }
                U::whole(results)
            }
        }
    }

    /// The values of a function that returns `Option`, without the `None`s, in the order of the items.
    ///
    /// # Panics
    /// As [`map`](Self::map).
    #[inline]
    pub fn filter_map<V>(self) -> Vec<V>
    where
        F: Fn(T) -> Option<V> + Sync,
        V: Send,
    {
        if self.is_plain_hit() {
            return self.items.into_loop().filter_map(self.f).collect();
        }
        self.filter_map_slowly()
    }

    #[cold]
    #[inline(never)]
    fn filter_map_slowly<V>(self) -> Vec<V>
    where
        F: Fn(T) -> Option<V> + Sync,
        V: Send,
    {
        match self.route() {
            Route::Loop(timer) => {
                let values = self.items.into_loop().filter_map(self.f).collect();
                timer.stop();
                values
            }
            Route::Share(spec, recorder) => in_order(self.items, spec, recorder, 1, Kept(self.f), Gather),
        }
    }

    /// Folds the results in the order of the items, as the plain loop does: the answer is the same to the last bit,
    /// whatever the plan. `op` runs on the caller only.
    ///
    /// Results are folded as soon as all earlier ones were folded, so that memory is bounded however many there are. The
    /// time of `op` counts as time of the function: where it is long, give the fold a function of its own.
    ///
    /// # Panics
    /// If the function or `op` panics, with its payload.
    #[inline]
    pub fn fold<A, U>(self, init: A, op: impl FnMut(A, U) -> A) -> A
    where
        F: Fn(T) -> U + Sync,
        U: Send,
    {
        if self.is_plain_hit() {
            return self.items.into_loop().map(self.f).fold(init, op);
        }
        self.fold_slowly(init, op)
    }

    #[cold]
    #[inline(never)]
    fn fold_slowly<A, U>(self, init: A, op: impl FnMut(A, U) -> A) -> A
    where
        F: Fn(T) -> U + Sync,
        U: Send,
    {
        match self.route() {
            Route::Loop(timer) => {
                let folded = self.items.into_loop().map(self.f).fold(init, op);
                timer.stop();
                folded
            }
            Route::Share(spec, recorder) => in_order(self.items, spec, recorder, 1, Each(self.f), Fold(init, op)),
        }
    }

    /// The sum of the results, added in the order of the items: equal to that of the plain loop to the last bit.
    ///
    /// # Panics
    /// If the function or the sum panics, with its payload.
    #[inline]
    pub fn sum<S, U>(self) -> S
    where
        F: Fn(T) -> U + Sync,
        U: Send,
        S: Sum<U>,
    {
        if self.is_plain_hit() {
            return self.items.into_loop().map(self.f).sum();
        }
        self.sum_slowly()
    }

    #[cold]
    #[inline(never)]
    fn sum_slowly<S, U>(self) -> S
    where
        F: Fn(T) -> U + Sync,
        U: Send,
        S: Sum<U>,
    {
        match self.route() {
            Route::Loop(timer) => {
                let mut items = self.items.into_loop();
                let sum = items.by_ref().map(self.f).sum();
                // A sum may stop early: one of `Option`s does at the first `None`.
                if items.size_hint().1 == Some(0) {
                    timer.stop();
                }
                sum
            }
            Route::Share(spec, recorder) => in_order(self.items, spec, recorder, 1, Each(self.f), Add(PhantomData)),
        }
    }

    /// Combines the results with an `op` that is associative and runs on every thread; `identity` is the answer for no
    /// items.
    ///
    /// The results are combined in blocks whose length depends on the number of items alone (a quarter of its square root),
    /// and the blocks in order. So the answer never depends on the plan. With an `op` that is only nearly associative, as
    /// the addition of floats, it can differ from that of [`fold`](Self::fold).
    ///
    /// # Panics
    /// If the function or `op` panics, with its payload.
    #[inline]
    pub fn reduce<U>(self, identity: impl FnOnce() -> U, op: impl Fn(U, U) -> U + Sync) -> U
    where
        F: Fn(T) -> U + Sync,
        U: Send,
    {
        let block = self.items.size().map_or(1 << 30, |len| len.isqrt() / 4).max(1);
        if self.is_plain_hit() {
            return reduce_loop(self.items.into_loop().map(self.f), block, &op).unwrap_or_else(identity);
        }
        self.reduce_slowly(block, op).unwrap_or_else(identity)
    }

    #[cold]
    #[inline(never)]
    fn reduce_slowly<U>(self, block: usize, op: impl Fn(U, U) -> U + Sync) -> Option<U>
    where
        F: Fn(T) -> U + Sync,
        U: Send,
    {
        match self.route() {
            Route::Loop(timer) => {
                let reduced = reduce_loop(self.items.into_loop().map(self.f), block, &op);
                timer.stop();
                reduced
            }
            Route::Share(spec, recorder) => {
                let collect = Blocks { f: self.f, op: &op, block };
                in_order(self.items, spec, recorder, block, collect, Reduce(&op))
            }
        }
    }

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

fn share(work: &dyn Work, spec: RunSpec, recorder: Recorder) {
    let report = execute(work, spec, &recorder);
    if !report.halted {
        recorder.finish(&spec, &report);
    }
}
