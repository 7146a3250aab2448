//! `check`: what a pull request that changes an export is told.

use serde_json::{Value, json};

use crate::cache::Cache;
use crate::made::{function, measured_awake, predicted};

/// The export of a folder with these plans of `text::score` and `text::words`, of ids that move with the code.
fn exported(id: u64, score: f32, words: f32) -> (Cache, String) {
    let plans = |cost: f32| vec![measured_awake(cost), predicted()];
    let functions = [function(id, "text::score", plans(score)), function(id + 1, "text::words", plans(words))];
    let cache = Cache::of(functions);
    cache.run(&["export", "plans"]).well();
    let file = cache.beside("plans").display().to_string();
    (cache, file)
}

#[test]
fn what_has_its_plans_is_fine() {
    let (cache, file) = exported(7, 60.0, 60.0);
    let said = cache.run(&["check", &file]).well();
    assert!(said.contains("Nothing is missing") && said.contains("2 functions in"), "{said}");
    let (_other, before) = exported(100, 55.0, 90.0);
    let check = cache.json(0, &["check", &file, "--baseline", &before]);
    assert_eq!((&check["compared"], &check["not_compared"]), (&json!(4), &json!(0)), "{check}");
}

#[test]
fn a_plan_that_became_slower_is_named() {
    let ((cache, file), (_other, before)) = (exported(7, 60.0, 60.0), exported(100, 60.0, 40.0));
    let said = cache.run(&["check", &file, "--baseline", &before]);
    assert_eq!(said.code, 1, "{said:?}");
    for part in [
        "text::words, 1,024 to 2,047 items",
        "60.0 ns an item",
        "40.0 ns in the baseline",
        "1.50x",
        "Slower than the baseline: 1 plan",
    ] {
        assert!(said.out.split_whitespace().collect::<Vec<_>>().join(" ").contains(part), "{part}: {said:?}");
    }
    assert!(!said.out.contains("text::score"), "{said:?}");
    let slower = cache.json(1, &["check", &file, "--baseline", &before])["slower"].clone();
    assert_eq!((&slower[0]["function"], &slower[0]["ratio"]), (&json!("text::words"), &json!(1.5)), "{slower}");
    cache.run(&["check", &file, "--baseline", &before, "--factor", "1.6"]).well();
    for factor in ["0.5", "many", "NaN", "-1"] {
        cache.run(&["check", &file, "--baseline", &before, &format!("--factor={factor}")]).failed(2);
    }
}

#[test]
fn a_function_without_a_plan_for_this_machine_is_named() {
    let elsewhere = Cache::of_elsewhere([function(7, "text::score", vec![predicted()])]);
    elsewhere.run(&["export", "plans"]).well();
    let file = elsewhere.beside("plans").display().to_string();
    let said = elsewhere.run(&["check", &file]);
    assert!(said.code == 1 && said.out.contains("text::score: plans for another machine or build"), "{said:?}");
    let (cache, here) = exported(7, 60.0, 60.0);
    cache.run(&["check", &here, "--build", "release"]).well();
    assert_eq!(cache.json(1, &["check", &here, "--build", "debug"])["missing"].as_array().unwrap().len(), 2);
    // One that the baseline has.
    cache.run(&["export", "fewer", "--for", "score"]).well();
    let check = cache.json(1, &["check", "fewer", "--baseline", &here]);
    assert_eq!(check["missing"], json!([{ "function": "text::words", "elsewhere": 0, "gone": true }]));
    assert_eq!((&check["compared"], &check["not_compared"]), (&json!(2), &json!(2)));
    assert_eq!(why_not(&check), [2, 0, 0]);
    let said = cache.run(&["check", "fewer", "--baseline", &here]).out;
    assert!(said.contains("2 plans of the baseline not compared: 2 without a counterpart in the file."), "{said}");
}

/// How many plans of the baseline have no counterpart, are of other machines, or were measured in one file only.
#[track_caller]
fn why_not(check: &Value) -> [u64; 3] {
    ["no_counterpart", "elsewhere", "measured_in_one"].map(|why| check["not_compared_why"][why].as_u64().unwrap())
}

#[test]
fn what_cannot_be_compared_is_not_counted_as_compared() {
    let cache = Cache::of([function(7, "text::score", vec![measured_awake(60.0), predicted()])]);
    cache.run(&["export", "plans"]).well();
    // Each size of input is measured in one of them, and predicted in the other.
    let other = Cache::of([function(7, "text::score", vec![predicted(), measured_awake(60.0)])]);
    other.run(&["export", "plans"]).well();
    let check = cache.json(0, &["check", "plans", "--baseline", other.beside("plans").to_str().unwrap()]);
    assert_eq!((&check["compared"], &check["not_compared"], why_not(&check)), (&json!(0), &json!(2), [0, 0, 2]));
    // Of another machine.
    let elsewhere = Cache::of_elsewhere([function(7, "text::score", vec![predicted()])]);
    elsewhere.run(&["export", "plans"]).well();
    let check = cache.json(0, &["check", "plans", "--baseline", elsewhere.beside("plans").to_str().unwrap()]);
    assert_eq!((&check["compared"], &check["not_compared"], why_not(&check)), (&json!(0), &json!(1), [0, 1, 0]));
}

#[test]
fn a_file_that_cannot_be_read_is_refused() {
    let cache = Cache::none();
    cache.put("nonsense", b"nonsense");
    let nonsense = cache.dir().join("nonsense").display().to_string();
    assert!(cache.run(&["check", &nonsense]).failed(1).contains("damaged"));
    cache.run(&["check", "no such file"]).failed(1);
}

#[cfg(unix)]
#[test]
fn nobody_waits_for_a_pipe() {
    let (cache, file) = exported(7, 60.0, 60.0);
    let pipe = cache.beside("pipe").display().to_string();
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    for arguments in [&["import", &pipe][..], &["check", &pipe], &["check", &file, "--baseline", &pipe]] {
        let said = cache.run(arguments).failed(1);
        assert!(said.contains("it is no file"), "{arguments:?}: {said}");
    }
}
