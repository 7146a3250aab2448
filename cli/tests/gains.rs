//! What is said of gains and of plans: measured or predicted, usable or not.

use amorsize_store::record::evidence::Arm;
use serde_json::json;

use crate::cache::{Cache, Said};
use crate::made::{counts, function, measured_awake, predicted};

/// What is said in so many columns.
#[track_caller]
fn at(columns: &str, words: &[&str], cache: &Cache) -> String {
    Said::of(cache.command(words).env("COLUMNS", columns).output().unwrap()).well()
}

/// The first plan of the only function.
fn plan(cache: &Cache, name: &str) -> serde_json::Value {
    cache.json(0, &["show", name])["functions"][0]["plans"][0].clone()
}

#[test]
fn what_nobody_measured_is_called_predicted() {
    let cache = Cache::of([function(1, "crate::f", vec![predicted()])]);
    assert!(at("100", &["list"], &cache).contains("n_jobs=2, 2.00x predicted"));
    let shown = cache.run(&["show", "f"]).well();
    assert!(shown.contains("50.0 ns predicted") && shown.contains("2.00x predicted"), "{shown}");
    assert!(shown.contains("estimated") && !shown.contains("measured"), "{shown}");
    let plan = plan(&cache, "f");
    assert_eq!((&plan["serial_basis"], &plan["awake"]["basis"]), (&json!("predicted"), &json!("predicted")));
    assert_eq!((&plan["asleep"]["gain"], &plan["asleep"]["gain_basis"]), (&json!(2.0), &json!("predicted")));
}

#[test]
fn a_gain_over_a_plain_loop_that_nobody_measured_is_predicted() {
    let mut entry = measured_awake(80.0);
    entry.evidence.serial = None;
    let cache = Cache::of([function(1, "crate::f", vec![entry])]);
    assert!(at("100", &["list"], &cache).contains("n_jobs=2, 1.25x predicted"));
    let shown = cache.run(&["show", "f"]).well();
    assert!(shown.contains("80.0 ns measured") && shown.contains("1.25x predicted"), "{shown}");
}

#[test]
fn what_was_measured_is_preferred_to_what_is_predicted() {
    // Of another size of input 2.00x is predicted, and of this one while the pool sleeps.
    let cache = Cache::of([function(1, "crate::f", vec![measured_awake(80.0), predicted()])]);
    let listed = at("100", &["list"], &cache);
    assert!(listed.contains("n_jobs=2, 1.25x ") && !listed.contains("predicted"), "{listed}");
    let shown = cache.run(&["show", "f"]).well();
    assert!(shown.contains("1.25x measured") && shown.contains("while awake"), "{shown}");
    let plan = plan(&cache, "f");
    let basis = |which: &str| (plan[which]["basis"].clone(), plan[which]["expected_ns"].clone());
    assert_eq!(basis("awake"), (json!("measured"), json!(80.0)));
    assert_eq!(basis("asleep"), (json!("measured_at_other"), json!(80.0)));
    assert_eq!(plan["serial_basis"], "measured");
}

#[test]
fn items_that_wait_are_named_and_what_to_do_about_them() {
    let mut entry = measured_awake(80.0);
    entry.evidence.cpu = Some(12.0);
    let mut with_option = entry.clone();
    (with_option.key.blocking, with_option.awake.n_jobs, with_option.pool) = (true, 64, 64);
    let mut counted = counts(1, "crate::f", 100, 5);
    (counted.counts.shared, counted.counts.serial_ns, counted.counts.wall_ns) = (10, 200_000_000, 100_000_000);
    let cache = Cache::counting(function(1, "crate::f", vec![entry.clone()]), counted.clone());
    let advice = "An item waits for 88.0% of its time";
    let shown = at("200", &["show", "f"], &cache);
    assert!(shown.contains("waits 88%") && shown.contains(advice) && shown.contains("option `blocking`"), "{shown}");
    assert!(at("200", &["stats"], &cache).contains(advice));
    assert_eq!(cache.json(0, &["stats"])["recommendations"][0]["kind"], "waiting");
    assert_eq!(plan(&cache, "f")["blocking"], false);
    assert_eq!(format!("{:.2}", plan(&cache, "f")["blocking_share"].as_f64().unwrap()), "0.88");
    // Whoever has done it is not told again, although the plans from before are still there.
    let mut both = function(1, "crate::f", vec![entry, with_option]);
    both.entries[1].key.bucket = 10;
    let cache = Cache::counting(both, counted);
    let shown = at("200", &["show", "f"], &cache);
    assert!(!shown.contains(advice) && shown.contains("with the option blocking"), "{shown}");
    assert!(shown.contains("n_jobs=64") && !shown.contains("bounds"), "{shown}");
    assert!(!at("200", &["stats"], &cache).contains(advice));
}

#[test]
fn a_loss_is_not_the_best_plan() {
    let mut asleep_plain = measured_awake(125.0);
    asleep_plain.asleep.n_jobs = 1;
    let cache = Cache::of([function(1, "crate::f", vec![asleep_plain.clone()])]);
    assert!(cache.run(&["list"]).well().contains("plain loop"));
    let cache = Cache::of([function(1, "crate::f", vec![asleep_plain, predicted()])]);
    assert!(at("100", &["list"], &cache).contains("2.00x predicted"));
    let cache = Cache::of([function(1, "crate::f", vec![measured_awake(125.0)])]);
    assert!(at("100", &["list"], &cache).contains("n_jobs=2, 0.80x"), "there is no other");
}

#[test]
fn expired_plans_are_not_shown_as_usable() {
    let old = |mut entry: amorsize_store::record::entry::Entry| {
        entry.measured -= 8 * 86_400;
        entry
    };
    let here = [
        function(1, "crate::old", vec![old(measured_awake(50.0))]),
        function(2, "crate::both", vec![old(measured_awake(50.0)), measured_awake(80.0)]),
    ];
    let cache = Cache::of(here.clone());
    let listed = cache.run(&["list"]).well();
    assert!(listed.contains("expired") && listed.contains("1.25x") && !listed.contains("2.00x"), "{listed}");
    assert!(listed.contains("3 plans (2 expired)"), "{listed}");
    let shown = cache.run(&["show", "old"]).well();
    assert!(shown.contains("such plans are believed for 7 days"), "{shown}");
    let elsewhere = Cache::of_elsewhere(here);
    assert!(elsewhere.run(&["list"]).well().contains("expired"));
    let shown = elsewhere.run(&["show", "old"]).well();
    assert!(shown.contains("fingerprint: it belongs to another machine") && shown.contains("expired: "), "{shown}");
    let plan = plan(&elsewhere, "old");
    assert_eq!((&plan["rejected"], &plan["expired"]), (&json!("fingerprint"), &json!(true)));
    // As a card, too.
    let narrow = at("40", &["show", "old"], &cache);
    assert!(narrow.contains("\nitems 1,024 to 2,047 "), "{narrow}");
    assert!(narrow.contains("no, expired") && !narrow.contains("no:"), "{narrow}");
}

#[test]
fn versions_of_a_function_are_told_apart() {
    let versions = || [0xaaaa, 0xbbbb].map(|id| id << 48);
    let cache = Cache::of(versions().map(|id| function(id, "crate::f", vec![predicted()])));
    for columns in ["40", "60", "80", "120"] {
        let listed = at(columns, &["list"], &cache);
        assert!(listed.contains("aaaa0000") && listed.contains("bbbb0000"), "{columns}: {listed}");
    }
    let counted = Cache::counted(versions().map(|id| counts(id, "crate::f", 1, 1)).into());
    for columns in ["40", "60", "80"] {
        let stats = at(columns, &["stats"], &counted);
        assert!(stats.contains("aaaa0000") && stats.contains("bbbb0000"), "{columns}: {stats}");
    }
}

#[test]
fn the_list_is_filtered_sorted_and_cut() {
    let cache = Cache::of([
        function(0xaa << 56, "one::alpha", vec![predicted(), predicted()]),
        function(0xbb << 56, "one::beta", vec![measured_awake(80.0)]),
        function(0xcc << 56, "two::gamma", vec![measured_awake(50.0)]),
    ]);
    let listed = |words: &[&str]| {
        let list = cache.json(0, &[&["list"], words].concat());
        let names = list["functions"].as_array().unwrap().iter();
        let names: Vec<_> =
            names.map(|it| it["function"].as_str().unwrap().rsplit("::").next().unwrap().to_owned()).collect();
        (names.join(" "), list["matching"].as_u64().unwrap())
    };
    assert_eq!(listed(&[]), ("alpha beta gamma".into(), 3));
    assert_eq!(listed(&["ONE::"]), ("alpha beta".into(), 2));
    assert_eq!(listed(&["cc0"]), ("gamma".into(), 1));
    assert_eq!(listed(&["--sort", "gain"]).0, "gamma beta alpha", "predictions last");
    assert_eq!(listed(&["--sort", "size"]).0.split(' ').count(), 3);
    assert_eq!(listed(&["--sort", "hits", "--limit", "2"]), ("alpha beta".into(), 3));
    assert_eq!(listed(&["--sort", "used"]).1, 3);
    assert_eq!(listed(&["nothing"]), (String::new(), 0));
    let said = cache.run(&["list", "--limit", "1"]).well();
    assert!(said.contains("1 function, 2 plans") && said.contains("2 more rows left out by --limit"), "{said}");
    assert!(cache.run(&["list", "nothing"]).well().contains("No function has \"nothing\" in its path"));
    cache.run(&["list", "--sort", "luck"]).failed(2);
}

#[test]
fn only_the_ten_that_saved_most_are_shown() {
    let counts = (1..=12).map(|n| counts(n, &format!("crate::f{n}_"), 10_000, n.cast_signed()));
    let cache = Cache::counted(counts.collect());
    let stats = cache.run(&["stats"]).well();
    assert!(stats.contains("f12_") && stats.contains("f3_") && !stats.contains("f2_"), "{stats}");
    assert!(stats.contains("And 2 functions that saved less: `amorsize stats --all`"), "{stats}");
    assert!(stats.contains("0 B of 64 MiB"), "{stats}");
    let all = cache.run(&["stats", "--all"]).well();
    assert!(all.contains("f1_") && !all.contains("--all"), "{all}");
    let json = cache.json(0, &["stats"]);
    assert_eq!(json["functions"].as_array().unwrap().len(), 12);
    assert_eq!((&json["disk_usage"], &json["max_size"]), (&json!(0), &json!(64 << 20)));
}

#[test]
fn almost_all_is_not_all() {
    let mut one = counts(1, "crate::f", 9997, 1);
    one.counts.misses = 3;
    let stats = Cache::counted(vec![one]).run(&["stats"]).well();
    assert!(stats.contains(">99.9%") && !stats.contains("100"), "{stats}");
}

#[test]
fn wide_characters_fit() {
    let path = "文字列::処理::長い名前の関数を計算する";
    let cache = Cache::of([function(1, path, vec![predicted()])]);
    for columns in [40usize, 60, 80, 120] {
        for words in [&["list", "--cache-dir", "cache"] as &[&str], &["show", path, "--cache-dir", "cache"]] {
            let out = at(&columns.to_string(), words, &cache);
            let columns = columns.max(cache.dir().display().to_string().len() + 1);
            let wide = out.lines().find(|line| unicode_width::UnicodeWidthStr::width(*line) > columns);
            assert_eq!(wide, None, "{words:?} at {columns}: {out}");
        }
    }
}

#[test]
fn what_was_tried_is_shown_as_a_table_and_a_chart() {
    let mut entry = measured_awake(60.0);
    entry.evidence.shared[1].arms.push(Arm { n_jobs: 4, cost: 25.0, count: 3 });
    entry.evidence.shared[0].arms = vec![Arm { n_jobs: 4, cost: 75.0, count: 1 }];
    let cache = Cache::of([function(1, "crate::f", vec![entry, predicted()])]);
    let shown = at("120", &["show", "f"], &cache);
    let row = |n: &str| {
        shown.lines().find(|line| line.contains(n) && line.contains('█')).unwrap_or_else(|| panic!("{shown}"))
    };
    assert!(row("plain loop").contains("100 ns, 3 calls"), "{shown}");
    let four = row("n_jobs=4");
    assert!(four.contains("25.0 ns, 3 calls") && four.contains("75.0 ns, 1 call"), "{shown}");
    let length = |row: &str| row.matches('█').count();
    assert_eq!((length(row("plain loop")), length(four)), (24, 6), "{shown}");
    assert_eq!(shown.matches('█').count(), 24 + 6 + 14, "{shown}");
    // Without room there are cards without a chart.
    assert!(at("40", &["show", "f"], &cache).contains("25.0 ns, 3 calls"));
    let tried = &plan(&cache, "f")["tried"];
    assert_eq!(tried[2], json!({"n_jobs": 4, "awake": {"ns": 25.0, "calls": 3}, "asleep": {"ns": 75.0, "calls": 1}}));
    assert_eq!(tried[1]["asleep"], json!(null));
}
