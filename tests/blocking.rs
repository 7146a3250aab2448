//! Functions that wait (option `blocking`): as many threads as there are items, whatever the cores; the right answers wherever they
//! are called from, and when threads cannot be had.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread::{self, sleep};
use std::time::{Duration, Instant};

use rayon::prelude::*;

use crate::alone::alone;
#[cfg(feature = "disk")]
use crate::cache::Cache;
use crate::pools;
use crate::watchdog::within;

/// How many threads are inside an item, and the most that ever were.
#[derive(Default)]
struct Inside {
    now: AtomicUsize,
    most: AtomicUsize,
}

impl Inside {
    fn wait(&self, ms: u64) {
        self.most.fetch_max(self.now.fetch_add(1, Relaxed) + 1, Relaxed);
        sleep(Duration::from_millis(ms));
        self.now.fetch_sub(1, Relaxed);
    }

    /// The most since this was last asked.
    fn most(&self) -> usize {
        self.most.swap(0, Relaxed)
    }
}

#[amorsize::auto(blocking)]
fn wait(x: u64, inside: &Inside) -> u64 {
    inside.wait(20);
    x + 1
}

#[amorsize::auto]
fn wait_unmarked(x: u64, inside: &Inside) -> u64 {
    inside.wait(5);
    x + 1
}

/// The most threads that a function without the option may have here: the pool, and the caller.
fn pool_and_caller() -> usize {
    rayon::current_num_threads() + 1
}

#[cfg(target_os = "linux")]
#[test]
fn items_that_wait_do_so_at_once() {
    alone(60, &[], || {
        let inside = Inside::default();
        for _ in 0..4 {
            assert!(wait::map(0..64, &inside).into_iter().eq(1..65));
        }
        inside.most();
        let start = Instant::now();
        assert!(wait::map(0..64, &inside).into_iter().eq(1..65));
        let (time, most) = (start.elapsed(), inside.most());
        assert!(time < Duration::from_millis(64 * 20 / 2), "{time:?} for 64 items of 20 ms");
        assert!(most > pool_and_caller(), "{most} threads");
        // In order, for other terminals, for closures, and for fewer items than threads.
        assert_eq!(wait::on(0..64, &inside).sum::<u64>(), (1..65).sum());
        assert!(inside.most() > pool_and_caller());
        for _ in 0..4 {
            let all = amorsize::on!(0..40_u64, blocking, |x| Some(wait(x, &inside))).filter_map();
            assert!(all.into_iter().eq(1..41));
        }
        assert!(inside.most() > pool_and_caller());
        assert_eq!(wait::map([7, 8], &inside), [8, 9]);
    });
}

#[cfg(target_os = "linux")]
#[test]
fn a_stream_waits_for_many_items_at_once() {
    alone(60, &[], || {
        let inside = Inside::default();
        assert!(wait::stream((0..600).filter(|_| true), &inside).eq(1..601));
        assert!(inside.most() > pool_and_caller());
        assert!(amorsize::stream!(0..40_u64, blocking, n_jobs = 20, |x| wait(x, &inside)).eq(1..41));
        assert!(inside.most() > pool_and_caller());
    });
}

#[test]
fn as_many_threads_as_are_asked_for() {
    alone(60, &[], || {
        let inside = Inside::default();
        assert!(wait::on(0..64, &inside).n_jobs(16).map().into_iter().eq(1..65));
        let most = inside.most();
        assert!(most > pool_and_caller() && most <= 16, "{most} threads");
    });
}

/// Functions that wait are named where the option is missing, and only there.
#[cfg(all(target_os = "linux", feature = "disk"))]
#[test]
fn what_waits_without_the_option_is_named() {
    use amorsize::store::{RecommendationKind, insight};

    #[amorsize::auto]
    fn work(x: u64) -> u64 {
        (0..100_000).fold(x, |sum, i| (sum ^ i).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29))
    }
    alone(60, &[], || {
        let inside = Inside::default();
        for _ in 0..4 {
            wait_unmarked::map(0..16, &inside);
            wait::map(0..16, &inside);
            work::map(0..64);
        }
        let advice = insight(&amorsize::snapshot());
        let named = advice.into_iter().filter(|it| it.kind == RecommendationKind::Waiting);
        let named: Vec<String> = named.filter_map(|it| it.function).collect();
        assert!(named.len() == 1 && named[0].ends_with("blocking::wait_unmarked"), "{named:?}");
    });
}

#[test]
fn without_the_option_only_the_pool_waits() {
    alone(60, &[], || {
        let inside = Inside::default();
        for _ in 0..8 {
            assert!(wait_unmarked::map(0..64, &inside).into_iter().eq(1..65));
        }
        assert!(inside.most() <= pool_and_caller());
    });
}

/// What does not wait has the plans that it would have without the option.
#[cfg(target_os = "linux")]
#[test]
fn work_stays_on_the_cores() {
    #[amorsize::auto(blocking)]
    fn work(x: u64) -> u64 {
        (0..100_000).fold(x, |sum, i| (sum ^ i).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29))
    }
    alone(60, &[], || {
        for _ in 0..12 {
            assert!(work::map(0..64).into_iter().eq((0..64).map(work)));
        }
        for plan in [work::on(0..64).plan().plan, work::on(0..100).plan().plan] {
            if let amorsize::Plan::Parallel { n_jobs, .. } = plan {
                assert!(n_jobs <= rayon::current_num_threads(), "{n_jobs} threads");
            }
        }
    });
}

#[test]
fn no_more_threads_than_may_be() {
    for limit in ["1", "4"] {
        alone(60, &[("AMORSIZE_MAX_THREADS", limit)], || {
            let inside = Inside::default();
            for _ in 0..4 {
                assert!(wait::map(0..24, &inside).into_iter().eq(1..25));
            }
            assert!(wait::on(0..24, &inside).n_jobs(20).map().into_iter().eq(1..25));
            let limit: usize = std::env::var("AMORSIZE_MAX_THREADS").unwrap().parse().unwrap();
            assert!(inside.most() <= limit, "{limit}");
        });
    }
}

#[cfg(target_os = "linux")]
#[test]
fn one_core_waits_for_many_items() {
    alone(60, &[("RAYON_NUM_THREADS", "")], || {
        let mut one = rustix::thread::CpuSet::new();
        let may = rustix::thread::sched_getaffinity(None).unwrap();
        one.set((0..rustix::thread::CpuSet::MAX_CPU).find(|cpu| may.is_set(*cpu)).unwrap());
        rustix::thread::sched_setaffinity(None, &one).unwrap();
        let inside = Inside::default();
        for _ in 0..4 {
            assert!(wait::map(0..64, &inside).into_iter().eq(1..65));
        }
        assert_eq!(rayon::current_num_threads(), 1);
        let (most, plan) = (inside.most(), wait::on(0..64, &inside).plan());
        assert!(most > 8 && matches!(plan.plan, amorsize::Plan::Parallel { .. }), "{most} threads, {plan}");
    });
}

/// With room for the stacks of some threads, and for what else the process allocates: without that, any program ends.
#[cfg(target_os = "linux")]
#[test]
fn it_does_with_the_threads_that_can_be_had() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    for room in ["96", "72"] {
        alone(60, &[("AMORSIZE_TEST_ROOM", room)], || {
            let room: u64 = std::env::var("AMORSIZE_TEST_ROOM").unwrap().parse().unwrap();
            let inside = Inside::default();
            rayon::current_num_threads();
            let status = std::fs::read_to_string("/proc/self/status").unwrap();
            let size = status.lines().find_map(|line| line.strip_prefix("VmSize:")).unwrap();
            let size: u64 = size.trim().strip_suffix(" kB").unwrap().parse().unwrap();
            let limit = Some((size << 10) + (room << 20));
            setrlimit(Resource::As, Rlimit { current: limit, ..getrlimit(Resource::As) }).unwrap();
            for _ in 0..4 {
                assert!(wait::map(0..64, &inside).into_iter().eq(1..65));
            }
            assert!(wait::on(0..64, &inside).n_jobs(64).map().into_iter().eq(1..65));
            let most = inside.most();
            assert!(most < 64, "{most} threads in {room} MiB");
        });
    }
}

/// Each item is one call more, down to `depth`; on the way some are in rayon's own operations.
#[amorsize::auto(blocking)]
fn nested(x: u64, depth: u32) -> u64 {
    if depth == 0 {
        sleep(Duration::from_micros(500));
        return x;
    }
    let below = match depth % 3 {
        0 => nested::on(0..6, depth - 1).n_jobs(6).sum::<u64>(),
        1 => nested::on(0..6, depth - 1).sum::<u64>(),
        _ => (0..6).into_par_iter().map(|y| nested(y, depth - 1)).sum(),
    };
    x + below
}

/// What [`nested`] returns.
fn sum_of(x: u64, depth: u32) -> u64 {
    if depth == 0 { x } else { x + (0..6).map(|y| sum_of(y, depth - 1)).sum::<u64>() }
}

#[test]
fn calls_inside_calls_end_wherever_they_begin() {
    for threads in [0, 1, 2, 8] {
        within(120, move || {
            pools::within(threads, || {
                for _ in 0..3 {
                    assert!(nested::map(0..12, 3).into_iter().eq((0..12).map(|x| sum_of(x, 3))));
                    assert!(nested::on(0..12, 2).n_jobs(12).map().into_iter().eq((0..12).map(|x| sum_of(x, 2))));
                }
                // Inside of a parallel map without the option, and of rayon's.
                let inside = Inside::default();
                let outer = amorsize::map!(0..8_u64, |x| wait::on(0..16, &inside).n_jobs(16).sum::<u64>() + x);
                assert!(outer.into_iter().eq((0..8).map(|x| (1..17).sum::<u64>() + x)));
                let outer: u64 = (0..8_u64).into_par_iter().map(|_| wait::on(0..16, &inside).sum::<u64>()).sum();
                assert_eq!(outer, 8 * (1..17).sum::<u64>());
                rayon::join(|| wait::map(0..16, &inside), || wait::on(0..16, &inside).n_jobs(16).map());
            });
        });
    }
}

/// An item that works on the wide pool shares its own work as it would outside of it: among as many threads as there are cores.
#[test]
fn what_items_do_themselves_has_the_cores() {
    alone(60, &[("RAYON_NUM_THREADS", "2")], || {
        let inside = Inside::default();
        let inner = |_: u64| amorsize::on!(0..40_u64, |x| wait_unmarked(x, &inside)).map().len();
        let alone = Inside::default();
        for _ in 0..4 {
            let one = amorsize::on!(0..2_u64, blocking, n_jobs = 8, inner).map();
            assert_eq!(one, [40, 40]);
            amorsize::for_each!(0..4_u64, blocking, n_jobs = 8, |_| alone.wait(1));
        }
        // Two callers, each of which has one helper at the most; and another one outside of the pool.
        assert!(inside.most() <= 2 * 3);
    });
}

#[test]
fn panics_and_early_ends_are_those_of_the_plain_loop() {
    within(60, || {
        let inside = Inside::default();
        let run = |panics: [u64; 2]| {
            let f = |x: u64| {
                inside.wait(1);
                assert!(!panics.contains(&x), "item {x}");
                vec![x]
            };
            let caught = catch_unwind(AssertUnwindSafe(|| amorsize::map!(0..64_u64, blocking, n_jobs = 32, f)));
            *caught.expect_err("it panics").downcast::<String>().expect("a message")
        };
        for panics in [[40, 7], [63, 62], [0, 1]] {
            assert_eq!(run(panics), format!("item {}", panics[0].min(panics[1])));
        }
        let tried: Result<Vec<u64>, u64> = amorsize::on!(0..64_u64, blocking, n_jobs = 32, |x| {
            inside.wait(1);
            if x % 20 == 19 { Err(x) } else { Ok(x) }
        })
        .try_map();
        assert_eq!(tried, Err(19));
        let found = wait::on(0..64, &inside).n_jobs(32).find(|x| x % 10 == 0);
        assert_eq!(found, Some(10));
    });
}

/// The name of the option is nobody's: it is one only where something comes behind it.
#[test]
fn a_function_may_be_called_as_the_option_is() {
    fn blocking(x: u64) -> u64 {
        x + 1
    }
    assert_eq!(amorsize::map!([1, 2], blocking), [2, 3]);
    assert_eq!(amorsize::map!([1, 2], blocking,), [2, 3]);
    assert_eq!(amorsize::map!([1, 2], blocking, blocking), [2, 3]);
    assert_eq!(amorsize::map!([1, 2], blocking, chunksize = 2, blocking), [2, 3]);
    assert_eq!(amorsize::map!([1, 2], chunksize = 2, blocking, |x| blocking(x) + 1), [3, 4]);
    let blocking = |x: u64| x + 2;
    assert_eq!(amorsize::on!([1, 2], blocking).sum::<u64>(), 7);
}

#[test]
fn threads_that_end_leave_nothing_behind() {
    within(60, || {
        for _ in 0..20 {
            let inside = Inside::default();
            let one = thread::spawn(move || wait::on(0..8, &inside).n_jobs(8).map());
            assert!(one.join().expect("no panic").into_iter().eq(1..9));
        }
    });
}

/// Plans for more threads than the pool has come back from the disk, and a first call of a process has its threads soon.
#[cfg(all(target_os = "linux", feature = "disk"))]
#[test]
fn plans_for_many_threads_outlive_the_process() {
    let cache = Cache::new();
    let said = cache.run(&["waits=20,64,6"]);
    assert!(said.is_fine(), "{said:?}");
    let functions = cache.store().functions().unwrap();
    let plan = &functions[0].plans[0];
    assert!(plan.blocking && plan.asleep.n_jobs > 8 && plan.rejected.is_none(), "{plan:?}");
    let next = cache.run(&["waits=20,64,2"]);
    assert!(next.is_fine() && next.count("recalled") == 1, "{next:?}");
    for said in [said, next] {
        let most = said.out.lines().find_map(|line| line.strip_prefix("most=")).expect("it says so");
        assert!(most.parse::<usize>().unwrap() > 8, "{said:?}");
    }
}

#[cfg(all(unix, feature = "disk"))]
#[test]
fn forked_children_wait_alone() {
    let said = Cache::new().run(&["waits=5,64,4", "fork-waits=3"]);
    assert!(said.is_fine() && said.out.contains("waited=3\n"), "{said:?}");
}
