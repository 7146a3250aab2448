//! The terminals that `twins` does not have: each gives the answer of what one would write with std.

#![allow(clippy::trivially_copy_pass_by_ref)] // as terminals call it

use std::collections::HashMap;
use std::ops::ControlFlow;

use amorsize::Why;

use crate::alone::alone;
use crate::cases::{cases, check, chosen};
use crate::twins::{Ledger, real, result, same, value, value_of};

#[amorsize::auto]
fn triple(n: u64) -> u64 {
    3 * n
}

#[test]
fn the_reason_for_a_plan_is_what_is_known() {
    alone(60, &[("RAYON_NUM_THREADS", "2")], || {
        let why = || triple::on(0..9).plan().why;
        assert_eq!(why(), Why::Unknown);
        for calls in 1..4 {
            assert_eq!(triple::map(0..9)[8], 24);
            let why = why();
            // Where the first call was held up, it was long enough to be measured.
            let is_known = matches!(why, Why::Short { .. } | Why::Predicted { .. } | Why::Measured { .. });
            assert!(is_known, "{why:?} after {calls} calls");
        }
        assert_eq!(triple::on(0..9).use_cache(false).plan().why, Why::Unknown);
    });
}

/// Each test: the plain loop, then the run.
macro_rules! twins {
    ($($name:ident: |$case:ident, $ledger:ident| $plain:expr, $ours:expr;)*) => {$(
        #[test]
        fn $name() {
            check(cases(), |$case| same(&$case, |$ledger| $plain, |$ledger| $ours));
        }
    )*};
}

/// A function that ends with `()`.
#[amorsize::auto]
fn try_effect(index: usize, ledger: &Ledger) -> Result<(), usize> {
    if ledger.process(index) { Err(index) } else { Ok(()) }
}

#[amorsize::auto]
fn pair(index: usize, ledger: &Ledger) -> (u64, usize) {
    ledger.process(index);
    (value_of(index) % 50, index)
}

#[amorsize::auto]
fn several(index: usize, ledger: &Ledger) -> Vec<usize> {
    ledger.process(index);
    vec![index; index % 4]
}

/// Few values, so that many are equal; and whose they are.
#[amorsize::auto]
fn coarse(index: usize, ledger: &Ledger) -> (u64, usize) {
    ledger.process(index);
    (value_of(index) % 5, index)
}

fn is_wanted(value: &u64) -> bool {
    value % 300 == 7
}

twins! {
    collect: |case, ledger|
        (0..case.len).map(|index| pair(index, ledger)).collect::<HashMap<_, _>>(),
        chosen(pair::on(0..case.len, ledger), &case).collect::<HashMap<_, _>>();
    collect_of_results: |case, ledger|
        (0..case.len).map(|index| result(index, ledger)).collect::<Result<Vec<_>, _>>(),
        chosen(result::on(0..case.len, ledger), &case).collect::<Result<Vec<_>, _>>();
    unzip: |case, ledger|
        (0..case.len).map(|index| pair(index, ledger)).unzip::<_, _, Vec<_>, Vec<_>>(),
        chosen(pair::on(0..case.len, ledger), &case).unzip::<_, _, Vec<_>, Vec<_>>();
    flat_map: |case, ledger|
        (0..case.len).flat_map(|index| several(index, ledger)).collect::<Vec<_>>(),
        chosen(several::on(0..case.len, ledger), &case).flat_map();
    find: |case, ledger|
        (0..case.len).map(|index| value(index, ledger)).find(is_wanted),
        chosen(value::on(0..case.len, ledger), &case).find(is_wanted);
    position: |case, ledger|
        (0..case.len).map(|index| value(index, ledger)).position(|value| is_wanted(&value)),
        chosen(value::on(0..case.len, ledger), &case).position(is_wanted);
    any: |case, ledger|
        (0..case.len).map(|index| value(index, ledger)).any(|value| is_wanted(&value)),
        chosen(value::on(0..case.len, ledger), &case).any(is_wanted);
    all: |case, ledger|
        (0..case.len).map(|index| value(index, ledger)).all(|value| !is_wanted(&value)),
        chosen(value::on(0..case.len, ledger), &case).all(|value| !is_wanted(value));
    count: |case, ledger|
        (0..case.len).map(|index| value(index, ledger)).filter(is_wanted).count(),
        chosen(value::on(0..case.len, ledger), &case).count(is_wanted);
    min: |case, ledger|
        (0..case.len).map(|index| value(index, ledger)).min(),
        chosen(value::on(0..case.len, ledger), &case).min();
    max: |case, ledger|
        (0..case.len).map(|index| value(index, ledger)).max(),
        chosen(value::on(0..case.len, ledger), &case).max();
    min_by: |case, ledger|
        (0..case.len).map(|index| real(index, ledger)).min_by(f64::total_cmp).map(f64::to_bits),
        chosen(real::on(0..case.len, ledger), &case).min_by(f64::total_cmp).map(f64::to_bits);
    max_by: |case, ledger|
        (0..case.len).map(|index| coarse(index, ledger)).max_by(|a, b| a.0.cmp(&b.0)),
        chosen(coarse::on(0..case.len, ledger), &case).max_by(|a, b| a.0.cmp(&b.0));
    min_by_key: |case, ledger|
        (0..case.len).map(|index| coarse(index, ledger)).min_by_key(|pair| pair.0),
        chosen(coarse::on(0..case.len, ledger), &case).min_by_key(|pair| pair.0);
    max_by_key: |case, ledger|
        (0..case.len).map(|index| coarse(index, ledger)).max_by_key(|pair| pair.0),
        chosen(coarse::on(0..case.len, ledger), &case).max_by_key(|pair| pair.0);
    product: |case, ledger|
        (0..case.len).map(|index| real(index, ledger)).product::<f64>().to_bits(),
        chosen(real::on(0..case.len, ledger), &case).product::<f64>().to_bits();
    product_of_results: |case, ledger|
        (0..case.len).map(|index| result(index, ledger)).product::<Result<Wrapping, usize>>(),
        chosen(result::on(0..case.len, ledger), &case).product::<Result<Wrapping, usize>>();
    try_for_each: |case, ledger|
        (0..case.len).try_for_each(|index| try_effect(index, ledger)),
        chosen(try_effect::on(0..case.len, ledger), &case).try_for_each();
    try_fold: |case, ledger|
        match (0..case.len).map(|index| result(index, ledger)).try_fold(1_u64, |folded, value| match value {
            Ok(value) => ControlFlow::Continue(folded.rotate_left(7) ^ value),
            Err(index) => ControlFlow::Break(index),
        }) {
            ControlFlow::Continue(folded) => Ok(folded),
            ControlFlow::Break(index) => Err(index),
        },
        chosen(result::on(0..case.len, ledger), &case).try_fold(1_u64, |folded, value| value.map(|value| folded.rotate_left(7) ^ value));
}

/// A number whose product does not overflow.
#[derive(Debug, PartialEq)]
struct Wrapping(u64);

impl std::iter::Product<u64> for Wrapping {
    fn product<I: Iterator<Item = u64>>(values: I) -> Self {
        Self(values.fold(1, |product, value| product.wrapping_mul(value | 1)))
    }
}

/// How large a collection will be is known from the start.
#[test]
fn a_collection_is_told_how_many_results_there_are() {
    struct Told(usize);
    impl FromIterator<u64> for Told {
        fn from_iter<I: IntoIterator<Item = u64>>(values: I) -> Self {
            let values = values.into_iter();
            let least = values.size_hint().0;
            assert_eq!(values.count(), 1_000);
            Self(least)
        }
    }
    for n_jobs in [1, 2] {
        let told: Told = amorsize::on!(0..1_000_u64, n_jobs = n_jobs, |n| n).collect();
        assert_eq!(told.0, 1_000);
    }
}

/// A search that finds something has done only a part of its items. It is known from then on all the same.
#[test]
fn searches_that_find_something_become_hits() {
    alone(60, &[], || {
        let numbers: Vec<u64> = (0..1_000).collect();
        let find = |wanted: u64| amorsize::on!(&numbers, |n| n * 3).find(|n| *n == wanted);
        for _ in 0..200 {
            assert_eq!(find(12), Some(12));
        }
        let stats = amorsize::stats();
        assert!(stats.misses < 100 && stats.hits + stats.misses == 200, "{stats:?}");
        for wanted in (0..3_000).rev().step_by(7) {
            assert_eq!(find(wanted), Some(wanted).filter(|wanted| wanted % 3 == 0));
        }
    });
}
