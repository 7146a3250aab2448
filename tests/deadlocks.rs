//! What could hang or grow: calls inside calls, inside rayon's own operations, on busy, small and dying pools, in
//! threads that end or unwind; functions that wait for the whole pool; jobs that no worker ever picks up.

use std::cell::RefCell;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};

use rayon::prelude::*;

use crate::alone::said_alone;
use crate::cases::spin;
use crate::pools::{self, pool};
use crate::watchdog::within;

/// Waits for something that other threads do. False if it takes them too long, as on a machine that is overrun.
pub(crate) fn soon(done: impl Fn() -> bool) -> bool {
    let start = Instant::now();
    while !done() {
        if start.elapsed() > Duration::from_secs(5) {
            return false;
        }
        thread::yield_now();
    }
    true
}

// ---- Functions that wait for every thread of the pool ---------------------------------------------------------------

/// Who processes the items of a run.
pub(crate) struct Crew {
    pub(crate) caller: ThreadId,
    /// Helpers that have begun an item.
    pub(crate) helpers: AtomicUsize,
    /// What each thread does in its first item.
    action: fn(),
    on_caller: bool,
}

impl Crew {
    pub(crate) fn new(action: fn(), on_caller: bool) -> Self {
        Self { caller: thread::current().id(), helpers: AtomicUsize::new(0), action, on_caller }
    }
}

#[amorsize::auto]
fn act(index: usize, crew: &Crew) -> usize {
    if thread::current().id() == crew.caller {
        // The caller goes on when a helper is inside an item, so that its end has to wait for it.
        assert!(soon(|| crew.helpers.load(Relaxed) > 0), "no helper came");
        if crew.on_caller && index == 0 {
            (crew.action)();
        }
    } else if crew.helpers.fetch_add(1, Relaxed) == 0 && !crew.on_caller {
        (crew.action)();
    }
    index
}

fn broadcast() {
    rayon::broadcast(|_| spin(1000));
}

#[test]
fn broadcast_on_a_helper() {
    within(30, || {
        for threads in [2, 3, 4] {
            pool(threads).install(|| {
                for _ in 0..3 {
                    let crew = Crew::new(broadcast, false);
                    assert!(act::on(0..16, &crew).n_jobs(2).map().into_iter().eq(0..16));
                }
            });
        }
    });
}

#[test]
fn broadcast_on_the_caller() {
    within(30, || {
        for threads in [2, 3, 4] {
            pool(threads).install(|| {
                for _ in 0..3 {
                    let crew = Crew::new(broadcast, true);
                    assert!(act::on(0..16, &crew).n_jobs(2).map().into_iter().eq(0..16));
                }
            });
        }
    });
}

/// The queue of the caller is not empty while it waits: jobs of its own, and what the program put there.
#[test]
fn broadcast_while_the_caller_has_jobs_pending() {
    within(30, || {
        for threads in [2, 3] {
            pool(threads).install(|| {
                for _ in 0..3 {
                    // Leaves jobs behind.
                    for _ in 0..10 {
                        assert_eq!(double::on(0..2).n_jobs(threads).map(), [0, 2]);
                    }
                    let run = || {
                        let crew = Crew::new(broadcast, false);
                        act::on(0..16, &crew).n_jobs(2).map()
                    };
                    let (results, other) = rayon::join(run, || 7);
                    assert!(results.into_iter().eq(0..16) && other == 7);
                }
            });
        }
    });
}

#[test]
fn broadcast_in_a_fold() {
    within(30, || {
        pool(2).install(|| {
            let crew = Crew::new(broadcast, false);
            assert_eq!(act::on(0..16, &crew).n_jobs(2).fold(0, |sum, index| sum + index), 120);
        });
    });
}

#[test]
fn broadcast_outside_of_a_pool() {
    within(30, || {
        let crew = Crew::new(broadcast, false);
        assert!(act::on(0..16, &crew).n_jobs(2).map().into_iter().eq(0..16));
        let crew = Crew::new(broadcast, true);
        assert!(act::on(0..16, &crew).n_jobs(2).map().into_iter().eq(0..16));
    });
}

#[test]
fn install_elsewhere_inside_the_function() {
    #[amorsize::auto]
    fn elsewhere(index: usize, pool: &rayon::ThreadPool) -> usize {
        pool.install(|| rayon::join(|| index, || index).0 + double::on(0..4).n_jobs(3).map()[1])
    }
    within(30, || {
        let other = pool(2);
        for threads in 0..=4 {
            pools::within(threads, || {
                assert!(elsewhere::on(0..200, &other).n_jobs(3).map().into_iter().eq(2..202));
            });
        }
        // A pool that calls itself.
        other.install(|| assert!(elsewhere::on(0..200, &other).n_jobs(3).map().into_iter().eq(2..202)));
    });
}

// ---- Calls inside calls ---------------------------------------------------------------------------------------------

#[amorsize::auto]
pub(crate) fn double(x: usize) -> usize {
    2 * x
}

#[amorsize::auto]
pub(crate) fn innermost(x: usize, weight: u64) -> usize {
    spin(weight);
    x + 1
}

#[amorsize::auto]
fn inner(x: usize, n_jobs: Option<usize>, weight: u64) -> usize {
    let run = innermost::on(0..x % 40, weight);
    if let Some(n) = n_jobs { run.n_jobs(n).sum() } else { run.sum() }
}

#[amorsize::auto]
pub(crate) fn outer(x: usize, n_jobs: Option<usize>, weight: u64) -> usize {
    let run = inner::on(x..x + 40, n_jobs, weight);
    if let Some(n) = n_jobs { run.n_jobs(n).fold(x, |sum, y| sum ^ y) } else { run.fold(x, |sum, y| sum ^ y) }
}

pub(crate) fn outer_by_loops(x: usize) -> usize {
    (x..x + 40).map(|x| (0..x % 40).map(|x| x + 1).sum::<usize>()).fold(x, |sum, y| sum ^ y)
}

#[test]
fn three_levels_on_every_pool() {
    within(30, || {
        let expected: Vec<usize> = (0..30).map(outer_by_loops).collect();
        for threads in 0..=pools::LARGEST {
            for (n_jobs, weight) in [(None, 0), (None, 500), (Some(2), 0), (Some(3), 300), (Some(8), 100)] {
                let got = pools::within(threads, || {
                    let run = outer::on(0..30, n_jobs, weight);
                    if let Some(n) = n_jobs { run.n_jobs(n).map() } else { run.map() }
                });
                assert_eq!(got, expected, "{threads} threads, {n_jobs:?}");
            }
        }
    });
}

#[test]
fn many_callers_at_once() {
    within(30, || {
        let small = pool(2);
        let expected: Vec<usize> = (0..30).map(outer_by_loops).collect();
        thread::scope(|scope| {
            for caller in 0..24 {
                let (small, expected) = (&small, &expected);
                scope.spawn(move || {
                    for n_jobs in [None, Some(2), Some(5)] {
                        let run = || {
                            let run = outer::on(0..30, n_jobs, 0);
                            if let Some(n) = n_jobs { run.n_jobs(n).map() } else { run.map() }
                        };
                        let got = if caller % 2 == 0 { run() } else { small.install(run) };
                        assert_eq!(&got, expected);
                    }
                });
            }
        });
    });
}

#[test]
fn calls_inside_rayon() {
    within(30, || {
        let expected: Vec<usize> = (0..30).map(outer_by_loops).collect();
        for threads in [0, 1, 2, 4] {
            pools::within(threads, || {
                let run = || outer::on(0..30, Some(2), 200).n_jobs(3).map();
                let (one, two) = rayon::join(run, || rayon::join(run, run));
                assert!([&one, &two.0, &two.1].iter().all(|got| **got == expected));
                let mut results = vec![Vec::new(); 6];
                rayon::scope(|scope| {
                    for result in &mut results {
                        scope.spawn(move |_| *result = run());
                    }
                });
                assert!(results.iter().all(|got| *got == expected));
                let all = (0..8).into_par_iter().map(|_| run()).all(|got| got == expected);
                assert!(all);
                let streamed = rayon::join(|| outer::stream(0..30, Some(2), 200).collect::<Vec<_>>(), run);
                assert!(streamed.0 == expected && streamed.1 == expected);
            });
        }
    });
}

/// A caller that waits must not start other items: they could want what it holds.
#[test]
fn locks_held_across_a_nested_call() {
    #[amorsize::auto]
    fn locking(x: usize, lock: &Mutex<usize>) -> usize {
        let mut held = lock.lock().unwrap();
        *held += innermost::on(0..8, 2_000).n_jobs(4).sum::<usize>();
        x
    }
    within(30, || {
        for threads in [0, 2, 3, 4, 8] {
            let lock = Mutex::new(0);
            pools::within(threads, || {
                let run = || locking::on(0..60, &lock).n_jobs(4).map();
                let (one, two) = rayon::join(run, run);
                assert!(one.into_iter().eq(0..60) && two.into_iter().eq(0..60));
            });
            assert_eq!(lock.into_inner().unwrap(), 120 * 36);
        }
    });
}

/// The job that a waiting caller would find wants the lock that the caller holds.
#[test]
fn locks_that_pending_jobs_want() {
    #[amorsize::auto]
    fn leaves_a_job(_: usize, crew: &Crew, lock: &Arc<Mutex<usize>>) {
        if thread::current().id() == crew.caller {
            assert!(soon(|| crew.helpers.load(Relaxed) > 0), "no helper came");
            let lock = lock.clone();
            rayon::spawn(move || *lock.lock().unwrap() += 1);
        } else {
            crew.helpers.fetch_add(1, Relaxed);
            // Longer than the caller has anything to do.
            thread::sleep(Duration::from_millis(20));
        }
    }
    within(30, || {
        pool(2).install(|| {
            let lock = Arc::new(Mutex::new(0));
            for calls in 1..=3 {
                let held = lock.lock().unwrap();
                leaves_a_job::on(0..2, &Crew::new(|| (), false), &lock).n_jobs(2).for_each();
                drop(held);
                assert!(soon(|| {
                    rayon::yield_now();
                    *lock.lock().unwrap() == calls
                }));
            }
        });
    });
}

// ---- An item inside another item ------------------------------------------------------------------------------------

thread_local! {
    /// The runs whose items this thread is inside of.
    static INSIDE: RefCell<Vec<usize>> = const { RefCell::new(Vec::new()) };
}

#[amorsize::auto]
fn joins_inside(x: usize, run: usize) -> usize {
    INSIDE.with_borrow_mut(|inside| {
        // Otherwise a stack could grow with the number of items.
        assert!(!inside.contains(&run), "an item of a run was begun inside of another one");
        inside.push(run);
    });
    // Each of these looks for other work while it waits.
    let (a, b) = rayon::join(|| spin(300), || spin(300));
    assert_eq!((a, b), ((), ()));
    match x % 4 {
        0 => rayon::scope(|scope| {
            scope.spawn(|_| spin(300));
            scope.spawn(|_| spin(300));
        }),
        1 => (0..8).into_par_iter().for_each(|_| spin(100)),
        2 => {
            rayon::yield_now();
        }
        _ => {
            rayon::yield_local();
        }
    }
    INSIDE.with_borrow_mut(|inside| assert_eq!(inside.pop(), Some(run)));
    x
}

#[test]
fn no_item_is_begun_inside_of_another() {
    static RUNS: AtomicUsize = AtomicUsize::new(0);
    within(30, || {
        for threads in [0, 2, 3, 4] {
            pools::within(threads, || {
                let calls = || {
                    for n_jobs in [2, 3, 5] {
                        let run = RUNS.fetch_add(1, Relaxed);
                        assert!(joins_inside::on(0..300, run).n_jobs(n_jobs).map().into_iter().eq(0..300));
                    }
                };
                calls();
                rayon::join(calls, calls);
            });
        }
    });
}

// ---- Items that may never end ----------------------------------------------------------------------------------------

/// The first item of a helper takes longer than a caller waits without a word. Until a helper comes, the caller has light
/// items to do.
#[amorsize::auto]
fn long_on_a_helper(_index: usize, crew: &Crew) {
    if thread::current().id() == crew.caller {
        if crew.helpers.load(Relaxed) == 0 {
            thread::sleep(Duration::from_millis(1));
        }
    } else if crew.helpers.fetch_add(1, Relaxed) == 0 {
        thread::sleep(Duration::from_secs(2));
    }
}

#[test]
fn a_caller_that_waits_for_one_item_says_so_once() {
    let said = said_alone(60, &[], || {
        let crew = Crew::new(|| (), true);
        long_on_a_helper::on(0..5_000, &crew).n_jobs(2).for_each();
        let crew = Crew::new(|| (), true);
        long_on_a_helper::on(0..5_000, &crew).n_jobs(2).fold((), |(), ()| ());
    });
    if let Some(said) = said {
        let lines: Vec<_> = said.lines().filter(|line| line.starts_with("amorsize: ")).collect();
        assert_eq!(lines.len(), 1, "{said}");
        assert!(lines[0].contains("deadlocks::long_on_a_helper") && lines[0].contains("AMORSIZE=off"), "{said}");
    }
}
