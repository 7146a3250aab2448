//! `AMORSIZE_LEARN=off`: plans are used as they are, and nothing is learned.

use std::fs;
use std::path::PathBuf;

use crate::cache::Cache;

const FROZEN: &[(&str, &str)] = &[("AMORSIZE_LEARN", "off")];

/// The files that plans are in, and what they hold.
fn contents(cache: &Cache) -> Vec<(PathBuf, Vec<u8>)> {
    cache.plan_files().into_iter().map(|path| (path.clone(), fs::read(path).unwrap())).collect()
}

#[test]
fn plans_are_used_and_stay_as_they_are() {
    let cache = Cache::with_a_plan();
    let before = contents(&cache);
    let said = cache.run_in(FROZEN, &["calls=5", "flush="]);
    assert!(said.is_fine() && said.count("failed") == 0, "{said:?}");
    let counts = ["hits", "recalled", "misses", "entries"].map(|name| said.count(name));
    assert_eq!(counts, [5, 1, 0, 1], "{said:?}");
    assert!(said.answer() == cache.run(&["calls=5"]).answer());
    assert_ne!(contents(&cache), before, "those who learn add to them");
    let after = contents(&cache);
    cache.run_in(FROZEN, &["calls=2", "spin=200,1000,50"]);
    assert_eq!(contents(&cache), after);
    assert!(cache.store().totals().unwrap().counts.hits >= 7, "what is counted is written");
}

#[test]
fn a_call_without_a_plan_goes_by_its_items_every_time() {
    let cache = Cache::new();
    let said = cache.run_in(FROZEN, &["calls=4", "flush="]);
    assert!(said.is_fine(), "{said:?}");
    assert_eq!(["hits", "misses", "entries"].map(|name| said.count(name)), [0, 4, 0], "{said:?}");
    assert_eq!(contents(&cache), []);
    assert_eq!(said.answer(), cache.run(&["calls=4"]).answer());
}

#[test]
fn short_calls_find_their_plans_too() {
    let cache = Cache::new();
    assert!(cache.run(&["spin=20,1000,50,5"]).is_fine());
    let before = contents(&cache);
    let run = || {
        let said = cache.run_in(FROZEN, &["spin=20,1000,6,100"]);
        assert_eq!((said.count("errors"), &contents(&cache)), (0, &before), "{said:?}");
        said.count("recalled") == 1 && said.count("hits") >= 3
    };
    // On a busy machine items may take three times as long as those that the plan was learned from: then it is rejected.
    assert!((0..10).any(|_| run()));
}

#[test]
fn a_plan_that_was_rejected_is_not_used_by_the_next_call() {
    let cache = Cache::new();
    assert!(cache.run(&["spin=2000,100,8"]).is_fine());
    // The same number of items, each fifty times as heavy.
    let said = cache.run_in(FROZEN, &["spin=100000,100,3"]);
    let counts = ["hits", "recalled", "misses"].map(|name| said.count(name));
    assert!(counts == [0, 0, 3] && said.count("time_bucket") == 3, "{said:?}");
}
