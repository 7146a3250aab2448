//! How hard it is looked for a plan, as an option, a choice, a setting of the program and of the environment.

use std::thread::sleep;
use std::time::Duration;

use amorsize::store::Store;
use amorsize::{Config, Rigor};

use crate::cache::{Cache, alone_with, one_after_the_other};

#[amorsize::auto]
fn wait(ms: u64) -> u64 {
    sleep(Duration::from_millis(ms));
    ms
}

#[amorsize::auto(rigor = "patient")]
fn wait_patiently(ms: u64) -> u64 {
    wait(ms)
}

#[amorsize::auto(rigor = "estimate")]
fn wait_at_once(ms: u64) -> u64 {
    wait(ms)
}

/// The numbers of threads that were tried for calls of a function, and in how many calls at least.
fn tried(function: &str) -> (Vec<usize>, u32) {
    amorsize::flush().unwrap();
    let functions = Store::open(amorsize::cache_dir()).functions().unwrap();
    let plans = functions.into_iter().filter(|known| known.is_called(function)).flat_map(|known| known.plans);
    let tried: Vec<_> = plans.flat_map(|plan| plan.tried).collect();
    let calls = tried.iter().map(|tried| tried.awake.map_or(0, |at| at.calls) + tried.asleep.map_or(0, |at| at.calls));
    (tried.iter().map(|tried| tried.n_jobs).collect(), calls.min().unwrap_or(0))
}

const FOUR_THREADS: &[(&str, &str)] = &[("RAYON_NUM_THREADS", "4")];

#[test]
fn the_patient_try_everything() {
    let cache = Cache::new();
    alone_with(&cache, FOUR_THREADS, || {
        for _ in 0..30 {
            assert_eq!(wait_patiently::map([1; 8]), [1; 8]);
        }
        let (n_jobs, calls) = tried("wait_patiently");
        assert!(n_jobs == [1, 2, 4] && calls >= 3, "{n_jobs:?} {calls}");
        assert!(wait_patiently::on([1; 8]).plan().to_string().starts_with("n_jobs=4 "));
    });
}

#[test]
fn those_who_estimate_try_nothing() {
    let cache = Cache::new();
    alone_with(&cache, FOUR_THREADS, || {
        for _ in 0..30 {
            assert_eq!(wait_at_once::map([1; 8]), [1; 8]);
        }
        assert!(!tried("wait_at_once").0.contains(&2));
    });
}

#[test]
fn a_call_may_look_harder_than_others() {
    let cache = Cache::new();
    alone_with(&cache, FOUR_THREADS, || {
        for _ in 0..10 {
            wait::on([1; 8]).rigor(Rigor::Estimate).map();
        }
        assert!(!tried("wait").0.contains(&2));
        for _ in 0..30 {
            assert_eq!(wait::on([1; 8]).rigor(Rigor::Patient).map(), [1; 8]);
        }
        let (n_jobs, calls) = tried("wait");
        assert!(n_jobs == [1, 2, 4] && calls >= 3, "{n_jobs:?} {calls}");
    });
}

#[test]
fn the_environment_says_so_for_all_that_say_nothing() {
    let patient = [("RAYON_NUM_THREADS", "4"), ("AMORSIZE_RIGOR", "patient")];
    alone_with(&Cache::new(), &patient, || {
        for _ in 0..30 {
            wait::map([1; 8]);
            wait_at_once::map([1; 8]);
        }
        assert_eq!(tried("wait").0, [1, 2, 4]);
        assert!(!tried("wait_at_once").0.contains(&2));
    });
}

#[test]
fn what_others_have_left_out_is_tried_by_the_patient() {
    alone_with(&Cache::new(), FOUR_THREADS, || {
        one_after_the_other(
            || {
                assert!(Config::from_env().unwrap().rigor(Rigor::Estimate).install().is_ok());
                (0..30).for_each(|_| drop(wait::map([1; 8])));
                assert!(!tried("wait").0.contains(&2));
            },
            || {
                assert!(Config::from_env().unwrap().rigor(Rigor::Patient).install().is_ok());
                (0..30).for_each(|_| drop(wait::map([1; 8])));
                assert_eq!((tried("wait").0, amorsize::stats().misses), (vec![1, 2, 4], 0));
            },
        );
    });
}
