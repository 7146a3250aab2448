//! How items of very different costs, and few items, are shared: by what runs at the same time, which no clock has to tell.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};

use crate::alone::alone;
use crate::pools;

/// How many heavy items each thread did.
type Done = Mutex<BTreeMap<String, usize>>;

fn note(done: &Done) {
    let thread: ThreadId = thread::current().id();
    *done.lock().unwrap().entry(format!("{thread:?}")).or_default() += 1;
    thread::sleep(Duration::from_millis(2));
}

#[amorsize::auto]
fn at_the_end(index: u32, done: &Done) {
    if index >= 100_000 {
        note(done);
    }
}

#[amorsize::auto]
fn at_the_start(index: u32, done: &Done) {
    if index < 8 {
        note(done);
    }
}

/// Calls `run` over and over. In most of the later calls each of two threads has to do its part of eight heavy items, in
/// one of a few attempts: on a busy machine the plain loop may be right for a while.
fn both_do_their_part(run: impl Fn(&Done) + Sync) {
    const CALLS: usize = 20;
    let shared = |call: usize| {
        let done = Done::default();
        pools::within(2, || run(&done));
        let done = done.into_inner().unwrap();
        assert_eq!(done.values().sum::<usize>(), 8);
        // The first calls have to find out.
        call >= CALLS / 2 && done.values().all(|items| (3..=5).contains(items))
    };
    let well = (0..4).any(|_| (0..CALLS).filter(|call| shared(*call)).count() >= CALLS / 2 - 3);
    assert!(well, "in most of the later calls, one thread did the heavy items");
}

#[test]
fn a_few_heavy_items_at_the_end_are_shared() {
    both_do_their_part(|done| at_the_end::for_each(0..100_008, done));
}

#[test]
fn a_few_heavy_items_at_the_start_are_shared() {
    both_do_their_part(|done| at_the_start::for_each(0..100_008, done));
}

/// Items that were done.
#[derive(Default)]
struct Progress(AtomicUsize);

/// The first item takes long, and tells how many others were done meanwhile.
#[amorsize::auto]
fn behind_the_first(index: u32, progress: &Progress) -> u64 {
    if index == 0 {
        thread::sleep(Duration::from_millis(50));
        return progress.0.load(Relaxed) as u64;
    }
    let start = Instant::now();
    while start.elapsed() < Duration::from_micros(20) {}
    progress.0.fetch_add(1, Relaxed);
    0
}

#[test]
fn a_heavy_item_does_not_stop_those_that_come_after_it_in_a_sum() {
    let many = (0..10).any(|_| {
        let progress = Progress::default();
        let meanwhile: u64 = pools::within(2, || behind_the_first::on(0..2_000, &progress).n_jobs(2).sum());
        meanwhile > 500
    });
    assert!(many, "in ten calls, helpers always waited for the first item");
}

/// How many run now, and the most that ever did.
#[derive(Default)]
struct AtOnce(AtomicUsize, AtomicUsize);

#[amorsize::auto]
fn alongside(_index: u32, at_once: &AtOnce) {
    at_once.1.fetch_max(at_once.0.fetch_add(1, Relaxed) + 1, Relaxed);
    thread::sleep(Duration::from_millis(10));
    at_once.0.fetch_sub(1, Relaxed);
}

/// Six items are two rounds on four threads, which are the most that powers of two allow.
#[test]
fn items_fewer_than_threads_all_run_at_once() {
    let all = (0..40).any(|_| {
        let at_once = AtOnce::default();
        pools::within(8, || alongside::for_each(0..6, &at_once));
        at_once.1.load(Relaxed) == 6
    });
    assert!(all, "forty calls, and never did all six items run at once");
}

/// Two threads in all, however many the pool has and the call asks for.
#[test]
fn no_more_threads_work_than_may() {
    alone(60, &[("AMORSIZE_MAX_THREADS", "2")], || {
        let (fixed, tuned) = (AtOnce::default(), AtOnce::default());
        pools::within(8, || {
            alongside::on(0..40, &fixed).n_jobs(8).for_each();
            (0..3).for_each(|_| alongside::for_each(0..20, &tuned));
        });
        assert_eq!(fixed.1.load(Relaxed), 2);
        assert_eq!(tuned.1.load(Relaxed), 2);

        // Two callers, and one helper for both.
        let both = AtOnce::default();
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| alongside::on(0..40, &both).n_jobs(8).for_each());
            }
        });
        assert!(both.1.load(Relaxed) <= 3);
    });
}
