//! `list`, `show` and `stats`.

use std::thread;
use std::time::Duration;

use amorsize_store::clock::unix_seconds;
use amorsize_store::disk::folder::Folder;
use amorsize_store::disk::profiles;
use amorsize_store::id::FunctionId;
use amorsize_store::machine::fingerprint::FingerprintId;
use amorsize_store::profile::{Profile, Span, Thread};
use serde_json::json;

use crate::cache::{Cache, Said};

#[test]
fn the_list_names_functions_and_their_plans() {
    let cache = Cache::learned();
    let out = cache.run(&["list"]).well();
    for part in ["function", "best plan", "::image::score", "::scaled", "here", "3 functions, 6 plans"] {
        assert!(out.contains(part), "{part}: {out}");
    }
    let list = cache.json(0, &["list"]);
    let functions = list["functions"].as_array().unwrap();
    assert_eq!(functions.len(), 3);
    assert_eq!(list["cache_dir"], json!(cache.dir()));
    assert_eq!(list["unusable"], 0);
    let score = functions.iter().find(|it| it["function"].as_str().unwrap().ends_with("text::score")).unwrap();
    assert_eq!(score["id"].as_str().unwrap().len(), 16);
    assert_eq!((&score["here"], score["plans"].as_array().unwrap().len()), (&json!(true), 2));
    assert!(score["hits"].as_u64().unwrap() >= 1 && score["bytes"].as_u64().unwrap() > 50, "{score}");
    let plan = &score["plans"][1];
    assert_eq!((&plan["items"], &plan["size"], &plan["pool"]), (&json!([4096, 8191]), &json!("large"), &json!(2)));
    for number in ["serial_ns", "samples", "measured", "age"] {
        assert!(plan[number].is_number(), "{number}: {plan}");
    }
    for number in ["n_jobs", "chunksize", "expected_ns"] {
        assert!(plan["awake"][number].is_number() && plan["asleep"][number].is_number(), "{number}: {plan}");
    }
    assert_eq!(plan["rejected"], json!(null));
}

#[test]
fn what_cannot_be_used_is_said_and_left_out() {
    let cache = Cache::learned();
    std::fs::write(&cache.plan_files()[0], "nonsense").unwrap();
    let out = cache.run(&["list"]).well();
    assert!(out.contains("2 functions") && out.contains("1 file cannot be used"), "{out}");
    assert_eq!(cache.json(0, &["list"])["unusable"], 1);
}

#[test]
fn a_function_goes_by_several_names() {
    let cache = Cache::learned();
    let id = cache.json(0, &["show", "scaled"])["functions"][0]["id"].as_str().unwrap().to_owned();
    let path = cache.json(0, &["show", "scaled"])["functions"][0]["function"].as_str().unwrap().to_owned();
    // An id may be typed in capitals.
    for name in ["jobs::scaled", &path, &id, &id[..6], &id.to_uppercase(), &id[..6].to_uppercase()] {
        let shown = cache.json(0, &["show", name]);
        assert_eq!((&shown["functions"][0]["id"], shown["functions"].as_array().unwrap().len()), (&json!(id), 1));
    }
    let both = cache.run(&["show", "score"]).well();
    assert!(both.contains("text::score") && both.contains("image::score"), "{both}");
    for name in ["core", "::score::", "", "0"] {
        cache.run(&["show", name]).failed(1);
    }
}

/// A run of 1 ms on two threads.
fn profile(path: &str, taken: u64) -> Profile {
    let caller = Thread::new(vec![Span::chunk(0, 100_000, 10), Span::chunk(110_000, 900_000, 80)]);
    let helper = Thread::new(vec![Span::chunk(300_000, 1_000_000, 70)]);
    Profile::new(path.into(), taken, 160, 1_000_000, Some(100_000), vec![caller, helper])
}

#[test]
fn the_last_profile_of_a_function_is_shown_and_drawn() {
    let cache = Cache::learned();
    let err = cache.run(&["show", "score", "--profile"]).failed(1);
    assert!(err.contains("f::on(..).profile()"), "{err}");
    let folder = Folder::new(cache.dir());
    let (old, new) = (FingerprintId::from_u64(1), FingerprintId::from_u64(2));
    let id = FunctionId::from_u64(0xabcd_ef01_2345_6789);
    profiles::save(&folder, old, id, &profile("crate::text::rank", 1)).unwrap();
    profiles::save(&folder, new, id, &profile("crate::text::rank", unix_seconds())).unwrap();
    for name in ["rank", "text::rank", "ABCDEF0123456789", "abcd"] {
        let out = cache.run(&["show", name, "--profile"]).well();
        for part in ["crate::text::rank", "160 items in 1.00 ms on 2 threads", "helper 1", "It was taken just now."] {
            assert!(out.contains(part), "{part}: {out}");
        }
    }
    assert!(cache.run(&["show", "other", "--profile"]).failed(1).contains("crate::text::rank"));
    let file = cache.dir().join("rank.svg");
    let shown = cache.json(0, &["show", "rank", "--profile", "--svg", file.to_str().unwrap()]);
    assert_eq!((&shown["profile"]["wall_ns"], &shown["profile"]["items"]), (&json!(1_000_000), &json!(160)));
    assert!(std::fs::read_to_string(&file).unwrap().starts_with("<svg"));
    std::fs::remove_file(file).unwrap();
    assert_eq!(cache.json(0, &["verify"])["score"], 100);
    cache.run(&["clear", "--yes"]).well();
    cache.run(&["show", "rank", "--profile"]).failed(1);
}

#[test]
fn every_key_is_shown() {
    let cache = Cache::learned();
    let out = cache.run(&["show", "scaled"]).well();
    for part in ["\nscaled<u8>, key ", "\nscaled<u32>, key ", "512  ", "medium", "samples", "yes", "per item"] {
        assert!(out.contains(part), "{part}: {out}");
    }
    assert_eq!(out.matches("to 1,023").count(), 3, "{out}");
    assert_eq!(out.matches("used here").count(), 3, "a table for each instantiation and key: {out}");
    let plans = &cache.json(0, &["show", "scaled"])["functions"][0]["plans"];
    assert_eq!(
        plans
            .as_array()
            .unwrap()
            .iter()
            .filter(|plan| plan["instantiation"].as_str().unwrap().ends_with("<u32>"))
            .count(),
        2
    );
    assert_eq!(plans[0]["key"].as_str().unwrap().len(), 16);
}

#[test]
fn the_reason_why_a_plan_is_not_used_is_named() {
    let cache = Cache::learned_elsewhere();
    let out = cache.run(&["show", "scaled"]).well();
    assert!(out.contains("this one, pool of 3") && !out.contains("another machine"), "{out}");
    assert!(out.contains("pool is 3 there and 2 here"), "{out}");
    let shown = cache.json(0, &["show", "scaled"]);
    assert_eq!(shown["functions"][0]["here"], json!(false));
    assert_eq!(shown["functions"][0]["plans"][0]["rejected"], "fingerprint");
    assert_eq!(shown["places"][0]["differences"], json!([{ "part": "pool", "there": "3", "here": "2" }]));
    assert_eq!(shown["places"][0]["same_machine"], json!(true));
    let listed = cache.run(&["list"]).well();
    assert!(listed.contains("pool of 3, debug") && !listed.contains("here"), "{listed}");

    let cache = Cache::learned();
    thread::sleep(Duration::from_millis(1100));
    let out = Said::of(cache.command(&["show", "scaled"]).env("AMORSIZE_TTL", "0s").output().unwrap()).well();
    assert!(out.contains("no\n") || out.contains("no,"), "{out}");
    let words = out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        words.contains("expired: it was last measured too long ago: such plans are believed for 0 seconds"),
        "{out}"
    );
}

#[test]
fn an_unknown_function_is_a_problem_with_a_hint() {
    let cache = Cache::learned();
    let err = cache.run(&["show", "scale"]).failed(1);
    assert!(err.contains("did you mean") && err.contains("jobs::scaled"), "{err}");
    let err = cache.run(&["show", "other"]).failed(1);
    assert!(err.contains("`amorsize list`"), "{err}");
    assert!(cache.json(1, &["show", "other"])["error"].as_str().unwrap().contains("\"other\""));
}

#[test]
fn what_a_file_says_moves_no_cursor() {
    let err = Cache::learned().run(&["show", "\x1b[2J"]).failed(1);
    assert!(!err.contains('\x1b'), "{err:?}");
}

#[test]
fn counts_outlive_the_process() {
    let cache = Cache::learned();
    let out = cache.run(&["stats"]).well();
    for part in ["hits", "misses", "time saved", "1 process", "jobs::scaled"] {
        assert!(out.contains(part), "{part}: {out}");
    }
    let stats = cache.json(0, &["stats"]);
    let [processes, hits, misses, errors] =
        ["processes", "hits", "misses", "errors"].map(|n| stats[n].as_u64().unwrap());
    assert_eq!((processes, hits + misses, errors), (1, 3018, 0), "{stats}");
    assert!(hits > 0 && misses >= 6, "{stats}");
    let rate = 100.0 * hits as f64 / 3018.0;
    assert!((stats["hit_rate_percent"].as_f64().unwrap() - rate).abs() < 1e-9, "{stats}");
    assert!(stats["saved_ns"].is_i64() && stats["rejected"].is_object(), "{stats}");
    assert_eq!(stats["functions"].as_array().unwrap().len(), 3);
}

#[test]
fn nothing_is_no_error() {
    let cache = Cache::none();
    for (command, says) in [("list", "Nothing is remembered yet in"), ("stats", "Nothing has been counted yet in")] {
        assert!(cache.run(&[command]).well().contains(says));
    }
    assert_eq!(cache.json(0, &["list"])["functions"], json!([]));
    assert_eq!(cache.json(0, &["stats"])["hit_rate_percent"], json!(null));
    assert!(cache.run(&["show", "score"]).failed(1).contains("othing is remembered yet"));
    assert!(!cache.dir().exists(), "looking makes nothing");
}
