//! What a program may do with what is remembered, and what it is not to believe.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread::{self, sleep};
use std::time::Duration;

use amorsize::store::{ProblemKind, Rejection, Store};
use amorsize::{CacheMode, Config, Merge};

use crate::alone::alone;
use crate::cache::Cache;
use crate::faults::{rewrite, varint};

/// Microseconds that put an item into the last time bucket, which no busy machine can drive it out of.
const LONG: u64 = 110_000;

#[amorsize::auto]
fn slow(micros: u64) -> u64 {
    sleep(Duration::from_micros(micros));
    micros
}

#[amorsize::auto(key(key))]
fn keyed(micros: u64, key: u64) -> u64 {
    sleep(Duration::from_micros(micros));
    key
}

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

#[amorsize::auto]
fn busy(rounds: u64) -> u64 {
    (0..100 * rounds).fold(rounds, |x, i| x.rotate_left(7) ^ i)
}

#[amorsize::auto(ttl = "1h")]
fn believing(micros: u64) -> u64 {
    sleep(Duration::from_micros(micros));
    micros
}

/// Never called where it is defined: known by the linker's list alone.
mod elsewhere {
    #[amorsize::auto]
    pub(super) fn seldom(micros: u64) -> u64 {
        super::slow(micros)
    }
}

/// Runs `first` in a process, then `second` in another one with the same cache.
#[track_caller]
pub(crate) fn one_after_the_other(first: impl FnOnce(), second: impl FnOnce()) {
    const FIRST: &str = "AMORSIZE_TEST_FIRST";
    if env::var_os(FIRST).is_some() {
        return first();
    }
    let mut again = Command::new(env::current_exe().unwrap());
    let status = again.args(env::args_os().skip(1)).env(FIRST, "1").output().unwrap();
    assert!(status.status.success(), "{}", String::from_utf8_lossy(&status.stderr));
    second();
}

/// `alone`, with a cache that is there for this test only.
macro_rules! with_a_cache {
    ($($body:tt)*) => {
        let cache = Cache::new();
        let folder = cache.folder().to_str().unwrap();
        let environment =
            [("AMORSIZE_CACHE", "write"), ("AMORSIZE_CACHE_DIR", folder), ("RAYON_NUM_THREADS", "2")];
        alone(60, &environment, || { $($body)* });
    };
}

/// How many plans each function has on disk.
fn on_disk() -> BTreeMap<String, usize> {
    let functions = Store::open(amorsize::cache_dir()).functions().unwrap();
    let name = |path: &str| path.rsplit("::").next().unwrap().to_owned();
    functions.into_iter().map(|function| (name(&function.function), function.plans.len())).collect()
}

fn half(x: u64) -> u64 {
    x / 2
}

fn third(x: u64) -> u64 {
    x / 3
}

#[test]
fn instantiations_and_keys_are_recalled_each_for_itself() {
    with_a_cache! {
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
    }
}

#[test]
fn items_that_take_another_time_now_are_not_run_by_an_old_plan() {
    with_a_cache! {
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
    }
}

#[test]
fn one_item_that_was_held_up_costs_no_plan() {
    with_a_cache! {
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
    }
}

#[test]
fn what_was_warmed_is_a_hit_at_once() {
    with_a_cache! {
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
    }
}

#[test]
fn to_clear_forgets_this_program_and_no_other() {
    with_a_cache! {
        one_after_the_other(
            || {
                slow::map([LONG; 4]);
                slow::map([LONG; 8]);
                keyed::map([LONG; 4], 1);
            },
            || {
                amorsize::flush().unwrap();
                assert_eq!(on_disk().values().sum::<usize>(), 3);
                // One more in memory, and one that is in both.
                generic::map(&[1u16; 4]);
                slow::map([LONG; 4]);
                let foreign = elsewhere_in(&amorsize::cache_dir());
                assert_eq!(amorsize::clear_cache(), 4);
                assert_eq!(amorsize::stats().entries, 0);
                assert_eq!(on_disk(), BTreeMap::new());
                assert!(foreign.exists(), "another machine's are left alone");
                assert_eq!(amorsize::clear_cache(), 0);
                slow::map([LONG; 4]);
                amorsize::flush().unwrap();
                assert_eq!(on_disk(), BTreeMap::from([("slow".to_owned(), 1)]));
            },
        );
    }
}

/// Something in the folder of another fingerprint.
fn elsewhere_in(cache: &std::path::Path) -> PathBuf {
    let path = cache.join("0123456789abcdef").join("00000000000000ff.plans");
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, "another's").unwrap();
    path
}

#[test]
fn what_was_exported_comes_back() {
    with_a_cache! {
        slow::map([LONG; 4]);
        keyed::map([LONG; 4], 1);
        let file = amorsize::cache_dir().with_extension("plans");
        assert_eq!(amorsize::export_cache(&file).unwrap(), 2);
        let done = amorsize::import_cache(&file, Merge::Overwrite).unwrap();
        assert_eq!((done.added, done.replaced, done.skipped), (0, 0, 2), "they are the same");
        fs::remove_dir_all(amorsize::cache_dir()).unwrap();
        assert_eq!(amorsize::import_cache(&file, Merge::Newer).unwrap().added, 2);
        assert_eq!(on_disk(), BTreeMap::from([("keyed".to_owned(), 1), ("slow".to_owned(), 1)]));
        let missing = amorsize::import_cache(file.with_extension("gone"), Merge::Newer).unwrap_err();
        assert!(missing.is_io(), "{missing}");
        fs::write(&file, "something else").unwrap();
        let damaged = amorsize::import_cache(&file, Merge::Newer).unwrap_err();
        assert!(damaged.is_format() && damaged.to_string().contains("nothing was imported"), "{damaged}");
    }
}

#[test]
fn what_is_old_is_pruned_and_a_function_may_believe_longer() {
    with_a_cache! {
        one_after_the_other(
            || {
                slow::map([LONG; 4]);
                believing::map([LONG; 4]);
                keyed::map([LONG; 4], 1);
                amorsize::flush().unwrap();
                assert_eq!(amorsize::prune_expired_cache(Duration::from_secs(3600)), 0);
            },
            || {
                Config::from_env().unwrap().ttl(Duration::from_secs(600)).install().unwrap();
                for function in ["slow", "believing", "keyed"] {
                    restamp(function, 1_800);
                }
                slow::map([LONG; 4]);
                believing::map([LONG; 4]);
                let stats = amorsize::stats();
                assert_eq!((stats.recalled, stats.rejected), (1, vec![(Rejection::Expired, 1)]));
                amorsize::flush().unwrap();
                assert!(amorsize::prune_expired_cache(Duration::from_secs(600)) >= 1);
                let left = on_disk();
                assert!(!left.contains_key("keyed") && left.get("slow") == Some(&1), "it was measured again: {left:?}");
            },
        );
    }
}

#[test]
fn a_configuration_comes_first_and_once() {
    with_a_cache! {
        let folder = amorsize_folder();
        Config::new().cache(CacheMode::Write).cache_dir(&folder).install().unwrap();
        assert_eq!(amorsize::cache_dir(), folder);
        let late = Config::new().install().unwrap_err();
        assert!(late.is_config(), "{late}");
        slow::map([LONG; 4]);
        amorsize::flush().unwrap();
        assert_eq!(on_disk().len(), 1);
        fs::remove_dir_all(folder).unwrap();
    }
}

fn amorsize_folder() -> PathBuf {
    PathBuf::from(env::var_os("AMORSIZE_CACHE_DIR").unwrap()).with_extension("other")
}

#[test]
fn no_plan_wants_more_threads_than_there_will_be() {
    with_a_cache! {
        // Over before there is a pool whose threads could be counted.
        slow::map([1; 100]);
        amorsize::flush().unwrap();
        let functions = Store::open(amorsize::cache_dir()).functions().unwrap();
        let plans: Vec<_> = functions.iter().flat_map(|function| &function.plans).collect();
        assert_eq!(plans.len(), 1);
        for plan in plans {
            let most = plan.awake.n_jobs.max(plan.asleep.n_jobs);
            assert!(most <= 2 && plan.pool == 2 && plan.rejected.is_none(), "{plan:?}");
        }
    }
}

/// Two functions of one name and text in one function have one identity.
fn one_of_two(items: [u64; 8], is_other: bool) -> Vec<u64> {
    if is_other {
        #[amorsize::auto]
        fn same(micros: u64) -> u64 {
            super_slow(micros)
        }
        same::map(items)
    } else {
        #[amorsize::auto]
        fn same(micros: u64) -> u64 {
            super_slow(micros)
        }
        same::map(items)
    }
}

fn super_slow(micros: u64) -> u64 {
    slow(micros)
}

#[test]
fn the_counts_of_two_functions_of_one_identity_add_up() {
    with_a_cache! {
        let totals = || Store::open(amorsize::cache_dir()).totals().unwrap();
        for calls in [10, 3, 5] {
            for _ in 0..calls {
                one_of_two([300; 8], false);
            }
            one_of_two([300; 8], true);
            one_of_two([300; 8], true);
            amorsize::flush().unwrap();
        }
        let stats = amorsize::stats();
        assert_eq!((totals().counts.hits, totals().counts.misses), (stats.hits, stats.misses));
        assert_eq!(stats.hits + stats.misses, 24);
        assert_eq!(totals().functions.len(), 1);
    }
}

#[test]
fn strange_files_do_not_stop_the_upkeep() {
    with_a_cache! {
        slow::map([LONG; 4]);
        amorsize::flush().unwrap();
        let folder = amorsize::cache_dir();
        fs::write(folder.join("0123456789abcdef"), "").unwrap();
        fs::remove_dir_all(folder.join("machines")).unwrap();
        fs::write(folder.join("machines"), "").unwrap();
        let store = Store::open(folder);
        assert_eq!(store.functions().unwrap().len(), 1);
        let health = store.verify().unwrap();
        assert!(health.problems.iter().all(|problem| problem.kind == ProblemKind::Foreign), "{health:?}");
        assert_eq!((health.problems.len(), health.score), (2, 90));
        assert_eq!(store.clear(None).unwrap(), 1);
    }
}

#[test]
fn what_is_used_does_not_grow_old() {
    with_a_cache! {
        one_after_the_other(
            || drop(slow::map([LONG; 4])),
            || {
                // What is an hour old, or older, is news with the first call that confirms it.
                let store = Store::open(amorsize::cache_dir());
                let measured = || store.functions().unwrap()[0].plans[0].measured;
                let then = measured() - 7_200;
                restamp("slow", 7_200);
                assert_eq!(measured(), then);
                slow::map([LONG; 4]);
                amorsize::flush().unwrap();
                assert_eq!(amorsize::stats().recalled, 1);
                assert!(measured() > then);
            },
        );
    }
}

/// Has the only plan of a function look as if it had been measured so many seconds earlier.
fn restamp(name: &str, earlier: u64) {
    let functions = Store::open(amorsize::cache_dir()).functions().unwrap();
    let function = functions.iter().find(|function| function.is_called(name)).expect("it has a plan");
    let file = amorsize::cache_dir().join(function.fingerprint.to_string()).join(format!("{}.plans", function.id));
    let measured = function.plans[0].measured;
    let (old, new) = (varint(measured), varint(measured - earlier));
    rewrite(&file, |bytes| {
        let at = bytes.windows(old.len()).position(|window| window == old).expect("it is in there");
        bytes[at..at + old.len()].copy_from_slice(&new);
    });
}

#[test]
fn threads_that_learn_at_once_get_along() {
    with_a_cache! {
        // Each call is long enough to teach something, and short enough that they meet.
        let over = AtomicBool::new(false);
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    while !over.load(Relaxed) {
                        busy::map([100; 8]);
                    }
                });
            }
            for _ in 0..500 {
                amorsize::clear_cache();
                sleep(Duration::from_millis(1));
            }
            over.store(true, Relaxed);
        });
    }
}

#[test]
fn keys_that_no_longer_fit_into_memory_are_kept() {
    with_a_cache! {
        one_after_the_other(
            // Faster than the thread writes them, and more than there is room for.
            || (0..600).for_each(|key| (0..2).for_each(|_| drop(keyed::map([20; 4], key)))),
            || assert_eq!(on_disk(), BTreeMap::from([("keyed".to_owned(), 600)])),
        );
    }
}

#[test]
fn another_pool_is_another_place() {
    with_a_cache! {
        one_after_the_other(
            || drop(slow::map([LONG; 4])),
            || {
                let path = amorsize::cache_dir();
                let mut again = Command::new(env::current_exe().unwrap());
                again.args(env::args_os().skip(1)).env("AMORSIZE_TEST_FIRST", "1").env("RAYON_NUM_THREADS", "3");
                assert!(again.status().unwrap().success());
                let places = Store::open(path).places().unwrap();
                assert_eq!(places.len(), 2);
                let mut pools: Vec<_> = places.iter().map(|place| place.fingerprint.as_ref().unwrap().pool).collect();
                pools.sort_unstable();
                assert_eq!(pools, [2, 3]);
            },
        );
    }
}

#[test]
fn the_folder_stays_within_its_limit() {
    with_a_cache! {
        Config::new().cache(CacheMode::Write).cache_dir(amorsize_folder()).max_size(10_000).install().unwrap();
        for key in 0..30 {
            keyed::map([100; 8], key);
        }
        slow::map([LONG; 4]);
        amorsize::flush().unwrap();
        // The plans of two functions and a machine would take three blocks.
        let health = Store::open(amorsize::cache_dir()).verify().unwrap();
        assert_eq!((health.score, health.problems), (100, vec![]));
        assert!(on_disk().len() < 2 || !amorsize::cache_dir().join("machines").read_dir().unwrap().any(|_| true));
        fs::remove_dir_all(amorsize_folder()).unwrap();
    }
}
