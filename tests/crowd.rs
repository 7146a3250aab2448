//! Many processes with one cache: they write the same and different plans, prune and clear, and are killed at random.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

use amorsize::__private::key;
use amorsize::store::Problem;
use rustix::process::Signal;

use crate::cache::Cache;
use crate::watchdog::within;

/// Starts this again and again, and kills it at any moment, until told to stop.
fn haunt(cache: &Cache, argument: &str, mut seed: u64, stop: &AtomicBool) {
    while !stop.load(Relaxed) {
        let mut child = cache.start(&[argument]);
        assert_eq!(child.line(), "at it\n", "{argument}");
        seed = seed.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
        thread::sleep(Duration::from_micros(seed >> 32 & 0x1_ffff));
        child.signal(Signal::KILL);
        child.said();
    }
}

/// Tells others to stop, also if the test fails.
struct Stop<'a>(&'a [AtomicBool]);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.iter().for_each(|stop| stop.store(true, Relaxed));
    }
}

/// Keys that writer `n` shares with another, and keys that only it writes.
fn keys(n: u64) -> [std::ops::Range<u64>; 2] {
    [4 * (n / 2)..4 * (n / 2) + 4, 1000 + 4 * n..1004 + 4 * n]
}

/// They all learn and end well at once: what they learned is on disk.
#[track_caller]
fn assert_heard(cache: &Cache, writers: std::ops::Range<u64>, flush: bool) {
    thread::scope(|scope| {
        for n in writers.clone() {
            scope.spawn(move || {
                let keys = keys(n).map(|keys| format!("keys={}..{}", keys.start, keys.end));
                let arguments = keys.iter().map(|keys| &**keys).chain(flush.then_some("flush="));
                let said = cache.run(&arguments.collect::<Vec<_>>());
                assert!(said.status.success() && said.err.is_empty() && said.count("failed") == 0, "{said:?}");
            });
        }
    });
    let lost = || {
        let kept: Vec<_> = cache.plans().into_iter().filter_map(|(_, key, _)| key).collect();
        let learned = writers.clone().flat_map(|n| keys(n).into_iter().flatten().map(move |key| (n, key)));
        learned.filter(|(_, number)| !kept.contains(&format!("{:016x}", key(&[number])))).collect::<Vec<_>>()
    };
    // While another process compacts the log, what was appended meanwhile is missing for a moment.
    let start = Instant::now();
    while !lost().is_empty() && start.elapsed() < Duration::from_secs(5) {
        thread::sleep(Duration::from_millis(20));
    }
    assert!(lost().is_empty(), "lost (writer, key): {:?}", lost());
}

#[test]
fn nothing_breaks_and_nobody_who_ends_well_is_forgotten() {
    within(100, || {
        let cache = Cache::with_a_plan();
        let stops = [AtomicBool::new(false), AtomicBool::new(false)];
        thread::scope(|scope| {
            let (cache, [stop, stop_clearing]) = (&cache, &stops);
            let stopper = Stop(&stops);
            let haunting: Vec<_> = (0..16)
                .map(|n| {
                    // The same keys for some, others for others.
                    let argument = format!("for-ever={}..{}", 2 * (n / 3), 2 * (n / 3) + 40);
                    scope.spawn(move || haunt(cache, &argument, n, stop))
                })
                .collect();
            let pruner = scope.spawn(|| haunt(cache, "prune-for-ever=3600", 100, stop));
            let clearer = scope.spawn(|| haunt(cache, "clear-for-ever=keyed", 200, stop_clearing));
            let start = Instant::now();
            while start.elapsed() < Duration::from_secs(3) {
                // Whoever looks meanwhile finds every file whole.
                let problems = cache.store().verify().unwrap().problems;
                let broken = |problem: &&Problem| problem.path.extension().is_some_and(|kind| kind == "plans");
                assert_eq!(problems.iter().find(broken), None);
                thread::sleep(Duration::from_millis(5));
            }
            stop_clearing.store(true, Relaxed);
            clearer.join().expect("it stops");

            // In all that noise who asks is heard, and who just ends as well.
            assert_heard(cache, 0..16, true);
            assert_heard(cache, 16..32, false);
            drop(stopper);
            for noise in haunting.into_iter().chain([pruner]) {
                noise.join().expect("it stops");
            }
        });
        let health = cache.store().verify().unwrap();
        assert!(health.score == 100 && health.problems.is_empty(), "{health:#?}");
    });
}
