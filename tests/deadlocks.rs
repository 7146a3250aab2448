//! What could hang or grow: calls inside calls, inside rayon's own operations, on busy, small and dying pools, in
//! threads that end or unwind; functions that wait for the whole pool; jobs that no worker ever picks up.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Barrier, Mutex};
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};

use rayon::prelude::*;

use crate::alone::{allocated, alone, said_alone};
use crate::cases::{outcome, panic_with, spin};
use crate::pools::{self, pool};
use crate::watchdog::within;

/// Waits for something that other threads do. False if it takes them too long, as on a machine that is overrun.
fn soon(done: impl Fn() -> bool) -> bool {
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
struct Crew {
    caller: ThreadId,
    /// Helpers that have begun an item.
    helpers: AtomicUsize,
    /// What each thread does in its first item.
    action: fn(),
    on_caller: bool,
}

impl Crew {
    fn new(action: fn(), on_caller: bool) -> Self {
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
fn double(x: usize) -> usize {
    2 * x
}

#[amorsize::auto]
fn innermost(x: usize, weight: u64) -> usize {
    spin(weight);
    x + 1
}

#[amorsize::auto]
fn inner(x: usize, n_jobs: Option<usize>, weight: u64) -> usize {
    let run = innermost::on(0..x % 40, weight);
    if let Some(n) = n_jobs { run.n_jobs(n).sum() } else { run.sum() }
}

#[amorsize::auto]
fn outer(x: usize, n_jobs: Option<usize>, weight: u64) -> usize {
    let run = inner::on(x..x + 40, n_jobs, weight);
    if let Some(n) = n_jobs { run.n_jobs(n).fold(x, |sum, y| sum ^ y) } else { run.fold(x, |sum, y| sum ^ y) }
}

fn outer_by_loops(x: usize) -> usize {
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
        *held += innermost::on(0..8, 2_000).n_jobs(4).sum::<usize, _>();
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

// ---- Growth ---------------------------------------------------------------------------------------------------------

/// Calls so many times, and returns how many bytes stay behind for the last nine tenths of the calls.
fn growth(calls: usize) -> isize {
    let mut before = 0;
    for call in 0..calls {
        assert_eq!(double::on(0..2).n_jobs(2).fold(0, |sum, x| sum + x), 2);
        if call == calls / 10 {
            before = allocated();
        }
    }
    allocated() - before
}

/// A few blocks of a queue. A job for each call would be a hundred bytes for each call.
const LITTLE: isize = 64 << 10;

#[test]
fn jobs_do_not_pile_up_where_no_worker_takes_them() {
    alone(60, &[("RAYON_NUM_THREADS", "2")], || {
        let over = Arc::new(AtomicBool::new(false));
        let begun = Arc::new(AtomicUsize::new(0));
        let occupy = || {
            let (over, begun) = (over.clone(), begun.clone());
            move || {
                begun.fetch_add(1, Relaxed);
                while !over.load(Relaxed) {
                    thread::sleep(Duration::from_millis(1));
                }
            }
        };
        // On a worker, whose own queue they stay in: the other worker is busy.
        let busy = pool(2);
        let inside = busy.install(|| {
            rayon::spawn(occupy());
            soon(|| begun.load(Relaxed) == 1);
            growth(500_000)
        });
        // Outside, where they stay in the queue that all workers share.
        rayon::spawn(occupy());
        rayon::spawn(occupy());
        soon(|| begun.load(Relaxed) == 3);
        let outside = growth(500_000);
        over.store(true, Relaxed);
        assert!(inside < LITTLE && outside < LITTLE, "{inside} bytes inside of a pool, {outside} outside");
    });
}

#[test]
fn jobs_do_not_pile_up_in_an_idle_pool() {
    alone(60, &[("RAYON_NUM_THREADS", "3")], || {
        let inside = pool(3).install(|| growth(100_000));
        let outside = growth(100_000);
        assert!(inside < LITTLE && outside < LITTLE, "{inside} bytes inside of a pool, {outside} outside");
    });
}

#[test]
fn threads_that_come_and_go_leave_nothing() {
    alone(60, &[("RAYON_NUM_THREADS", "2")], || {
        let mut before = 0;
        for thread in 0..2_000 {
            let thread_sum = || double::on(0..20).n_jobs(2).fold(0, |sum, x| sum + x);
            let sum = thread::spawn(thread_sum).join().unwrap();
            assert_eq!(sum, 380);
            if thread == 200 {
                before = allocated();
            }
        }
        let growth = allocated() - before;
        assert!(growth < LITTLE, "{growth} bytes");
    });
}

/// A value of a fold that waits to be consumed.
struct Waiting;

static WAITING: AtomicUsize = AtomicUsize::new(0);

impl Drop for Waiting {
    fn drop(&mut self) {
        WAITING.fetch_sub(1, Relaxed);
    }
}

/// While a helper takes its time with an item, the caller does not go ahead without end. Where values may own memory, it goes
/// ahead for 10 ms a thread: that is 200 of these.
#[test]
fn values_that_wait_for_an_earlier_one_are_bounded() {
    #[amorsize::auto]
    fn waits(_: usize, crew: &Crew, most: &AtomicUsize) -> Waiting {
        if thread::current().id() == crew.caller {
            assert!(soon(|| crew.helpers.load(Relaxed) > 0), "no helper came");
        } else if crew.helpers.fetch_add(1, Relaxed) == 0 {
            thread::sleep(Duration::from_millis(200));
        }
        spin(100_000);
        most.fetch_max(WAITING.fetch_add(1, Relaxed) + 1, Relaxed);
        Waiting
    }
    within(30, || {
        pool(2).install(|| {
            let most = AtomicUsize::new(0);
            let folded = waits::on(0..5_000, &Crew::new(|| (), false), &most).n_jobs(2).fold(0, |n, _| n + 1);
            let most = most.into_inner();
            assert!(folded == 5_000 && most < 500, "{most} of {folded} values at once");
        });
    });
}

// ---- Pools, threads and panics that end while calls go on -----------------------------------------------------------

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
