//! What another process finds of what was learned, and what it is not to believe.

use std::collections::BTreeMap;
use std::thread::sleep;
use std::time::Duration;

use amorsize::map;
use amorsize::store::{Rejection, Store};

use crate::cache::{first_again, one_after_the_other, with_a_cache};
use crate::upkeep::{LONG, keyed, on_disk, slow};

#[amorsize::auto]
fn generic<T: Copy + Into<u64> + Sync>(times: &T) -> u64 {
    sleep(Duration::from_micros((*times).into() * LONG));
    (*times).into()
}

#[amorsize::auto]
fn argument(times: u64, to: impl Fn(u64) -> u64) -> u64 {
    sleep(Duration::from_micros(LONG));
    to(times)
}

trait Rest {
    #[amorsize::auto(in_trait)]
    fn rest(&self, times: u64) {
        sleep(Duration::from_micros(times * LONG));
    }
}

impl Rest for u8 {}

impl Rest for u16 {}

/// Never called where it is defined: known by the linker's list alone.
mod elsewhere {
    #[amorsize::auto]
    pub(super) fn seldom(micros: u64) -> u64 {
        super::slow(micros)
    }
}

fn half(x: u64) -> u64 {
    x / 2
}

fn third(x: u64) -> u64 {
    x / 3
}

#[test]
fn instantiations_and_keys_are_recalled_each_for_itself() {
    with_a_cache(|| {
        one_after_the_other(
            || {
                generic::map(&[1u16; 4]);
                argument::map([1; 4], half);
                0u8.rest_for_each([1; 4]);
                keyed::map([LONG; 4], 1);
                keyed::map([LONG; 4], 2);
            },
            || {
                let recalled = || amorsize::stats().recalled;
                generic::map(&[1u32; 4]);
                argument::map([1; 4], third);
                0u16.rest_for_each([1; 4]);
                keyed::map([LONG; 4], 3);
                assert_eq!(recalled(), 0, "others than these were learned");
                generic::map(&[1u16; 4]);
                argument::map([1; 4], half);
                0u8.rest_for_each([1; 4]);
                keyed::map([LONG; 4], 2);
                keyed::map([LONG; 5], 1);
                assert_eq!(recalled(), 5);
                keyed::map([LONG; 8], 1);
                assert_eq!(recalled(), 5, "twice as many items are another size");
                let stats = amorsize::stats();
                assert_eq!((stats.hits, stats.misses, stats.errors), (5, 5, 0));
            },
        );
        let store = Store::open(amorsize::cache_dir());
        if let Some(function) = store.functions().unwrap().iter().find(|function| function.is_called("generic")) {
            let names: Vec<_> = function.plans.iter().map(|plan| plan.instantiation.clone().unwrap()).collect();
            assert!(names.iter().any(|name| name.contains("u16")), "{names:?}");
        }
    });
}

#[test]
fn items_that_take_another_time_now_are_not_run_by_an_old_plan() {
    with_a_cache(|| {
        one_after_the_other(
            || {
                slow::map([50; 7]);
                slow::map([50; 7]);
            },
            || {
                slow::map([LONG; 4]);
                let stats = amorsize::stats();
                assert_eq!(stats.rejected, [(Rejection::TimeBucket, 1)]);
                assert_eq!((stats.recalled, stats.misses), (0, 1));
            },
        );
    });
}

#[test]
fn one_item_that_was_held_up_costs_no_plan() {
    with_a_cache(|| {
        one_after_the_other(
            || (0..10).for_each(|key| drop(keyed::map([1_000; 8], key))),
            || {
                let mut items = [1_000; 8];
                items[0] = 12_000;
                (0..10).for_each(|key| drop(keyed::map(items, key)));
                // On a busy machine others may be held up as well, but hardly always.
                let stats = amorsize::stats();
                assert!(stats.recalled > 0, "{stats:?}");
            },
        );
    });
}

#[test]
fn what_was_warmed_is_a_hit_at_once() {
    with_a_cache(|| {
        one_after_the_other(
            || {
                slow::map([LONG; 4]);
                elsewhere::seldom::map([LONG; 4]);
            },
            || {
                assert_eq!(amorsize::warm(), 2);
                let stats = amorsize::stats();
                assert_eq!((stats.entries, stats.hits, stats.misses), (2, 0, 0));
                let decision = elsewhere::seldom::on([LONG; 4]).plan();
                assert!(!decision.to_string().contains("not measured yet"), "{decision}");
                elsewhere::seldom::map([1; 4]);
                assert_eq!((amorsize::stats().hits, amorsize::stats().misses), (1, 0));
            },
        );
    });
}

fn by_a_helper(items: &[u64], wait: impl Fn(u64) + Sync) -> usize {
    map!(items, |micros| wait(*micros)).len()
}

/// Closures that are written in one function have one name, by which plans are stored.
#[test]
fn of_two_that_go_through_a_helper_one_finds_its_plan() {
    with_a_cache(|| {
        let both = || {
            by_a_helper(&[10_000; 4], |micros| sleep(Duration::from_micros(micros)));
            by_a_helper(&[10_000; 4], |micros| sleep(Duration::from_micros(11 * micros + 1)));
        };
        one_after_the_other(
            || {
                both();
                assert_eq!(amorsize::stats().entries, 2);
            },
            || {
                assert_eq!(on_disk().values().sum::<usize>(), 1);
                both();
                let stats = amorsize::stats();
                assert_eq!((stats.recalled, stats.misses, stats.entries), (1, 1, 2));
                assert_eq!(stats.rejected, [(Rejection::TimeBucket, 1)]);
            },
        );
    });
}

#[test]
fn keys_that_no_longer_fit_into_memory_are_kept() {
    with_a_cache(|| {
        one_after_the_other(
            // Faster than the thread writes them, and more than there is room for.
            || (0..600).for_each(|key| (0..2).for_each(|_| drop(keyed::map([20; 4], key)))),
            || assert_eq!(on_disk(), BTreeMap::from([("keyed".to_owned(), 600)])),
        );
    });
}

#[test]
fn another_pool_is_another_place() {
    with_a_cache(|| {
        one_after_the_other(
            || drop(slow::map([LONG; 4])),
            || {
                let path = amorsize::cache_dir();
                assert!(first_again().env("RAYON_NUM_THREADS", "3").status().unwrap().success());
                let places = Store::open(path).places().unwrap();
                assert_eq!(places.len(), 2);
                let mut pools: Vec<_> = places.iter().map(|place| place.fingerprint.as_ref().unwrap().pool).collect();
                pools.sort_unstable();
                assert_eq!(pools, [2, 3]);
            },
        );
    });
}
