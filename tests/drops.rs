//! Every value is dropped exactly once, wherever a run ends: items, results, errors, clones of the context, payloads.
//!
//! Destructors that panic are among them. As everywhere in Rust, one that panics while its thread is already unwinding
//! aborts the process; the bombs here know that and do not go off then. What a panicking destructor panics with may be
//! leaked where nobody could see it (its own destructor might panic in turn), the value itself never is.

#![allow(clippy::needless_pass_by_value)] // the functions under test take what they take

use std::any::Any;
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use proptest::prelude::*;

use crate::alone::alone;
use crate::cases::{Case, cases, check, chosen, outcome, panic_with, spin};
use crate::pools;
use crate::watchdog;

/// Where values are counted.
#[derive(Clone, Default)]
struct Home(Arc<Mutex<Vec<u32>>>);

impl Home {
    fn make(&self, index: usize) -> Value {
        let mut drops = self.0.lock().unwrap();
        drops.push(0);
        Value { serial: drops.len() - 1, index, bomb: false, home: self.clone() }
    }

    fn make_bomb(&self, index: usize) -> Value {
        let mut value = self.make(index);
        value.bomb = true;
        value
    }

    fn items(&self, len: usize) -> Vec<Value> {
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
struct Value {
    serial: usize,
    index: usize,
    bomb: bool,
    home: Home,
}

/// What the destructors of bombs panic with, plus the index.
const BOMB: usize = 1 << 40;

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
fn meet(index: usize, case: &Case) {
    spin(case.weight / 3);
    if case.panics.contains(&index) {
        panic_with(index);
    }
}

fn first(indices: &BTreeSet<usize>) -> Option<usize> {
    indices.first().copied()
}

/// Runs `run` where the case says, and makes sure that nothing is left of it.
#[track_caller]
fn settle<R>(case: &Case, home: &Home, run: impl FnOnce() -> R + Send) -> Result<(), usize> {
    let got = pools::within(case.pool, || outcome(|| drop(run())));
    home.assert_all_dropped_once();
    got
}

/// A thousand items at most: to panic takes long.
fn short(case: &Case) -> Case {
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

#[test]
fn errors() {
    check(cases(), |case| {
        let home = Home::default();
        let items = home.items(case.len);
        let got = settle(&case, &home, || {
            let results = chosen(checked::on(items, &case), &case).try_map();
            let error = results.as_ref().err().map(|error| error.index);
            assert_eq!(error, first(&case.ends));
            assert_eq!(home.alive(), if error.is_some() { 1 } else { case.len });
            results
        });
        let panics = first(&case.panics).filter(|&panic| first(&case.ends).is_none_or(|end| panic <= end));
        assert_eq!(got.err(), panics);

        let home = Home::default();
        let items = home.items(case.len);
        let _ = settle(&case, &home, || chosen(kept::on(items, &case), &case).try_map());
        let items = home.items(case.len);
        let _ = settle(&case, &home, || chosen(kept::on(items, &case), &case).filter_map());
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

#[amorsize::auto]
fn armed(item: Value, case: &Case) -> Value {
    let index = item.index;
    meet(index, case);
    if case.ends.contains(&index) { item.home.make_bomb(index) } else { item.home.make(index) }
}

#[amorsize::auto]
fn armed_and_checked(item: Value, case: &Case) -> Result<Value, usize> {
    if case.panics.contains(&item.index) { Err(item.index) } else { Ok(armed(item, case)) }
}

#[amorsize::auto(n_jobs = 3)]
fn armed_in_a_stream(item: Value, case: &Case) -> Value {
    armed(item, case)
}

/// The destructors of some results panic.
#[test]
fn results_that_panic_when_dropped() {
    check(cases(), |case| {
        let case = short(&case);
        let panics = first(&case.panics);
        let bombs_before = first(&case.ends).filter(|&bomb| panics.is_none_or(|panic| bomb < panic));
        let home = Home::default();

        // The payload of the function wins.
        let items = home.items(case.len);
        let got = settle(&case, &home, || chosen(armed::on(items, &case), &case).map());
        assert_eq!(got.err(), panics.or(bombs_before.map(|bomb| BOMB + bomb)));

        // An error wins against results that the loop would not have made, and yields to those that it would have.
        let items = home.items(case.len);
        let got = settle(&case, &home, || chosen(armed_and_checked::on(items, &case), &case).try_map().err());
        assert_eq!(got.err(), bombs_before.map(|bomb| BOMB + bomb));

        for wanted in [case.len / 2, case.len] {
            let items = home.items(case.len);
            let _ = settle(&case, &home, || armed_in_a_stream::stream(items, &case).take(wanted).collect::<Vec<_>>());
        }

        let items = home.items(case.len);
        let _ = settle(&case, &home, || {
            chosen(armed::on(items, &case), &case).fold((), |(), value| {
                if value.index == case.len / 2 {
                    panic_with(value.index);
                }
            });
        });
    });
}

#[amorsize::auto]
fn consumed(item: Value, case: &Case) -> Value {
    let (home, index) = (item.home.clone(), item.index);
    meet(index, case);
    // Not at the end of the function: rustc leaks a result if the destructor of a parameter panics.
    drop(item);
    home.make(index)
}

/// The destructors of some items panic: inside the function, which drops them, or outside if it never got them.
#[test]
fn items_that_panic_when_dropped() {
    check((cases(), any::<bool>()), |(case, at_the_end)| {
        let mut case = short(&case);
        if at_the_end && case.len > 0 {
            case.ends.insert(case.len - 1);
        }
        let home = Home::default();
        let items = || -> Vec<Value> {
            let make = |index| if case.ends.contains(&index) { home.make_bomb(index) } else { home.make(index) };
            (0..case.len).map(make).collect()
        };
        let (twin, ours) = (items(), items());
        let twin = outcome(|| twin.into_iter().map(|item| consumed(item, &case)).collect::<Vec<_>>()).map(drop);
        assert_eq!(settle(&case, &home, || chosen(consumed::on(ours, &case), &case).map()), twin);
        let ours = items();
        assert_eq!(settle(&case, &home, || chosen(consumed::on(ours, &case), &case).fold((), |(), _| ())), twin);
        let ours = items();
        assert_eq!(settle(&case, &home, || consumed::stream(ours, &case).collect::<Vec<_>>()), twin);
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

/// Items of a stream that was given up halfway, read ahead or not.
#[test]
fn streams() {
    check((cases(), 0..3000usize), |(case, wanted)| {
        let home = Home::default();
        let items = home.items(case.len);
        let _ = settle(&case, &home, || passed_on::stream(items, &case).take(wanted).collect::<Vec<_>>());
        let items = home.items(case.len);
        let _ = settle(&case, &home, || {
            armed_in_a_stream::stream(items, &Case { ends: [].into(), ..case.clone() }).take(wanted).count()
        });
    });
}

/// A result whose destructor panics, also while its thread is unwinding.
struct Mine;

impl Drop for Mine {
    fn drop(&mut self) {
        panic_with(BOMB);
    }
}

/// The first item waits until others are done, which are too late then, and fails.
fn late(index: usize, done: &AtomicUsize) -> Result<Mine, usize> {
    if index == 0 {
        let start = Instant::now();
        while done.load(Relaxed) < 4 && start.elapsed() < Duration::from_secs(20) {
            thread::yield_now();
        }
        return Err(index);
    }
    done.fetch_add(1, Relaxed);
    Ok(Mine)
}

#[amorsize::auto]
fn late_error(index: usize, done: &AtomicUsize) -> Result<Mine, usize> {
    late(index, done)
}

#[amorsize::auto]
fn late_panic(index: usize, done: &AtomicUsize) -> Option<Mine> {
    (index < 99).then(|| late(index, done).unwrap_or_else(|index| panic_with(index)))
}

#[test]
fn late_results_whose_destructors_panic_do_not_end_the_process() {
    alone(60, &[], || {
        let done = AtomicUsize::new(0);
        let first = pools::within(2, || late_error::on(0..100, &done).n_jobs(2).chunksize(2).try_map().err());
        assert_eq!(first, Some(0));
        assert!(done.into_inner() >= 4, "the other thread did some items");

        let done = AtomicUsize::new(0);
        let folded = || late_panic::on(0..100, &done).n_jobs(2).chunksize(2).filter_map().len();
        assert_eq!(pools::within(2, || outcome(folded)), Err(0));
    });
}
