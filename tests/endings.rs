//! Pools, threads and panics that end while calls go on.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Barrier};
use std::thread;

use crate::cases::{outcome, panic_with, spin};
use crate::deadlocks::{double, innermost, outer, outer_by_loops, soon};
use crate::pools::{self, pool};
use crate::watchdog::within;

#[test]
fn a_pool_is_dropped_with_jobs_that_nobody_took() {
    within(30, || {
        for threads in [1, 2, 3] {
            let pool = pool(threads);
            let over = Arc::new(AtomicBool::new(false));
            pool.install(|| {
                for _ in 1..threads {
                    let over = over.clone();
                    rayon::spawn(move || {
                        while !over.load(Relaxed) {
                            thread::yield_now();
                        }
                    });
                }
                for _ in 0..100 {
                    assert_eq!(double::on(0..2).n_jobs(3).map(), [0, 2]);
                }
            });
            over.store(true, Relaxed);
            drop(pool);
        }
    });
}

#[test]
fn a_thread_that_belongs_to_a_pool() {
    within(30, || {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(3).use_current_thread().build().unwrap();
        for _ in 0..100 {
            assert!(innermost::on(0..100, 1_000).n_jobs(3).map().into_iter().eq(1..101));
        }
        drop(pool);
    });
}

/// Calls when it is dropped.
struct CallsWhenDropped {
    n_jobs: Option<usize>,
    answered: Arc<AtomicUsize>,
}

impl Drop for CallsWhenDropped {
    fn drop(&mut self) {
        let n_jobs = self.n_jobs;
        for _ in 0..5 {
            let run = || {
                let run = outer::on(0..30, n_jobs, 100);
                if let Some(n) = n_jobs { run.n_jobs(n) } else { run }
            };
            let expected = (0..30).map(outer_by_loops);
            let mut results = run().map().into_iter();
            let right = expected.clone().all(|x| results.next() == Some(x));
            let folded = run().fold(0, |sum: usize, x| sum.wrapping_mul(31) ^ x);
            let streamed = outer::stream(0..30, n_jobs, 100).eq(expected.clone());
            if right && folded == expected.fold(0, |sum: usize, x| sum.wrapping_mul(31) ^ x) && streamed {
                self.answered.fetch_add(1, Relaxed);
            }
        }
    }
}

thread_local! {
    static LAST_WORDS: RefCell<Vec<CallsWhenDropped>> = const { RefCell::new(Vec::new()) };
}

#[test]
fn calls_while_a_thread_is_torn_down() {
    within(30, || {
        for early in [true, false] {
            for n_jobs in [None, Some(3)] {
                let answered = Arc::new(AtomicUsize::new(0));
                let last_words = CallsWhenDropped { n_jobs, answered: answered.clone() };
                let body = move || {
                    let call = || assert_eq!(double::on(0..100).n_jobs(3).map()[99], 198);
                    // Whichever thread-local was used first is destroyed last.
                    if !early {
                        call();
                    }
                    LAST_WORDS.with_borrow_mut(|words| words.push(last_words));
                    call();
                };
                thread::spawn(body).join().unwrap();
                assert_eq!(answered.load(Relaxed), 5, "outside, first: {early}, {n_jobs:?}");
            }
        }
    });
}

#[test]
fn calls_while_the_workers_of_a_pool_are_torn_down() {
    within(30, || {
        let answered = Arc::new(AtomicUsize::new(0));
        let pool = pool(2);
        pool.broadcast(|_| {
            let last_words = CallsWhenDropped { n_jobs: Some(2), answered: answered.clone() };
            LAST_WORDS.with_borrow_mut(|words| words.push(last_words));
            assert_eq!(double::on(0..100).n_jobs(2).map()[99], 198);
        });
        drop(pool);
        // Workers end in their own time.
        assert!(soon(|| answered.load(Relaxed) == 10));
    });
}

#[test]
fn calls_while_a_panic_unwinds() {
    within(30, || {
        for threads in [0, 1, 2, 4] {
            for n_jobs in [None, Some(3)] {
                let answered = Arc::new(AtomicUsize::new(0));
                let got = pools::within(threads, || {
                    outcome(|| {
                        let _calls = CallsWhenDropped { n_jobs, answered: answered.clone() };
                        panic_with(7);
                    })
                });
                assert_eq!((got, answered.load(Relaxed)), (Err::<(), _>(7), 5));
            }
        }
    });
}

/// A panic inside of a call that was made while another panic unwinds ends in that call.
#[test]
fn panics_while_a_panic_unwinds() {
    #[amorsize::auto]
    fn fails(x: usize) -> usize {
        spin(1_000);
        if x >= 5 { panic_with(x) } else { x }
    }
    struct Catches(Arc<AtomicUsize>);
    impl Drop for Catches {
        fn drop(&mut self) {
            let caught = outcome(|| fails::on(0..100).n_jobs(3).map());
            self.0.store(caught.unwrap_err(), Relaxed);
        }
    }
    within(30, || {
        for threads in [0, 1, 2, 4] {
            let caught = Arc::new(AtomicUsize::new(0));
            let got = pools::within(threads, || {
                catch_unwind(AssertUnwindSafe(|| {
                    let _catches = Catches(caught.clone());
                    panic_with(7);
                }))
            });
            assert!(got.is_err() && caught.load(Relaxed) == 5);
        }
    });
}

/// Helpers that are late, of many calls that end before they come, on every thread at once.
#[test]
fn short_calls_from_everywhere() {
    within(30, || {
        let pool = pool(3);
        let barrier = Barrier::new(6);
        thread::scope(|scope| {
            for caller in 0..6 {
                let (pool, barrier) = (&pool, &barrier);
                scope.spawn(move || {
                    barrier.wait();
                    let calls = || {
                        for len in (0..2_000).map(|call| call % 7) {
                            let results: BTreeSet<usize> = double::on(0..len).n_jobs(4).map().into_iter().collect();
                            assert_eq!(results.len(), len);
                        }
                    };
                    if caller % 2 == 0 { calls() } else { pool.install(calls) }
                });
            }
        });
    });
}
