//! Programs that live for a short time, are forked, or meet other data than the last time.

#[cfg(target_os = "linux")]
use std::path::Path;
#[cfg(target_os = "linux")]
use std::process::Command;

use crate::cache::Cache;
use crate::children::Said;

/// Rounds, items, calls: some 40 us a call here, which is a plain loop on any machine.
const LIGHT: &str = "spin=20,100,60";
/// The same items, 150 times heavier.
const HEAVY: &str = "spin=3000,100,";

/// What the plain loop is believed to take after a row of calls, ns: the `nth` of them.
fn believed(said: &Said, nth: usize) -> u64 {
    let lines = said.out.lines().filter_map(|line| line.strip_prefix("believed="));
    lines.map(|number| number.parse().expect("a number")).nth(nth).expect("there were so many")
}

fn samples(cache: &Cache) -> u64 {
    let functions = cache.store().functions().unwrap();
    functions.iter().flat_map(|function| &function.plans).map(|plan| plan.samples).max().unwrap_or(0)
}

/// What the plain loop takes by what is on disk, ns an item.
fn cost(cache: &Cache) -> f64 {
    cache.store().functions().unwrap()[0].plans[0].serial_ns
}

/// Whether what 300 calls have learned survives three processes of one call, and grows by those of a later one.
fn is_kept_and_added_to() -> bool {
    let cache = Cache::new();
    let spin = |calls: u32, more: &str| {
        assert!(cache.run(&[&format!("spin=20,1000,{calls}{more}")]).is_fine());
        samples(&cache)
    };
    let before = spin(300, "");
    before > 20 && (0..3).all(|_| spin(1, "") >= before) && spin(100, ",5") > before
}

#[test]
fn one_call_does_not_erase_what_many_have_learned() {
    // On a busy machine items may seem to take three times as long as before, which is a reason to learn anew.
    assert!((0..4).any(|_| is_kept_and_added_to()));
}

#[test]
fn short_calls_use_what_is_known_from_the_third_on() {
    let cache = Cache::new();
    let spin = |calls: u32| cache.run(&[&format!("spin=20,1000,{calls},100")]);
    assert!(spin(20).is_fine());
    let said = spin(3);
    assert_eq!((said.count("hits") + said.count("misses"), said.count("recalled")), (3, 1), "{said:?}");
    assert!(said.count("errors") == 0, "{said:?}");
}

/// What went wrong where a program meets items 150 times as heavy as those that its plan was made for.
fn lighter_plan_is_believed() -> Option<String> {
    let cache = Cache::new();
    let light = cache.run(&[LIGHT]);
    assert!(light.is_fine());
    for _ in 0..3 {
        // The only call of a process goes by its own items.
        let said = cache.run(&[&format!("{HEAVY}1")]);
        let goes_by_its_own = said.count("recalled") == 0 && believed(&said, 0) > 20 * believed(&light, 0);
        if !said.is_fine() || !goes_by_its_own {
            return Some(format!("{said:?} after {light:?}"));
        }
    }
    let before = cost(&cache);
    let said = cache.run(&[&format!("{HEAVY}40")]);
    if believed(&said, 0) < 20 * believed(&light, 0) || cost(&cache) < 20.0 * before {
        return Some(format!("{said:?}, {} after {light:?}, {before}", cost(&cache)));
    }
    // What was learned since is used.
    let next = cache.run(&[&format!("{HEAVY}1")]);
    (next.count("recalled") != 1).then(|| format!("{next:?}"))
}

#[test]
fn a_plan_for_lighter_items_is_not_believed() {
    // On a busy machine light items may seem to be heavy.
    let faults: Vec<_> = (0..3).map_while(|_| lighter_plan_is_believed()).collect();
    assert!(faults.len() < 3, "{faults:?}");
}

#[test]
fn items_that_become_heavier_are_noticed_within_three_calls() {
    // On a busy machine helpers that come late may hide one of the three calls.
    let said: Vec<_> = (0..4).map(|_| Cache::new().run(&[LIGHT, &format!("{HEAVY}3")])).collect();
    let noticed = said.iter().filter(|said| believed(said, 1) > 20 * believed(said, 0)).count();
    assert!(noticed >= 3, "{said:?}");
}

#[cfg(unix)]
#[test]
fn children_count_nothing_of_their_parents() {
    let cache = Cache::new();
    let said = cache.run(&["spin=20,100,1000", "flush=", "spin=20,100,10", "fork=5"]);
    assert!(said.is_fine() && said.count("failed") == 0, "{said:?}");
    let totals = cache.store().totals().unwrap();
    assert_eq!((totals.counts.hits, totals.counts.misses), (said.count("hits"), said.count("misses")));
    assert_eq!(totals.counts.hits + totals.counts.misses, 1010);
}

/// A lock that another thread held is locked for ever in a child, and the pool of its parent answers no more.
#[cfg(unix)]
#[test]
fn children_of_a_busy_process_end() {
    for environment in [&[][..], &[("AMORSIZE", "off")]] {
        let said = Cache::new().run_in(environment, &["calls=1", "fork-busy=40"]);
        assert!(said.is_fine() && said.out.contains("ended=40\n"), "{said:?}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_plugin_is_unloaded_while_its_threads_start() {
    let plugin = Path::new(env!("CARGO_BIN_EXE_child")).with_file_name("examples").join("libplugin.so");
    if !plugin.exists() {
        // Not all tests were built, but only these.
        let mut cargo = Command::new(env!("CARGO"));
        let built = cargo.args(["build", "--quiet", "--package", "amorsize-tests", "--example", "plugin"]).status();
        assert!(built.unwrap().success() && plugin.exists(), "there is no {}", plugin.display());
    }
    for _ in 0..3 {
        let said = Cache::new().run(&[&format!("plugin={}", plugin.display()), "calls=1"]);
        assert!(said.is_fine() && said.out.contains("loaded and unloaded"), "{said:?}");
    }
}
