//! Every terminal gives the answer of the plain loop it stands for: any length, any plan, any pool, any failure.
//!
//! Each case runs the loop that a person would write and the run under test over the same items, and compares what
//! comes out (the value, or the payload of the panic) and which items were processed, and how often.

#![allow(clippy::boxed_local, clippy::needless_pass_by_value, clippy::trivially_copy_pass_by_ref)] // the functions under test take what they take

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::thread::{self, ThreadId};
use std::time::Duration;

use crate::cases::{Case, cases, check, chosen, outcome, panic_with, spin};
use crate::pools;
use crate::watchdog;

/// What happened to each item.
pub(crate) struct Ledger {
    counts: Vec<AtomicU32>,
    weight: u64,
    panics: BTreeSet<usize>,
    ends: BTreeSet<usize>,
}

impl Ledger {
    fn of(case: &Case) -> Self {
        Self {
            counts: (0..case.len).map(|_| AtomicU32::new(0)).collect(),
            weight: case.weight,
            panics: case.panics.clone(),
            ends: case.ends.clone(),
        }
    }

    /// Processes an item, as any function under test does first. True if it ends a run.
    pub(crate) fn process(&self, index: usize) -> bool {
        self.counts[index].fetch_add(1, Relaxed);
        spin(self.weight);
        if self.panics.contains(&index) {
            panic_with(index);
        }
        self.ends.contains(&index)
    }

    fn counts(&self) -> Vec<u32> {
        self.counts.iter().map(|count| count.load(Relaxed)).collect()
    }
}

/// A value that tells items apart and does not overflow when summed.
pub(crate) fn value_of(index: usize) -> u64 {
    let mixed = (index as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    mixed >> 40
}

/// Runs both, the one under test a few times: the first call measures, later ones go by what it learned.
pub(crate) fn same<R: PartialEq + Debug + Send>(
    case: &Case,
    plain: impl Fn(&Ledger) -> R,
    ours: impl Fn(&Ledger) -> R + Sync,
) {
    let twin = Ledger::of(&Case { weight: 0, ..case.clone() });
    let expected = outcome(|| plain(&twin));
    let processed = twin.counts();
    for _ in 0..3 {
        let ledger = Ledger::of(case);
        let got = pools::within(case.pool, || outcome(|| ours(&ledger)));
        assert_eq!(got, expected);
        let whole = processed.iter().all(|&count| count == 1);
        for (index, (count, &twin)) in ledger.counts().into_iter().zip(&processed).enumerate() {
            // Items after the one that ended the plain loop may have been in flight, but once each.
            assert!(
                count == twin || (!whole && twin == 0 && count == 1),
                "item {index}: {count} times, {twin} in the loop"
            );
        }
    }
}

#[amorsize::auto]
pub(crate) fn value(index: usize, ledger: &Ledger) -> u64 {
    ledger.process(index);
    value_of(index)
}

#[amorsize::auto]
fn effect(index: usize, ledger: &Ledger) {
    ledger.process(index);
}

#[amorsize::auto]
pub(crate) fn result(index: usize, ledger: &Ledger) -> Result<u64, usize> {
    if ledger.process(index) { Err(index) } else { Ok(value_of(index)) }
}

#[amorsize::auto]
pub(crate) fn maybe(index: usize, ledger: &Ledger) -> Option<u64> {
    if ledger.process(index) { None } else { Some(value_of(index)) }
}

/// Sums of these depend on the order to the last bit.
#[amorsize::auto]
pub(crate) fn real(index: usize, ledger: &Ledger) -> f64 {
    ledger.process(index);
    let value = value_of(index) as f64 - 8e6;
    value * 10f64.powi(i32::try_from(index % 31).unwrap() - 15)
}

#[test]
fn map() {
    check(cases(), |case| {
        same(
            &case,
            |ledger| (0..case.len).map(|index| value(index, ledger)).collect::<Vec<_>>(),
            |ledger| chosen(value::on(0..case.len, ledger), &case).map(),
        );
    });
}

#[test]
fn for_each() {
    check(cases(), |case| {
        same(
            &case,
            |ledger| (0..case.len).for_each(|index| effect(index, ledger)),
            |ledger| chosen(effect::on(0..case.len, ledger), &case).for_each(),
        );
    });
}

#[test]
fn try_map_of_results() {
    check(cases(), |case| {
        same(
            &case,
            |ledger| (0..case.len).map(|index| result(index, ledger)).collect::<Result<Vec<_>, _>>(),
            |ledger| chosen(result::on(0..case.len, ledger), &case).try_map(),
        );
    });
}

#[test]
fn try_map_of_options() {
    check(cases(), |case| {
        same(
            &case,
            |ledger| (0..case.len).map(|index| maybe(index, ledger)).collect::<Option<Vec<_>>>(),
            |ledger| chosen(maybe::on(0..case.len, ledger), &case).try_map(),
        );
    });
}

#[test]
fn filter_map() {
    check(cases(), |case| {
        same(
            &case,
            |ledger| (0..case.len).filter_map(|index| maybe(index, ledger)).collect::<Vec<_>>(),
            |ledger| chosen(maybe::on(0..case.len, ledger), &case).filter_map(),
        );
    });
}

/// `op` is not commutative, and panics on items of its own.
#[test]
fn fold() {
    check(cases(), |case| {
        let late: BTreeSet<u64> = case.ends.iter().map(|&index| value_of(index)).collect();
        let op = |folded: u64, value: u64| {
            if late.contains(&value) {
                panic_with(usize::MAX - folded as usize % 1000);
            }
            folded.rotate_left(7) ^ value
        };
        same(
            &case,
            |ledger| (0..case.len).map(|index| value(index, ledger)).fold(1, op),
            |ledger| chosen(value::on(0..case.len, ledger), &case).fold(1, op),
        );
    });
}

#[test]
fn sum_of_floats() {
    check(cases(), |case| {
        same(
            &case,
            |ledger| (0..case.len).map(|index| real(index, ledger)).sum::<f64>().to_bits(),
            |ledger| chosen(real::on(0..case.len, ledger), &case).sum::<f64>().to_bits(),
        );
    });
}

/// A sum of these ends with the first failure.
#[test]
fn sum_of_results_and_options() {
    check(cases(), |case| {
        same(
            &case,
            |ledger| (0..case.len).map(|index| result(index, ledger)).sum::<Result<u64, usize>>(),
            |ledger| chosen(result::on(0..case.len, ledger), &case).sum::<Result<u64, usize>>(),
        );
        same(
            &case,
            |ledger| (0..case.len).map(|index| maybe(index, ledger)).sum::<Option<u64>>(),
            |ledger| chosen(maybe::on(0..case.len, ledger), &case).sum::<Option<u64>>(),
        );
    });
}

/// Maps `x -> a * x + b`, which combine associatively and not commutatively.
#[amorsize::auto]
fn step(index: usize, ledger: &Ledger) -> (u64, u64) {
    ledger.process(index);
    (value_of(index) | 1, index as u64)
}

#[test]
fn reduce() {
    fn then(first: (u64, u64), next: (u64, u64)) -> (u64, u64) {
        (next.0.wrapping_mul(first.0), next.0.wrapping_mul(first.1).wrapping_add(next.1))
    }
    check(cases(), |case| {
        same(
            &case,
            |ledger| (0..case.len).map(|index| step(index, ledger)).fold((1, 0), then),
            |ledger| chosen(step::on(0..case.len, ledger), &case).reduce(|| (1, 0), then),
        );
    });
}

/// Floats add up only nearly associatively; the blocks make the answer the same on any number of threads.
#[test]
fn reduce_does_not_depend_on_the_plan() {
    check(cases(), |case| {
        let case = Case { panics: BTreeSet::new(), ..case };
        let plain = Case { n_jobs: Some(1), chunksize: None, ..case.clone() };
        same(
            &case,
            |ledger| chosen(real::on(0..case.len, ledger), &plain).reduce(|| 0.0, |a, b| a + b).to_bits(),
            |ledger| chosen(real::on(0..case.len, ledger), &case).reduce(|| 0.0, |a, b| a + b).to_bits(),
        );
    });
}

#[amorsize::auto(n_jobs = 1)]
fn streamed_by_one(index: usize, ledger: &Ledger) -> u64 {
    ledger.process(index);
    value_of(index)
}

#[amorsize::auto(n_jobs = 3)]
fn streamed_by_three(index: usize, ledger: &Ledger) -> u64 {
    ledger.process(index);
    value_of(index)
}

#[amorsize::auto(n_jobs = 2, chunksize = 7)]
fn streamed_in_sevens(index: usize, ledger: &Ledger) -> u64 {
    ledger.process(index);
    value_of(index)
}

#[amorsize::auto(n_jobs = 5000)]
fn streamed_by_thousands(index: usize, ledger: &Ledger) -> u64 {
    ledger.process(index);
    value_of(index)
}

/// What an iterator gives and what it panics with, in turn.
fn drain(mut items: impl Iterator<Item = u64>) -> Vec<Result<u64, usize>> {
    let mut drained = Vec::new();
    loop {
        match outcome(|| items.next()) {
            Ok(Some(item)) => drained.push(Ok(item)),
            Ok(None) => {
                assert_eq!(items.next(), None, "it is fused");
                return drained;
            }
            Err(index) => drained.push(Err(index)),
        }
    }
}

#[test]
fn stream() {
    check(cases(), |case| {
        let indices = || (0..case.len).filter(|&index| index < usize::MAX);
        let plain = |ledger: &Ledger| drain(indices().map(|index| value(index, ledger)));
        same(&case, plain, |ledger| drain(value::stream(indices(), ledger)));
        same(&case, plain, |ledger| drain(streamed_by_one::stream(indices(), ledger)));
        same(&case, plain, |ledger| drain(streamed_by_three::stream(indices(), ledger)));
        same(&case, plain, |ledger| drain(streamed_in_sevens::stream(indices(), ledger)));
        same(&case, plain, |ledger| drain(streamed_by_thousands::stream(indices(), ledger)));
    });
}

/// An iterator that panics has given what came before, and gives what comes after.
#[test]
fn stream_of_an_iterator_that_panics() {
    check(cases(), |case| {
        let indices = || {
            (0..case.len).inspect(|index| {
                if case.ends.contains(index) {
                    panic_with(index + 1_000_000);
                }
            })
        };
        let plain = |ledger: &Ledger| drain(indices().map(|index| value(index, ledger)));
        same(&case, plain, |ledger| drain(value::stream(indices(), ledger)));
        same(&case, plain, |ledger| drain(streamed_by_three::stream(indices(), ledger)));
    });
}

/// Items are shared from the beginning of a stream to its end.
#[test]
fn stream_goes_on_sharing() {
    #[amorsize::auto(n_jobs = 4)]
    fn worker(_: usize) -> ThreadId {
        thread::sleep(Duration::from_micros(300));
        thread::current().id()
    }
    watchdog::within(30, || {
        // Not one that other tests use too.
        pools::pool(4).install(|| {
            let threads: Vec<_> = worker::stream(0..2000).collect();
            for (quarter, threads) in threads.chunks(500).enumerate() {
                let helped = threads.iter().filter(|&&id| id != thread::current().id()).count();
                assert!(helped > 150, "{helped} of 500 by helpers in quarter {quarter}");
            }
        });
    });
}

/// A stream that is dropped halfway has processed each item at most once, and those it gave.
#[test]
fn stream_given_up() {
    check((cases(), 0..3000usize), |(case, wanted)| {
        let ledger = Ledger::of(&Case { panics: BTreeSet::new(), ..case.clone() });
        let got = pools::within(case.pool, || {
            streamed_by_three::stream(0..case.len, &ledger).take(wanted).collect::<Vec<_>>()
        });
        assert!(got.iter().copied().eq((0..case.len).take(wanted).map(value_of)));
        let counts = ledger.counts();
        assert!(counts.iter().all(|&count| count <= 1) && counts.iter().take(wanted).all(|&count| count == 1));
    });
}

#[amorsize::auto]
fn borrowed(index: &usize, ledger: &Ledger) -> u64 {
    ledger.process(*index);
    value_of(*index)
}

#[amorsize::auto]
fn owned(index: Box<usize>, ledger: &Ledger) -> u64 {
    ledger.process(*index);
    value_of(*index)
}

#[amorsize::auto]
fn changed(index: &mut usize, ledger: &Ledger) -> u64 {
    let before = *index;
    *index += 1_000_000;
    ledger.process(before);
    value_of(before)
}

#[test]
fn every_collection() {
    check(cases(), |case| {
        let indices: Vec<usize> = (0..case.len).collect();
        let plain = |ledger: &Ledger| indices.iter().map(|&index| value(index, ledger)).collect::<Vec<_>>();
        same(&case, plain, |ledger| chosen(value::on(indices.clone(), ledger), &case).map());
        same(&case, plain, |ledger| chosen(value::on(&indices, ledger), &case).map());
        same(&case, plain, |ledger| chosen(value::on(&indices[..], ledger), &case).map());
        same(&case, plain, |ledger| chosen(borrowed::on(&indices, ledger), &case).map());
        let boxed: Vec<Box<usize>> = indices.iter().copied().map(Box::new).collect();
        same(&case, plain, |ledger| chosen(borrowed::on(&boxed, ledger), &case).map());
        same(&case, plain, |ledger| chosen(owned::on(boxed.clone(), ledger), &case).map());
        let shared: Vec<Arc<usize>> = indices.iter().copied().map(Arc::new).collect();
        same(&case, plain, |ledger| chosen(borrowed::on(&shared, ledger), &case).map());
        let references: Vec<&usize> = indices.iter().collect();
        same(&case, plain, |ledger| chosen(borrowed::on(&references, ledger), &case).map());
        if let Some(last) = case.len.checked_sub(1) {
            same(&case, plain, |ledger| chosen(value::on(0..=last, ledger), &case).map());
        }
        same(&case, plain, |ledger| {
            let mut rows = indices.clone();
            let results = outcome(|| chosen(changed::on(&mut rows, ledger), &case).map());
            let changed = rows.iter().zip(ledger.counts());
            for (index, (row, count)) in changed.enumerate() {
                assert_eq!(*row, index + 1_000_000 * count as usize);
            }
            results.unwrap_or_else(|index| panic_with(index))
        });
    });
}

#[test]
fn arrays() {
    check(cases(), |case| {
        const LEN: usize = 100;
        let case = Case { len: LEN, ..case };
        let array: [usize; LEN] = std::array::from_fn(|index| index);
        let plain = |ledger: &Ledger| array.iter().map(|&index| value(index, ledger)).collect::<Vec<_>>();
        same(&case, plain, |ledger| chosen(value::on(array, ledger), &case).map());
        same(&case, plain, |ledger| chosen(value::on(&array, ledger), &case).map());
        same(&case, plain, |ledger| chosen(borrowed::on(&array, ledger), &case).map());
        same(&case, plain, |ledger| chosen(owned::on(array.map(Box::new), ledger), &case).map());
    });
}
