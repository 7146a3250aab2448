//! Every value is dropped exactly once, wherever a run ends: items, results, errors, clones of the context, payloads.
//!
//! Destructors that panic are among them (and in `bombs`). As everywhere in Rust, one that panics while its thread is already
//! unwinding aborts the process; the bombs here know that and do not go off then. What a panicking destructor panics with may be
//! leaked where nobody could see it (its own destructor might panic in turn), the value itself never is.

#![allow(clippy::needless_pass_by_value)] // the functions under test take what they take

use std::any::Any;
use std::collections::{BTreeSet, LinkedList};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use amorsize::Items;
use proptest::collection::vec;

use crate::cases::{Case, cases, check, chosen, outcome, panic_with, spin};
use crate::pools;
use crate::watchdog;

/// Where values are counted.
#[derive(Clone, Default)]
pub(crate) struct Home(Arc<Mutex<Vec<u32>>>);

impl Home {
    pub(crate) fn make(&self, index: usize) -> Value {
        let mut drops = self.0.lock().unwrap();
        drops.push(0);
        Value { serial: drops.len() - 1, index, bomb: false, home: self.clone() }
    }

    pub(crate) fn make_bomb(&self, index: usize) -> Value {
        let mut value = self.make(index);
        value.bomb = true;
        value
    }

    pub(crate) fn items(&self, len: usize) -> Vec<Value> {
        (0..len).map(|index| self.make(index)).collect()
    }

    fn alive(&self) -> usize {
        self.0.lock().unwrap().iter().filter(|drops| **drops == 0).count()
    }

    #[track_caller]
    fn assert_all_dropped_once(&self) {
        let drops = self.0.lock().unwrap();
        let wrong: Vec<_> = drops.iter().enumerate().filter(|(_, drops)| **drops != 1).take(9).collect();
        assert!(wrong.is_empty(), "of {} values these (serial, drops) are wrong: {wrong:?} ..", drops.len());
    }
}

/// A value that is counted when it is dropped, and may panic then.
pub(crate) struct Value {
    serial: usize,
    pub(crate) index: usize,
    bomb: bool,
    pub(crate) home: Home,
}

/// What the destructors of bombs panic with, plus the index.
pub(crate) const BOMB: usize = 1 << 40;

impl Drop for Value {
    fn drop(&mut self) {
        self.home.0.lock().unwrap()[self.serial] += 1;
        if self.bomb && !thread::panicking() {
            panic_with(BOMB + self.index);
        }
    }
}

impl Clone for Value {
    fn clone(&self) -> Self {
        self.home.make(self.index)
    }
}

/// What a function under test does with an item.
pub(crate) fn meet(index: usize, case: &Case) {
    spin(case.weight / 3);
    if case.panics.contains(&index) {
        panic_with(index);
    }
}

pub(crate) fn first(indices: &BTreeSet<usize>) -> Option<usize> {
    indices.first().copied()
}

/// Runs `run` where the case says, and makes sure that nothing is left of it.
#[track_caller]
pub(crate) fn settle<R>(case: &Case, home: &Home, run: impl FnOnce() -> R + Send) -> Result<(), usize> {
    settle_with(case, home, || drop(run()))
}

/// The same for a run whose answer is no value that is counted.
#[track_caller]
pub(crate) fn settle_with<R: Send>(case: &Case, home: &Home, run: impl FnOnce() -> R + Send) -> Result<R, usize> {
    let got = pools::within(case.pool, || outcome(run));
    home.assert_all_dropped_once();
    got
}

/// A thousand items at most: to panic takes long.
pub(crate) fn short(case: &Case) -> Case {
    let len = case.len.min(1000);
    let below = |indices: &BTreeSet<usize>| indices.range(..len).copied().collect();
    Case { len, panics: below(&case.panics), ends: below(&case.ends), ..case.clone() }
}

#[amorsize::auto]
fn passed_on(item: Value, case: &Case) -> Value {
    let result = item.home.make(item.index);
    meet(item.index, case);
    result
}

#[test]
fn items_and_results() {
    check(cases(), |case| {
        let home = Home::default();
        let items = home.items(case.len);
        let got = settle(&case, &home, || {
            let results = chosen(passed_on::on(items, &case), &case).map();
            assert!(results.iter().map(|result| result.index).eq(0..case.len));
            assert_eq!(home.alive(), case.len, "items are gone, results are not");
            results
        });
        assert_eq!(got.err(), first(&case.panics));
    });
}

#[amorsize::auto]
fn checked(item: Value, case: &Case) -> Result<Value, Value> {
    let result = item.home.make(item.index);
    meet(item.index, case);
    if case.ends.contains(&item.index) { Err(result) } else { Ok(result) }
}

#[amorsize::auto]
fn kept(item: Value, case: &Case) -> Option<Value> {
    meet(item.index, case);
    (!case.ends.contains(&item.index)).then(|| item.home.make(item.index))
}

/// Runs `try_map`, whose items come by `collect`.
#[track_caller]
fn try_map<I: Items<Value> + Send>(case: &Case, collect: impl FnOnce(Vec<Value>) -> I) {
    let home = Home::default();
    let items = collect(home.items(case.len));
    let got = settle(case, &home, || {
        let results = chosen(checked::on(items, case), case).try_map();
        let error = results.as_ref().err().map(|error| error.index);
        assert_eq!(error, first(&case.ends));
        assert_eq!(home.alive(), if error.is_some() { 1 } else { case.len });
        results
    });
    let panics = first(&case.panics).filter(|&panic| first(&case.ends).is_none_or(|end| panic <= end));
    assert_eq!(got.err(), panics);
}

#[test]
fn errors() {
    check(cases(), |case| {
        try_map(&case, |items| items);

        let home = Home::default();
        let items = home.items(case.len);
        let _ = settle(&case, &home, || chosen(kept::on(items, &case), &case).try_map());
        let items = home.items(case.len);
        let _ = settle(&case, &home, || chosen(kept::on(items, &case), &case).filter_map());
    });
}

/// Where calls ended early, those that follow do as many items before they look for a plan; whether they end there or not.
#[test]
fn errors_of_call_after_call() {
    check((cases(), vec(0..3000usize, 1..6)), |(case, ends)| {
        let case = Case { n_jobs: None, chunksize: None, use_cache: true, ..short(&case) };
        for end in ends {
            let ends = Some(end).filter(|end| *end < case.len).into_iter().collect();
            try_map(&Case { ends, ..case.clone() }, |items| items);
        }
    });
}

/// Items that come one after the other: the caller takes them as long as it is alone, then all that are left.
#[test]
fn items_of_a_list() {
    check(cases(), |case| {
        let home = Home::default();
        let list = |items: Vec<Value>| items.into_iter().collect::<LinkedList<_>>().into_iter();
        let items = list(home.items(case.len));
        let got = settle(&case, &home, || {
            let results = chosen(passed_on::on(items, &case), &case).map();
            assert!(results.iter().map(|result| result.index).eq(0..case.len));
            results
        });
        assert_eq!(got.err(), first(&case.panics));
        let items = list(home.items(case.len));
        let got = settle(&case, &home, || {
            let indices = chosen(passed_on::on(items, &case), &case).fold(Vec::new(), |mut indices, value| {
                indices.push(value.index);
                indices
            });
            assert!(indices.into_iter().eq(0..case.len));
        });
        assert_eq!(got.err(), first(&case.panics));
        try_map(&case, list);
    });
}

/// Values that are made in pieces and consumed in order, up to a consumer that stops or panics.
#[test]
fn values_in_order() {
    check((cases(), 0..3000usize), |(case, stop)| {
        let home = Home::default();
        let items = home.items(case.len);
        let got = settle(&case, &home, || {
            chosen(passed_on::on(items, &case), &case).fold(Vec::new(), |mut folded, value: Value| {
                assert_eq!(value.index, folded.len());
                if value.index == stop {
                    panic_with(BOMB);
                }
                folded.push(value);
                folded
            })
        });
        let stop = Some(stop).filter(|&stop| stop < case.len);
        let panics = first(&case.panics);
        assert_eq!(
            got.err(),
            if panics.is_some_and(|panic| stop.is_none_or(|stop| panic <= stop)) { panics } else { stop.map(|_| BOMB) }
        );

        let items = home.items(case.len);
        let _ = settle(&case, &home, || {
            chosen(passed_on::on(items, &case), &case)
                .reduce(|| home.make(0), |before, after| before.home.make(after.index))
        });
        let items = home.items(case.len);
        let _ = settle(&case, &home, || chosen(kept::on(items, &case), &case).sum::<Option<Gone>>());
    });
}

/// A sum that keeps nothing.
struct Gone;

impl std::iter::Sum<Value> for Gone {
    fn sum<I: Iterator<Item = Value>>(values: I) -> Self {
        values.for_each(drop);
        Self
    }
}

#[amorsize::auto]
fn with_context(index: usize, case: &Case, context: Value) -> Value {
    let result = context.home.make(index);
    meet(index, case);
    result
}

#[test]
fn clones_of_the_context() {
    check(cases(), |case| {
        let home = Home::default();
        let context = home.make(0);
        let got = settle(&case, &home, || chosen(with_context::on(0..case.len, &case, context), &case).map());
        assert_eq!(got.err(), first(&case.panics));
    });
}

#[amorsize::auto]
fn throws(index: usize, case: &Case, home: &Home) -> Value {
    let result = home.make(index);
    if case.panics.contains(&index) {
        resume_unwind(Box::new(home.make_bomb(index)));
    }
    result
}

/// The index of the value that `run` panics with.
fn caught<R>(run: impl FnOnce() -> R) -> Option<usize> {
    let payload: Box<dyn Any + Send> = catch_unwind(AssertUnwindSafe(run)).err()?;
    let mut value = payload.downcast::<Value>().unwrap_or_else(|other| resume_unwind(other));
    value.bomb = false;
    Some(value.index)
}

/// Of several payloads one reaches the caller; the destructors of the others panic, and nobody hears of it.
#[test]
fn payloads() {
    check(cases(), |case| {
        let home = Home::default();
        let panics = first(&case.panics);
        pools::within(case.pool, || {
            let run = || chosen(throws::on(0..case.len, &case, &home), &case);
            assert_eq!(caught(|| run().map()), panics);
            assert_eq!(caught(|| run().fold(0, |sum, value| sum + value.index)), panics);
            assert_eq!(caught(|| run().reduce(|| home.make(0), |before, _| before)), panics);
            assert_eq!(caught(|| throws::stream(0..case.len, &case, &home).collect::<Vec<_>>()), panics);
        });
        home.assert_all_dropped_once();
    });
}

/// Two threads panic at the same time.
#[test]
fn payloads_that_meet() {
    #[amorsize::auto]
    fn throws_together(index: usize, inside: &AtomicUsize, home: &Home) {
        inside.fetch_add(1, Relaxed);
        let start = Instant::now();
        while inside.load(Relaxed) < 2 && start.elapsed() < Duration::from_secs(5) {
            thread::yield_now();
        }
        resume_unwind(Box::new(home.make_bomb(index)));
    }
    watchdog::within(30, || {
        let home = Home::default();
        for _ in 0..20 {
            for terminal in 0..2 {
                let caught = pools::within(2, || {
                    let inside = AtomicUsize::new(0);
                    let run = || throws_together::on(0..2, &inside, &home).n_jobs(2);
                    caught(|| if terminal == 0 { run().for_each() } else { run().fold((), |(), ()| ()) })
                });
                assert_eq!(caught, Some(0));
            }
        }
        home.assert_all_dropped_once();
    });
}

/// Nothing is stored of such values, but they are counted.
macro_rules! counted_without_size {
    ($name:ident, $made:ident, $dropped:ident) => {
        static $made: AtomicUsize = AtomicUsize::new(0);
        static $dropped: AtomicUsize = AtomicUsize::new(0);

        struct $name;

        impl $name {
            fn make() -> Self {
                $made.fetch_add(1, Relaxed);
                Self
            }
        }

        impl Drop for $name {
            fn drop(&mut self) {
                $dropped.fetch_add(1, Relaxed);
            }
        }
    };
}
counted_without_size!(Item, ITEMS_MADE, ITEMS_DROPPED);
counted_without_size!(Made, RESULTS_MADE, RESULTS_DROPPED);

#[amorsize::auto]
fn without_size(item: Item, calls: &AtomicUsize, panics: usize) -> Made {
    let made = Made::make();
    if calls.fetch_add(1, Relaxed) == panics {
        panic_with(panics);
    }
    drop(item);
    made
}

#[test]
fn values_without_size() {
    check((cases(), 0..6000usize), |(case, panics)| {
        let items: Vec<Item> = (0..case.len).map(|_| Item::make()).collect();
        let calls = AtomicUsize::new(0);
        let got =
            pools::within(case.pool, || outcome(|| chosen(without_size::on(items, &calls, panics), &case).map().len()));
        assert_eq!(got, if panics < case.len { Err(panics) } else { Ok(case.len) });
        assert_eq!(ITEMS_MADE.load(Relaxed), ITEMS_DROPPED.load(Relaxed));
        assert_eq!(RESULTS_MADE.load(Relaxed), RESULTS_DROPPED.load(Relaxed));
    });
}

#[amorsize::auto(n_jobs = 3)]
fn passed_on_by_three(item: Value, case: &Case) -> Value {
    passed_on(item, case)
}

/// Items of a stream that was given up halfway, read ahead or not.
#[test]
fn streams() {
    check((cases(), 0..3000usize), |(case, wanted)| {
        let home = Home::default();
        let items = home.items(case.len);
        let _ = settle(&case, &home, || passed_on::stream(items, &case).take(wanted).collect::<Vec<_>>());
        let items = home.items(case.len);
        let _ = settle(&case, &home, || passed_on_by_three::stream(items, &case).take(wanted).count());
    });
}
