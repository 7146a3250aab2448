//! Closures that panic, inputs that panic, and the places that a macro can stand in.

#![allow(clippy::redundant_closure_for_method_calls)] // closures are what is tested

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::task::{Context, Poll, Waker};

use amorsize::{for_each, map, on, stream};

use crate::cases::{outcome, panic_with};

/// Counts the drops of each value.
struct Drops(Mutex<Vec<u32>>);

struct Value<'d> {
    home: &'d Drops,
    index: usize,
    n: usize,
}

impl Drops {
    const fn new() -> Self {
        Self(Mutex::new(Vec::new()))
    }

    fn value(&self, n: usize) -> Value<'_> {
        let mut drops = self.0.lock().unwrap();
        drops.push(0);
        Value { home: self, index: drops.len() - 1, n }
    }

    fn values(&self, len: usize) -> Vec<Value<'_>> {
        (0..len).map(|n| self.value(n)).collect()
    }

    #[track_caller]
    fn assert_once(&self) {
        let drops = self.0.lock().unwrap();
        let wrong: Vec<_> = drops.iter().enumerate().filter(|(_, drops)| **drops != 1).take(9).collect();
        assert!(wrong.is_empty(), "of {} these (value, drops) are wrong: {wrong:?}", drops.len());
    }
}

impl Clone for Value<'_> {
    fn clone(&self) -> Self {
        if self.n == 60 {
            panic_with(60);
        }
        self.home.value(self.n)
    }
}

impl Drop for Value<'_> {
    fn drop(&mut self) {
        self.home.0.lock().unwrap()[self.index] += 1;
    }
}

const THREADS: [usize; 3] = [1, 2, 4];

// ---- Inputs ---------------------------------------------------------------------------------------------------------

#[test]
fn chunks_of_nothing_panic_as_those_of_std() {
    let message = |run: &dyn Fn()| {
        let payload = catch_unwind(AssertUnwindSafe(run)).expect_err("it panics");
        payload.downcast_ref::<&str>().map(ToString::to_string).or(payload.downcast_ref::<String>().cloned())
    };
    let (numbers, none) = ([1, 2, 3], std::hint::black_box(0));
    let std = message(&|| _ = numbers.chunks(none).map(<[i32]>::len).count());
    assert!(std.is_some());
    assert_eq!(message(&|| _ = map!(numbers.chunks(none), |chunk| chunk.len())), std);
}

#[test]
fn of_tuples_of_different_lengths_all_is_dropped_once() {
    for threads in THREADS {
        for (a, b) in [(0, 5), (5, 0), (100, 37), (37, 100), (1, 1_000), (500, 500)] {
            let drops = Drops::new();
            let run = on!((drops.values(a), drops.values(b), 0..), n_jobs = threads, |(a, b, n)| a.n + b.n + n);
            let sums = run.map();
            assert_eq!(sums, (0..a.min(b)).map(|n| 3 * n).collect::<Vec<_>>());
            drops.assert_once();
            // And where it panics midway.
            let drops = Drops::new();
            let panicked = outcome(|| {
                map!((drops.values(a), drops.values(b)), n_jobs = threads, |(a, b)| {
                    if a.n == 30 { panic_with(b.n) } else { a }
                })
                .len()
            });
            assert_eq!(panicked, if a.min(b) > 30 { Err(30) } else { Ok(a.min(b)) });
            drops.assert_once();
        }
    }
}

// ---- Panics with a scratch and with progress ------------------------------------------------------------------------

#[test]
fn a_scratch_that_cannot_be_made_panics_at_the_caller() {
    for threads in THREADS {
        // The first one, or the second, if there is one.
        for good in [0, 1] {
            let (drops, made) = (Drops::new(), AtomicUsize::new(0));
            let new = || if made.fetch_add(1, Relaxed) < good { drops.value(0) } else { panic_with(7) };
            let items = drops.values(200);
            let result = outcome(|| {
                map!(items, n_jobs = threads, chunksize = 1, scratch = new(), |item, scratch| {
                    scratch.n += 1;
                    crate::cases::spin(10_000);
                    item
                })
                .len()
            });
            assert_eq!(result, if made.into_inner() > good { Err(7) } else { Ok(200) });
            drops.assert_once();
        }
    }
}

#[amorsize::auto(scratch(kept = drops.value(0)))]
fn seventh<'d>(item: Value<'d>, drops: &'d Drops, kept: &mut Value<'d>) -> Value<'d> {
    if item.n >= 70 {
        panic_with(item.n);
    }
    assert!(std::ptr::eq(kept.home, drops), "made of the context");
    kept.n += 1;
    item
}

#[test]
fn panics_of_a_function_with_a_scratch_leak_nothing() {
    for threads in THREADS {
        let drops = Drops::new();
        assert_eq!(outcome(|| seventh::on(drops.values(200), &drops).n_jobs(threads).map().len()), Err(70));
        drops.assert_once();
        let drops = Drops::new();
        let mut stream = seventh::stream(drops.values(80), &drops).n_jobs(threads);
        let ends: Vec<_> = (0..80).map(|_| outcome(|| stream.next().is_some())).collect();
        assert_eq!(ends, (0..80).map(|n| if n < 70 { Ok(true) } else { Err(n) }).collect::<Vec<_>>());
        drop(stream);
        drops.assert_once();
    }
}

#[test]
fn panics_of_a_closure_with_scratch_and_progress_reach_the_caller() {
    for threads in THREADS {
        let drops = Drops::new();
        let told = Mutex::new(Vec::new());
        let result = outcome(|| {
            let run = on!(drops.values(100), n_jobs = threads, scratch = drops.value(0), |item, kept| {
                kept.n += 1;
                if item.n >= 50 { panic_with(item.n) } else { item }
            });
            run.progress(|done, total| told.lock().unwrap().push((done, total))).map().len()
        });
        assert_eq!(result, Err(50));
        assert!(told.into_inner().unwrap().iter().all(|told| *told != (100, 100)), "it did not come to its end");
        drops.assert_once();
    }
}

#[test]
fn a_tell_that_panics_does_so_at_the_caller() {
    for threads in THREADS {
        let drops = Drops::new();
        let run = on!(drops.values(100), n_jobs = threads, |item| item);
        assert_eq!(outcome(|| run.progress(|_, _| panic_with(5)).map().len()), Err(5));
        // Midway: it is told every 50 ms.
        let slow = on!(drops.values(100), n_jobs = threads, |item| {
            crate::cases::spin(5_000_000);
            item
        });
        let tell = |done, total| {
            if done < total {
                panic_with(6)
            }
        };
        assert_eq!(outcome(|| slow.progress(tell).map().len()), Err(6));
        drops.assert_once();
    }
}

// ---- Places ---------------------------------------------------------------------------------------------------------

/// How many plans there are in memory for the closures of a function of this module.
fn entries(function: &str) -> Vec<usize> {
    let prefix = format!("{}::{function}::", module_path!());
    let stats = amorsize::stats();
    stats.functions.iter().filter(|stats| stats.function.starts_with(&prefix)).map(|stats| stats.entries).collect()
}

#[test]
fn two_on_one_line_are_two() {
    let (a, b) = (map!(0..900_u32, |n| n + 1), map!(0..900_u32, |n| n + 2));
    assert_eq!((a[0], b[0]), (1, 2));
    assert_eq!(entries("two_on_one_line_are_two"), [1, 1]);
}

macro_rules! lengths {
    ($items:expr, $plus:literal) => {
        map!($items, |item| item.len() + $plus)
    };
    ($items:expr => $f:expr) => {
        map!($items, n_jobs = 2, $f)
    };
    ($name:ident in $items:expr; $body:block) => {
        for_each!($items, |$name| $body)
    };
}

#[test]
fn they_stand_in_macros() {
    let words = ["a", "bb"];
    assert_eq!((lengths!(&words, 1), lengths!(&words, 2)), (vec![2, 3], vec![3, 4]));
    assert_eq!(lengths!(&words => |word| word.to_uppercase()), ["A", "BB"]);
    let sum = AtomicUsize::new(0);
    lengths!(word in &words; { sum.fetch_add(word.len(), Relaxed); });
    assert_eq!(sum.into_inner(), 3);
}

fn generic<T: Copy + Send + Sync + Into<u64>>(items: &[T]) -> u64 {
    on!(items, |n| (*n).into() * 3).sum()
}

#[test]
fn each_instantiation_has_plans_of_its_own() {
    assert_eq!(generic(&[1_u8; 700]) + generic(&[1_u16; 700]) + generic(&[1_u32; 700]), 3 * 2_100);
    assert_eq!(generic(&[2_u8; 700]), 4_200);
    assert_eq!(entries("generic"), [3]);
}

fn by_a_helper<F: Fn(u32) -> u32 + Sync>(items: &[u32], f: F) -> u32 {
    let mapped = map!(items, |n| f(*n));
    let with_scratch = map!(items, scratch = 0_u32, |n, calls| {
        *calls = calls.wrapping_add(1);
        f(*n)
    });
    mapped[0] + with_scratch[0]
}

/// All closures that are written in one function have one type name.
#[test]
fn a_light_and_a_heavy_one_that_go_through_a_helper_are_two() {
    for calls in 1..3 {
        let light = by_a_helper(&[3; 700], |n| n + 1);
        let heavy = by_a_helper(&[3; 700], |n| (0..300 * n).fold(n, |sum, n| sum.wrapping_mul(31) ^ n) % 2);
        assert!(light == 8 && heavy < 3);
        assert_eq!(entries("by_a_helper"), [2, 2], "after {calls} calls of each");
    }
}

#[amorsize::auto]
fn applied(n: u32, by: &impl Fn(u32) -> u32) -> u32 {
    by(n)
}

struct Applier<F>(F);

impl<F: Fn(u32) -> u32> Applier<F> {
    #[amorsize::auto]
    fn applied(&self, n: u32) -> u32 {
        (self.0)(n)
    }
}

#[test]
fn a_light_and_a_heavy_one_that_go_through_a_generic_function_are_two() {
    let (light, heavy) = (|n: u32| n + 1, |n: u32| (0..300 * n).fold(n, |sum, n| sum.wrapping_mul(31) ^ n) % 2);
    let (one, other) = (Applier(light), Applier(heavy));
    for _ in 0..2 {
        let sums = [applied::map([3; 700], &light), applied::map([3; 700], &heavy)];
        assert!(sums[0][0] == 4 && sums[1][0] < 2);
        // From another kind of collection: the same plan.
        assert_eq!(applied::map(0..700, &light)[0], 1);
        assert_eq!(one.applied_map(0..700)[1] + other.applied_map(0..700)[0], 2);
    }
    let name = |path| format!("{}::{path}", module_path!());
    let stats = amorsize::stats();
    let entries = |path| stats.functions.iter().find(|stats| stats.function == name(path)).map(|stats| stats.entries);
    assert_eq!((entries("applied"), entries("Applier::applied")), (Some(2), Some(2)), "{stats:#?}");
}

fn moved(by: usize) -> impl Iterator<Item = usize> {
    let more = [by; 3];
    stream!(0..3, move |n| n + more[n])
}

#[test]
fn what_is_moved_into_one_outlives_the_function() {
    assert_eq!(moved(5).collect::<Vec<_>>(), [5, 6, 7]);
    let text = String::from("a");
    assert_eq!(map!(0..2, move |n| text.repeat(n)), ["", "a"]);
}

#[test]
fn they_stand_in_async_functions() {
    async fn sum(words: Vec<String>) -> usize {
        let lengths = map!(&words, |word| word.len());
        std::future::ready(()).await;
        on!(words, |word| word.len()).sum::<usize>() + lengths.len()
    }
    let mut future = pin!(sum(vec!["ab".into(), "c".into()]));
    let mut context = Context::from_waker(Waker::noop());
    assert_eq!(future.as_mut().poll(&mut context), Poll::Ready(5));
}

struct Summed<'s>(Vec<usize>, &'s AtomicUsize);

impl Drop for Summed<'_> {
    fn drop(&mut self) {
        self.1.fetch_add(on!(&self.0, n_jobs = 2, |n| n * 2).sum(), Relaxed);
        map!(&mut self.0, scratch = 0, |n, calls| {
            *calls += 1;
            *n
        });
    }
}

#[test]
fn they_stand_in_destructors_also_while_unwinding() {
    let sum = AtomicUsize::new(0);
    drop(Summed(vec![1, 2], &sum));
    let result = outcome(|| {
        let _summed = Summed(vec![3; 100], &sum);
        panic_with(1);
    });
    assert_eq!((result, sum.into_inner()), (Err(1), 606));
}
