//! What is measured: of this process by `snapshot`, and over processes by `Store::snapshot`.

use std::fs;
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use amorsize::store::{Scope, Snapshot, TierState};

use crate::alone::alone;
use crate::cache::Cache;

/// Sleeps, so that threads gain on any machine, however busy.
#[amorsize::auto]
fn wait(millis: u64) -> u64 {
    sleep(Duration::from_millis(millis));
    millis
}

#[amorsize::auto]
fn spin(rounds: u64) -> u64 {
    (0..rounds).fold(rounds, |sum, n| sum.wrapping_add(n).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29))
}

fn requests_of_days(snapshot: &Snapshot) -> u64 {
    snapshot.days.iter().map(|day| day.counts.requests()).sum()
}

#[test]
fn what_shared_calls_took_is_compared_with_plain_loops() {
    alone(60, &[("RAYON_NUM_THREADS", "4")], || {
        let start = Instant::now();
        for _ in 0..20 {
            wait::map([5; 8]);
        }
        let elapsed = start.elapsed().as_nanos();
        let snapshot = amorsize::snapshot();
        let counts = snapshot.counts;
        assert_eq!((snapshot.scope, counts.requests(), counts.misses), (Scope::Process, 20, 1));
        assert!((10..=20).contains(&counts.shared), "{counts:?}");
        assert!(u128::from(counts.wall_ns) <= elapsed, "{counts:?} of {elapsed}");
        // Eight items of five milliseconds each; sleeping takes longer than asked on a busy machine.
        let serial = counts.serial_ns as f64 / counts.shared as f64;
        assert!((35e6..400e6).contains(&serial), "{counts:?}");
        assert!(counts.speedup().unwrap() > 1.2, "{counts:?}");
        assert_eq!(counts.saved_ns, counts.serial_ns.cast_signed() - counts.wall_ns.cast_signed());
        assert_eq!(counts.timed_misses, 1);
        assert!(counts.timed_hits >= 1 && counts.timed_hits <= counts.hits, "{counts:?}");
        assert!(counts.average_hit_ns().unwrap() < 1e6 && counts.average_miss_ns().unwrap() < 5e6, "{counts:?}");
        let [function] = &snapshot.functions[..] else { panic!("{:?}", snapshot.functions) };
        assert!(function.function.ends_with("measured::wait") && function.id == wait::ID, "{function:?}");
        assert_eq!(function.counts, counts);
        let [plan] = &function.plans[..] else { panic!("{:?}", function.plans) };
        assert!(plan.items == (8, 15) && plan.samples > 0 && plan.age < 60 && plan.rejected.is_none(), "{plan:?}");
        assert!(plan.awake.n_jobs > 1 && !plan.expired, "{plan:?}");
        assert_eq!(requests_of_days(&snapshot), 20);
        let memory = &snapshot.tiers[0];
        assert_eq!((memory.tier, memory.state), ("memory", TierState::Active));
        assert_eq!((memory.hits, memory.misses, memory.entries), (19, 1, Some(1)));
        assert!(memory.bytes.is_some_and(|bytes| bytes > 500), "{memory:?}");
        assert_eq!(snapshot.tiers[1].state, TierState::Disabled, "nothing is kept on disk here");
        assert!(snapshot.uptime_seconds > 0.0 && snapshot.taken_us > 0);
    });
}

#[test]
fn items_that_become_heavier_raise_an_alarm() {
    alone(60, &[], || {
        for _ in 0..60 {
            spin::map(vec![500; 100]);
        }
        let before = amorsize::snapshot().counts.drift_alarms;
        for _ in 0..5 {
            spin::map(vec![150_000; 100]);
        }
        let after = amorsize::snapshot().counts.drift_alarms;
        assert!(after > before, "{after}");
    });
}

#[test]
fn what_processes_count_adds_up() {
    let cache = Cache::new();
    let mut requests = 0;
    for calls in [300, 2, 40] {
        let said = cache.run(&[&format!("spin=2000,100,{calls}"), "calls=1"]);
        assert!(said.is_fine(), "{said:?}");
        requests += said.count("hits") + said.count("misses");
    }
    assert_eq!(requests, 345);
    let snapshot = cache.store().snapshot().unwrap();
    let counts = snapshot.counts;
    assert_eq!((snapshot.scope, counts.requests()), (Scope::Folder, requests));
    let mut sum = counts;
    (sum.hits, sum.misses) = (0, 0);
    for function in &snapshot.functions {
        sum.hits += function.counts.hits;
        sum.misses += function.counts.misses;
        assert!(!function.plans.is_empty(), "{function:?}");
    }
    assert_eq!((snapshot.functions.len(), sum), (2, counts));
    assert!(counts.timed_misses <= counts.misses && counts.timed_hits <= counts.hits, "{counts:?}");
    assert!(counts.timed_hits > 0 && counts.shared <= requests, "{counts:?}");
    // The day may have changed meanwhile.
    assert!((1..=2).contains(&snapshot.days.len()), "{:?}", snapshot.days);
    let mut days = snapshot.days[0].counts;
    for day in &snapshot.days[1..] {
        days.add(&day.counts);
    }
    assert_eq!(days, counts);
    let disk = &snapshot.tiers[0];
    // What was recalled came from the disk or from further away: what is on disk does not tell.
    assert_eq!((disk.tier, disk.hits, disk.entries), ("disk", 0, Some(2)));
    assert!(counts.recalled > 0, "{counts:?}");
    assert!(disk.bytes.is_some_and(|bytes| bytes > 0), "{disk:?}");
}

#[test]
fn a_process_shows_the_days_of_all_once() {
    let cache = Cache::new();
    let said = cache.run(&["calls=2", "snapshot=", "calls=1", "snapshot=", "flush=", "snapshot="]);
    assert!(said.is_fine(), "{said:?}");
    let days = |said: &str| -> Vec<u64> {
        said.lines().filter_map(|line| line.strip_prefix("days=")).map(|number| number.parse().unwrap()).collect()
    };
    assert_eq!(days(&said.out), [2, 3, 3], "what was written is not counted twice");
    let said = cache.run(&["calls=1", "snapshot="]);
    assert_eq!(days(&said.out), [4]);
}

/// A folder as version 1 left it: two records, with 1,000,001 hits and 2 misses.
#[test]
fn counts_of_earlier_versions_are_added_up() {
    let cache = Cache::new();
    let place = "cbc4d6288b0beaaf";
    let stored = Path::new(env!("CARGO_MANIFEST_DIR")).join("../store/format/v1/cache").join(place);
    fs::create_dir_all(cache.folder().join(place)).unwrap();
    fs::copy(stored.join("statistics"), cache.folder().join(place).join("statistics")).unwrap();
    assert!(cache.run(&["calls=3"]).is_fine());
    let snapshot = cache.store().snapshot().unwrap();
    assert_eq!((snapshot.counts.hits, snapshot.counts.misses), (1_000_003, 3));
    assert_eq!(requests_of_days(&snapshot), 1_000_006);
    assert_eq!(snapshot.functions.len(), 2);
}
