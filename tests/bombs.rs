//! Values whose destructors panic: every value is dropped once all the same, and the caller gets the panic or the error that it
//! would get of the plain loop.

#![allow(clippy::needless_pass_by_value)] // the functions under test take what they take

use std::collections::{LinkedList, VecDeque};
use std::mem;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

use amorsize::{IntoItems, Items};
use proptest::prelude::*;

use crate::alone::alone;
use crate::cases::{Case, cases, check, chosen, outcome, panic_with};
use crate::drops::{BOMB, Home, Value, first, meet, settle, settle_with, short};
use crate::pools;

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

/// Runs what goes over all items, where the destructors of some panic: inside the function, which drops them, or outside if it
/// never got them.
fn consume_bombs<I>(case: &Case, collect: impl Fn(Vec<Value>) -> I)
where
    I: Iterator<Item = Value> + Items<Value> + IntoItems<Item = Value> + Send,
{
    let home = Home::default();
    let items = || {
        let make = |index| if case.ends.contains(&index) { home.make_bomb(index) } else { home.make(index) };
        collect((0..case.len).map(make).collect())
    };
    let (twin, ours) = (items(), items());
    let twin = outcome(|| twin.map(|item| consumed(item, case)).collect::<Vec<_>>()).map(drop);
    assert_eq!(settle(case, &home, || chosen(consumed::on(ours, case), case).map()), twin);
    let ours = items();
    assert_eq!(settle(case, &home, || chosen(consumed::on(ours, case), case).fold((), |(), _| ())), twin);
    let ours = items();
    assert_eq!(settle(case, &home, || chosen(consumed::on(ours, case), case).collect::<VecDeque<_>>()), twin);
    let (ours, reduce) = (items(), |a: Option<Value>, b: Option<Value>| a.or(b));
    let run = || chosen(amorsize::on!(ours, |item| Some(consumed(item, case))), case).reduce(|| None, reduce);
    assert_eq!(settle(case, &home, run), twin);
    // Later items than the one that is found may have been done, and their destructors were quiet then.
    let ours = items();
    let _ = settle(case, &home, || chosen(consumed::on(ours, case), case).find(|value| value.index == case.len / 2));
}

#[test]
fn items_that_panic_when_dropped() {
    check((cases(), any::<bool>()), |(case, at_the_end)| {
        let mut case = short(&case);
        if at_the_end && case.len > 0 {
            case.ends.insert(case.len - 1);
        }
        consume_bombs(&case, Vec::into_iter);
        // The caller takes these one by one as long as it is alone.
        consume_bombs(&case, |items| items.into_iter().collect::<LinkedList<_>>().into_iter());
        let home = Home::default();
        let items = |len| -> Vec<Value> {
            let make = |index| if case.ends.contains(&index) { home.make_bomb(index) } else { home.make(index) };
            (0..len).map(make).collect()
        };
        let (twin, ours) = (items(case.len), items(case.len));
        let twin = outcome(|| twin.into_iter().map(|item| consumed(item, &case)).collect::<Vec<_>>()).map(drop);
        assert_eq!(settle(&case, &home, || consumed::stream(ours, &case).collect::<Vec<_>>()), twin);
    });
}

/// What looks at the results panics, on whichever thread it runs.
#[test]
fn predicates_that_panic() {
    check(cases(), |case| {
        let case = short(&case);
        let home = Home::default();
        let list = || home.items(case.len).into_iter().collect::<LinkedList<_>>().into_iter();
        let is_wanted = |value: &Value| {
            if case.ends.contains(&value.index) {
                panic_with(value.index);
            }
            value.index == case.len / 2
        };
        let found = |value: Option<Value>| value.map(|value| value.index);
        let twin = outcome(|| found(list().map(|item| consumed(item, &case)).find(is_wanted)));
        for _ in 0..2 {
            let items = list();
            let ours = || found(chosen(consumed::on(items, &case), &case).find(is_wanted));
            assert_eq!(settle_with(&case, &home, ours), twin);
        }
        let items = list();
        let ours = || chosen(consumed::on(items, &case), &case).any(is_wanted);
        assert_eq!(settle_with(&case, &home, ours), twin.map(|found| found.is_some()));
    });
}

/// Takes two values and never drops what it took them from.
struct Forgetful(Vec<usize>);

impl FromIterator<usize> for Forgetful {
    fn from_iter<I: IntoIterator<Item = usize>>(values: I) -> Self {
        let mut values = values.into_iter();
        let first = values.by_ref().take(2).collect();
        mem::forget(values);
        Self(first)
    }
}

/// What nobody drops is lost, as that of the loop is, and nothing else.
#[test]
fn a_collection_that_leaks_what_it_is_given() {
    check(cases(), |case| {
        let case = Case { panics: [].into(), ..short(&case) };
        let home = Home::default();
        let items = home.items(case.len).into_iter().collect::<LinkedList<_>>().into_iter();
        let run = || chosen(amorsize::on!(items, |item| consumed(item, &case).index), &case).collect::<Forgetful>();
        let Forgetful(first) = pools::within(case.pool, run);
        assert!(first.into_iter().eq(0..case.len.min(2)));
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
