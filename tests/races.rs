//! What callers and helpers hand to each other, for `ThreadSanitizer` to watch: see `sanitize.sh`.
//!
//! It sees what our code, rayon's and crossbeam's do, but not into a std that is compiled without it. So nothing here is
//! ordered by locks, channels or latches of std or rayon: calls come from outside of pools, and what orders a helper's
//! work before the caller's next step is our own protocol alone. Without a sanitizer these are tests like others.

#![allow(clippy::boxed_local, clippy::needless_pass_by_value, clippy::unnecessary_box_returns)] // so that more is handed over

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread;

use crate::cases::{outcome, panic_with, spin};

/// Rounds of each test.
const ROUNDS: usize = 300;

/// Every so often a round is long enough for helpers that were asleep.
fn len(round: usize) -> usize {
    [2, 5, 40, 700][round % 4]
}

fn n_jobs(round: usize) -> usize {
    2 + round % 3
}

#[amorsize::auto]
fn boxed(item: Box<usize>, weight: u64) -> Box<usize> {
    spin(weight);
    Box::new(*item + 1)
}

#[test]
fn items_and_results_by_value() {
    for round in 0..ROUNDS {
        let items: Vec<Box<usize>> = (0..len(round)).map(Box::new).collect();
        let results = boxed::on(items, 500).n_jobs(n_jobs(round)).map();
        assert!(results.iter().enumerate().all(|(index, result)| **result == index + 1));
    }
}

#[amorsize::auto]
fn borrowed(item: &String, suffix: &str) -> String {
    spin(300);
    format!("{item}{suffix}")
}

/// What is borrowed is gone right after the call.
#[test]
fn items_and_context_by_reference() {
    for round in 0..ROUNDS {
        let suffix = round.to_string();
        let mut items: Vec<String> = (0..len(round)).map(|index| index.to_string()).collect();
        let results = borrowed::on(&items, &suffix).n_jobs(n_jobs(round)).map();
        items.iter_mut().for_each(String::clear);
        drop((items, suffix));
        assert!(results.iter().enumerate().all(|(index, result)| *result == format!("{index}{round}")));
    }
}

#[amorsize::auto]
fn in_place(row: &mut [u64], add: u64) {
    spin(300);
    for cell in row {
        *cell += add;
    }
}

#[test]
fn rows_in_place() {
    let mut rows = vec![vec![0; 8]; 700];
    let mut sum = 0;
    for round in 0..ROUNDS {
        let add = round as u64;
        in_place::on(&mut rows[..len(round)], add).n_jobs(n_jobs(round)).for_each();
        sum += add;
        assert!(rows[0][0] == sum && rows[1][7] == sum);
        rows[0][0] = sum;
    }
}

#[amorsize::auto]
fn fails(index: usize, from: usize) -> Result<Box<usize>, String> {
    spin(300);
    if index == from + 1 {
        panic_with(index);
    }
    if index >= from { Err(index.to_string()) } else { Ok(Box::new(index)) }
}

#[amorsize::auto]
fn panics(index: usize, from: usize) -> Box<usize> {
    spin(300);
    if index >= from { panic_with(index) } else { Box::new(index) }
}

#[test]
fn errors_and_payloads() {
    for round in 0..ROUNDS {
        let len = len(round);
        let from = len / 2;
        let failed = fails::on(0..len, from).n_jobs(n_jobs(round)).try_map();
        assert_eq!(failed, Err(from.to_string()));
        let panicked = outcome(|| panics::on(0..len, from).n_jobs(n_jobs(round)).map());
        assert_eq!(panicked, Err(from));
        let panicked = outcome(|| panics::on(0..len, from).n_jobs(n_jobs(round)).fold(0, |sum, value| sum + *value));
        assert_eq!(panicked, Err(from));
    }
}

#[amorsize::auto]
fn even(index: usize) -> Option<Box<usize>> {
    spin(300);
    index.is_multiple_of(2).then(|| Box::new(index))
}

#[test]
fn values_in_order() {
    for round in 0..ROUNDS {
        let (len, n_jobs) = (len(round), n_jobs(round));
        let kept = even::on(0..len).n_jobs(n_jobs).filter_map();
        assert!(kept.iter().map(|value| **value).eq((0..len).step_by(2)));
        let items = || (0..len).map(Box::new).collect::<Vec<_>>();
        let folded = boxed::on(items(), 300).n_jobs(n_jobs).fold(Vec::new(), |mut folded, value| {
            folded.push(*value);
            folded
        });
        assert!(folded.into_iter().eq(1..=len));
        let reduced = boxed::on(items(), 300).n_jobs(n_jobs).reduce(Box::default, |a, b| Box::new(*a + *b));
        assert_eq!(*reduced, len * (len + 1) / 2);
    }
}

#[amorsize::auto(n_jobs = 3)]
fn streamed(item: Box<usize>) -> Box<usize> {
    spin(300);
    Box::new(*item + 1)
}

#[test]
fn streams() {
    for round in 0..ROUNDS / 10 {
        let len = len(round);
        assert!(streamed::stream((0..len).map(Box::new)).map(|value| *value).eq(1..=len));
        assert!(boxed::stream((0..len).map(Box::new), 3_000).map(|value| *value).eq(1..=len));
    }
}

#[amorsize::auto]
fn nested(index: usize, offsets: &[usize]) -> usize {
    let items: Vec<Box<usize>> = offsets.iter().map(|offset| Box::new(index + offset)).collect();
    boxed::on(items, 200).n_jobs(2).fold(0, |sum, value| sum + *value)
}

#[test]
fn calls_inside_calls() {
    for round in 0..ROUNDS / 3 {
        let offsets: Vec<usize> = (0..20).collect();
        let results = nested::on(0..len(round), &offsets).n_jobs(n_jobs(round)).map();
        assert!(results.iter().enumerate().all(|(index, sum)| *sum == 20 * index + 210));
    }
}

/// What is learned, counted and forgotten meanwhile.
#[test]
fn callers_that_learn_at_once() {
    static ENDED: AtomicUsize = AtomicUsize::new(0);
    // Made on this thread: the others come after it.
    assert_eq!(boxed::on(vec![Box::new(1), Box::new(2)], 0).n_jobs(2).map().len(), 2);
    let callers: Vec<_> = (0..4)
        .map(|caller| {
            thread::spawn(move || {
                for round in 0..ROUNDS {
                    let items: Vec<Box<usize>> = (0..len(round)).map(Box::new).collect();
                    let sum = boxed::on(items, 500 * (round as u64 % 4)).fold(0, |sum, value| sum + *value);
                    assert_eq!(sum, len(round) * (len(round) + 1) / 2);
                    if caller == 0 && round % 50 == 0 {
                        amorsize::clear_cache();
                    }
                    let stats = amorsize::stats();
                    assert!(stats.hits + stats.misses > 0);
                }
                ENDED.fetch_add(1, Relaxed);
            })
        })
        .collect();
    for caller in callers {
        caller.join().expect("callers do not panic");
    }
    assert_eq!(ENDED.load(Relaxed), 4);
}
