//! What a program may do with what is remembered.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread::{self, sleep};
use std::time::Duration;

use amorsize::store::{ProblemKind, Rejection, Store};
use amorsize::{CacheMode, Config, Merge};

use crate::cache::{one_after_the_other, with_a_cache};
use crate::faults::{rewrite, varint};

/// Microseconds that put an item into the last time bucket, which no busy machine can drive it out of.
pub(crate) const LONG: u64 = 110_000;

#[amorsize::auto]
pub(crate) fn slow(micros: u64) -> u64 {
    sleep(Duration::from_micros(micros));
    micros
}

#[amorsize::auto(key(key))]
pub(crate) fn keyed(micros: u64, key: u64) -> u64 {
    sleep(Duration::from_micros(micros));
    key
}

#[amorsize::auto]
fn busy(rounds: u64) -> u64 {
    (0..100 * rounds).fold(rounds, |x, i| x.rotate_left(7) ^ i)
}

#[amorsize::auto(ttl = "1h")]
fn believing(micros: u64) -> u64 {
    sleep(Duration::from_micros(micros));
    micros
}

/// How many plans each function has on disk.
pub(crate) fn on_disk() -> BTreeMap<String, usize> {
    let functions = Store::open(amorsize::cache_dir()).functions().unwrap();
    let name = |path: &str| path.rsplit("::").next().unwrap().to_owned();
    functions.into_iter().map(|function| (name(&function.function), function.plans.len())).collect()
}

#[test]
fn to_clear_forgets_this_program_and_no_other() {
    with_a_cache(|| {
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
                believing::map([LONG; 4]);
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
    });
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
    with_a_cache(|| {
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
    });
}

#[test]
fn what_is_old_is_pruned_and_a_function_may_believe_longer() {
    with_a_cache(|| {
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
    });
}

#[test]
fn a_configuration_comes_first_and_once() {
    with_a_cache(|| {
        let folder = amorsize_folder();
        Config::new().cache(CacheMode::Write).cache_dir(&folder).install().unwrap();
        assert_eq!(amorsize::cache_dir(), folder);
        let late = Config::new().install().unwrap_err();
        assert!(late.is_config(), "{late}");
        slow::map([LONG; 4]);
        amorsize::flush().unwrap();
        assert_eq!(on_disk().len(), 1);
        fs::remove_dir_all(folder).unwrap();
    });
}

fn amorsize_folder() -> PathBuf {
    PathBuf::from(env::var_os("AMORSIZE_CACHE_DIR").unwrap()).with_extension("other")
}

#[test]
fn no_plan_wants_more_threads_than_there_will_be() {
    with_a_cache(|| {
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
    });
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
    with_a_cache(|| {
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
    });
}

#[test]
fn strange_files_do_not_stop_the_upkeep() {
    with_a_cache(|| {
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
    });
}

#[test]
fn what_is_used_does_not_grow_old() {
    with_a_cache(|| {
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
    });
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
    with_a_cache(|| {
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
    });
}

#[test]
fn the_folder_stays_within_its_limit() {
    with_a_cache(|| {
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
    });
}
