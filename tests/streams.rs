//! Streams do what `Iterator::map` does, step by step: order, panics, ends, lengths, and what they read ahead.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::iter::{self, FusedIterator};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering::Relaxed};
use std::thread::{self, ThreadId};
use std::time::Duration;

use amorsize::Stream;

use crate::cases::{Case, cases, check, outcome, panic_with, spin};
use crate::pools;
use crate::watchdog::within;

/// Counts how often each item is processed, and panics on some.
struct Ledger {
    counts: Vec<AtomicU32>,
    weight: u64,
    panics: BTreeSet<usize>,
}

impl Ledger {
    fn new(len: usize, weight: u64, panics: &BTreeSet<usize>) -> Self {
        Self { counts: (0..len).map(|_| AtomicU32::new(0)).collect(), weight, panics: panics.clone() }
    }

    fn each_once(&self) -> bool {
        self.counts.iter().all(|count| count.load(Relaxed) == 1)
    }
}

#[amorsize::auto]
fn triple(index: usize, ledger: &Ledger) -> usize {
    ledger.counts[index].fetch_add(1, Relaxed);
    spin(ledger.weight);
    if ledger.panics.contains(&index) {
        panic_with(index);
    }
    3 * index
}

/// The stream with the choices of the case.
fn chosen<I: Iterator, F, U>(stream: Stream<I, F, U>, case: &Case) -> Stream<I, F, U> {
    let stream = if let Some(n_jobs) = case.n_jobs { stream.n_jobs(n_jobs) } else { stream };
    if let Some(chunksize) = case.chunksize { stream.chunksize(chunksize) } else { stream }
}

/// All that an iterator gives, with the panics in between, and what it says of its length before each step.
fn steps(mut items: impl ExactSizeIterator<Item = usize>) -> Vec<(usize, Result<Option<usize>, usize>)> {
    let mut steps = Vec::new();
    loop {
        let step = (items.len(), outcome(|| items.next()));
        let is_over = step.1 == Ok(None);
        steps.push(step);
        if is_over {
            return steps;
        }
    }
}

/// After a panic the stream goes on with the next item: none is lost, and none is processed twice.
#[test]
fn goes_on_after_a_panic() {
    check(cases(), |case| {
        let plain = Ledger::new(case.len, 0, &case.panics);
        let expected = steps((0..case.len).map(|index| triple(index, &plain)));
        let ledger = Ledger::new(case.len, case.weight, &case.panics);
        let got = pools::within(case.pool, || steps(chosen(triple::stream(0..case.len, &ledger), &case)));
        assert_eq!(got, expected);
        assert!(ledger.each_once());
    });
}

/// So it does if every item panics, and after a panic of the source.
#[test]
fn goes_on_after_many_panics_and_those_of_the_source() {
    check(cases(), |case| {
        let len = case.len.min(100);
        let every: BTreeSet<usize> = (0..len).collect();
        let ledger = Ledger::new(len, case.weight, &every);
        let got = pools::within(case.pool, || steps(chosen(triple::stream(0..len, &ledger), &case)));
        assert_eq!(got.len(), len + 1);
        assert!(got.iter().take(len).enumerate().all(|(index, step)| *step == (len - index, Err(index))));
        assert!(ledger.each_once());

        let panicking = || {
            (0..case.len).inspect(|index| {
                if case.ends.contains(index) {
                    panic_with(1_000_000 + index);
                }
            })
        };
        let plain = Ledger::new(case.len, 0, &case.panics);
        let expected = steps(panicking().map(|index| triple(index, &plain)));
        let ledger = Ledger::new(case.len, case.weight, &case.panics);
        // What `Inspect` says of its length after a panic was decided before the item was lost.
        let given = |steps: Vec<(usize, Result<Option<usize>, usize>)>| {
            steps.into_iter().map(|(_, step)| step).collect::<Vec<_>>()
        };
        let got = pools::within(case.pool, || steps(chosen(triple::stream(panicking(), &ledger), &case)));
        assert_eq!(given(got), given(expected));
        let counts = |ledger: Ledger| ledger.counts.into_iter().map(AtomicU32::into_inner).collect::<Vec<_>>();
        assert_eq!(counts(ledger), counts(plain));
    });
}

/// What consumes a stream at once gives the answer, or the panic, of the plain iterator.
#[test]
fn folds() {
    check(cases(), |case| {
        let plain = Ledger::new(case.len, 0, &case.panics);
        let expected =
            outcome(|| (0..case.len).map(|index| triple(index, &plain)).fold(7usize, |a, b| a.rotate_left(5) ^ b));
        for taken in [0, case.len / 2] {
            let ledger = Ledger::new(case.len, case.weight, &case.panics);
            let got = pools::within(case.pool, || {
                outcome(|| {
                    let mut stream = chosen(triple::stream(0..case.len, &ledger), &case);
                    let first = stream.by_ref().take(taken).fold(7usize, |a, b| a.rotate_left(5) ^ b);
                    stream.fold(first, |a, b| a.rotate_left(5) ^ b)
                })
            });
            assert_eq!(got, expected);
        }
        let ledger = Ledger::new(case.len, 0, &BTreeSet::new());
        pools::within(case.pool, || {
            assert_eq!(chosen(triple::stream(0..case.len, &ledger), &case).count(), case.len);
        });
        assert!(ledger.each_once());
    });
}

/// A source that gives more after it has given nothing.
#[test]
fn of_a_source_that_is_not_fused() {
    check(cases(), |case| {
        let source = || {
            let mut calls = 0;
            let (len, ends) = (case.len, &case.ends);
            iter::from_fn(move || {
                calls += 1;
                (calls <= len && !ends.contains(&calls)).then_some(calls - 1)
            })
        };
        let some = |mut items: Box<dyn Iterator<Item = usize> + '_>| {
            (0..case.len + 5).map(|_| items.next()).collect::<Vec<_>>()
        };
        let (plain, ledger) =
            (Ledger::new(case.len, 0, &BTreeSet::new()), Ledger::new(case.len, case.weight, &BTreeSet::new()));
        let expected = some(Box::new(source().map(|index| triple(index, &plain))));
        pools::within(case.pool, || {
            assert_eq!(some(Box::new(chosen(triple::stream(source(), &ledger), &case))), expected);
        });
    });
}

#[amorsize::auto]
fn double(x: u64) -> u64 {
    x.wrapping_mul(2)
}

#[test]
fn is_what_the_source_is() {
    fn exact(items: &(impl ExactSizeIterator + FusedIterator)) -> usize {
        items.len()
    }
    assert_eq!(exact(&double::stream(vec![1, 2, 3])), 3);
    assert_eq!(double::stream((0..10).filter(|x| x % 2 == 0)).size_hint(), (0, Some(10)));
    assert_eq!(double::stream(0..).size_hint(), (usize::MAX, None));
    assert_eq!(double::stream(iter::repeat(1)).n_jobs(3).take(10_000).sum::<u64>(), 20_000);
    let mut words = vec![1, 2, 3];
    assert!(double::stream(words.drain(1..)).eq([4, 6]));
    let shown = format!("{:?}", double::stream([1]).n_jobs(2));
    assert!(shown.contains("double") && shown.contains("n_jobs: Some(2)"), "{shown}");
}

/// Two choices that make no sense, where they are made.
#[test]
fn choices_of_nobody_and_nothing() {
    for choose in [|| drop(double::stream([1]).n_jobs(0)), || drop(double::stream([1]).chunksize(0))] {
        let payload = std::panic::catch_unwind(choose).unwrap_err();
        assert!(payload.downcast_ref::<&str>().is_some_and(|text| text.contains("(0): ")));
    }
}

/// Choices may be changed while a stream is consumed.
#[test]
fn choices_on_the_way() {
    check(cases(), |case| {
        let ledger = Ledger::new(case.len, case.weight, &BTreeSet::new());
        let got = pools::within(case.pool, || {
            let mut stream = triple::stream(0..case.len, &ledger);
            let mut got: Vec<usize> = stream.by_ref().take(case.len / 3).collect();
            let mut stream = stream.n_jobs(3);
            got.extend(stream.by_ref().take(case.len / 3));
            got.extend(stream.n_jobs(1));
            got
        });
        assert!(got.into_iter().eq((0..case.len).map(|index| 3 * index)) && ledger.each_once());
    });
}

/// On one thread nothing is read ahead: the source may wait for the answer to one item before it gives the next.
#[test]
fn on_one_thread_nothing_is_read_ahead() {
    let answered = Cell::new(0);
    let source = (0..10_000u64).inspect(|&asked| assert_eq!(asked, answered.get()));
    for answer in double::stream(source).n_jobs(1) {
        assert_eq!(answer, 2 * answered.get());
        answered.set(answered.get() + 1);
    }
    assert_eq!(answered.get(), 10_000);
}

/// Where items come slowly, few of them wait for others: as many as come within a few milliseconds, not thousands.
#[test]
fn a_slow_source_is_not_read_far_ahead() {
    within(60, || {
        pools::pool(3).install(|| {
            for n_jobs in [None, Some(3)] {
                let read = AtomicUsize::new(0);
                let source = (0..400u64).inspect(|_| {
                    thread::sleep(Duration::from_millis(2));
                    read.fetch_add(1, Relaxed);
                });
                let stream = double::stream(source);
                let stream = if let Some(n_jobs) = n_jobs { stream.n_jobs(n_jobs) } else { stream };
                let ahead = stream.enumerate().map(|(given, _)| read.load(Relaxed) - given);
                assert!(ahead.max() < Some(100));
            }
        });
    });
}

#[amorsize::auto]
fn worker(item: (u64, Duration)) -> ThreadId {
    if !item.1.is_zero() {
        thread::sleep(item.1);
    }
    thread::current().id()
}

/// Light items that become heavy are shared, and heavy ones that become light are not read ahead any more. Ends only when
/// it was seen, long before the items do.
#[test]
fn a_change_of_weight_is_noticed() {
    within(60, || {
        pools::pool(4).install(|| {
            let heavy = Arc::new(AtomicUsize::new(0));
            let read = Cell::new(0);
            let weights = heavy.clone();
            let source = (0..u64::MAX).map(|index| {
                read.set(read.get() + 1);
                (index, Duration::from_millis(weights.load(Relaxed) as u64))
            });
            let mut stream = worker::stream(source);
            let me = thread::current().id();
            for _ in 0..3 {
                // So long plain that no item is read before the one before it was asked for.
                let (mut given, mut alone) = (read.get(), 0);
                heavy.store(0, Relaxed);
                while alone < 100_000 {
                    let before = read.get();
                    stream.next();
                    alone = if read.get() == before + 1 { alone + 1 } else { 0 };
                    given += 1;
                }
                assert!(given >= alone);
                heavy.store(1, Relaxed);
                assert!(stream.by_ref().any(|thread| thread != me));
            }
        });
    });
}

/// A stream by a function that streams, over items that borrow, from threads of a pool.
#[test]
fn streams_in_streams() {
    #[amorsize::auto]
    fn total(row: &[u64]) -> u64 {
        double::stream(row.iter().copied()).n_jobs(2).sum()
    }
    within(60, || {
        let rows: Vec<Vec<u64>> = (0..200).map(|row| (0..row).collect()).collect();
        let expected: Vec<u64> = rows.iter().map(|row| 2 * row.iter().sum::<u64>()).collect();
        for threads in [0, 1, 2, 5] {
            pools::within(threads, || {
                let got: Vec<u64> = total::stream(rows.iter().map(Vec::as_slice)).n_jobs(3).collect();
                assert_eq!(got, expected);
            });
        }
    });
}
