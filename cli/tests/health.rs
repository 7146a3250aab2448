//! `verify`, `repair` and `doctor`.

use std::fs;

use serde_json::{Value, json};

use crate::cache::{Cache, Said};

fn troubles(answer: &Value) -> Vec<&str> {
    answer.as_array().unwrap().iter().map(|problem| problem["trouble"].as_str().unwrap()).collect()
}

#[test]
fn what_is_as_it_should_be_is_healthy() {
    for cache in [Cache::none(), Cache::learned(), Cache::learned_elsewhere()] {
        assert!(cache.run(&["verify"]).well().contains("100 of 100"));
        assert!(cache.run(&["repair"]).well().contains("Nothing is wrong"));
        assert!(cache.run(&["repair", "--apply"]).well().contains("Nothing is wrong"));
    }
    let health = Cache::learned().json(0, &["verify"]);
    assert_eq!((&health["score"], &health["plans"], &health["problems"]), (&json!(100), &json!(6), &json!([])));
}

#[test]
fn damage_is_found_and_repaired() {
    let cache = Cache::learned();
    let damaged = cache.plan_files().remove(0);
    fs::write(&damaged, "nonsense").unwrap();
    cache.put("notes.txt", b"mine");

    let said = cache.run(&["verify"]);
    assert_eq!((said.code, said.err.as_str()), (1, ""));
    for part in ["damaged", "notes.txt", "2 problems", "repair --apply", "remove it"] {
        assert!(said.out.contains(part), "{part}: {}", said.out);
    }
    let health = cache.json(1, &["verify"]);
    assert!(health["score"].as_u64().unwrap() < 90, "{health}");
    assert_eq!(troubles(&health["problems"]), ["damaged", "foreign"]);
    assert_eq!(health["problems"][0]["path"], json!(damaged));

    let rehearsed = cache.json(1, &["repair"]);
    assert_eq!(rehearsed["applied"], json!(false));
    assert!(damaged.exists(), "nothing is done without --apply");
    assert!(cache.run(&["repair"]).out.contains("Nothing was changed"));

    let repaired = cache.json(1, &["repair", "--apply"]);
    assert_eq!((troubles(&repaired["mended"]), troubles(&repaired["left"])), (vec!["damaged"], vec!["foreign"]));
    assert!(!damaged.exists() && cache.dir().join("notes.txt").exists());
    fs::remove_file(cache.dir().join("notes.txt")).unwrap();
    cache.run(&["verify"]).well();
}

#[test]
fn many_problems_of_a_kind_are_summed_up() {
    let cache = Cache::learned();
    for n in 10..36 {
        cache.put(format!("note {n}"), b"mine");
    }
    let out = cache.run(&["verify"]).out;
    assert!(out.contains("note 29") && !out.contains("note 30"), "{out}");
    assert!(out.contains("and 6 more") && out.contains("26 problems"), "{out}");
    let out = cache.run(&["verify", "--limit", "3"]).out;
    assert!(out.contains("note 12") && !out.contains("note 13") && out.contains("and 23 more"), "{out}");
    let all = cache.json(1, &["verify"]);
    assert_eq!((troubles(&all["problems"]).len(), &all["found"]), (26, &json!({ "foreign": 26 })));
    let some = cache.json(1, &["verify", "--limit", "3"]);
    assert_eq!((troubles(&some["problems"]).len(), &some["found"]), (3, &json!({ "foreign": 26 })));
    assert!(cache.run(&["repair"]).out.contains("and 6 more"));
}

#[test]
fn what_is_not_repaired_says_why() {
    let cache = Cache::learned();
    cache.put("notes.txt", b"mine");
    let repaired = cache.json(1, &["repair", "--apply"]);
    assert!(repaired["left"][0]["not_repaired"].as_str().unwrap().contains("person"), "{repaired}");
    assert!(cache.run(&["repair", "--apply"]).out.contains("why not"));
}

#[cfg(unix)]
#[test]
fn what_the_system_does_not_let_us_repair_says_why() {
    use std::os::unix::fs::PermissionsExt;

    let cache = Cache::learned();
    let damaged = cache.plan_files().remove(0);
    fs::write(&damaged, "nonsense").unwrap();
    let folder = damaged.parent().unwrap();
    let permit = |mode| fs::set_permissions(folder, fs::Permissions::from_mode(mode)).unwrap();
    permit(0o500);
    let may_write = fs::write(folder.join("notes"), "").is_ok();
    let said = cache.run(&["repair", "--apply", "--json"]);
    permit(0o700);
    let repaired: Value = serde_json::from_str(&said.out).unwrap();
    if may_write {
        // Permissions do not stop the superuser.
        assert!(!damaged.exists(), "{repaired}");
    } else {
        assert!(repaired["left"][0]["not_repaired"].as_str().unwrap().contains("denied"), "{repaired}");
    }
}

#[test]
fn a_folder_that_is_named_like_a_file_of_ours_is_foreign() {
    let cache = Cache::learned();
    for name in [".unfinished-folder", "lock", "CACHEDIR.TAG"] {
        let _ = fs::remove_file(cache.dir().join(name));
        fs::create_dir(cache.dir().join(name)).unwrap();
    }
    assert_eq!(troubles(&cache.json(1, &["verify"])["problems"]), ["foreign"; 3]);
}

#[cfg(unix)]
#[test]
fn a_slash_at_the_end_follows_no_link() {
    let cache = Cache::learned();
    std::os::unix::fs::symlink(cache.dir(), cache.beside("link")).unwrap();
    for dir in ["link", "link/", "link/."] {
        let err = cache.run(&["list", "--cache-dir", dir]).failed(1);
        assert!(err.contains("symbolic link"), "{dir}: {err}");
    }
    assert!(cache.run(&["list", "--cache-dir", "cache/"]).well().contains("3 functions"));
}

#[test]
fn the_folder_is_marked_as_a_cache() {
    let tag = fs::read_to_string(Cache::learned().dir().join("CACHEDIR.TAG")).unwrap();
    assert!(tag.starts_with("Signature: 8a477f597d28d172789f06886806bc55\n"), "{tag}");
}

#[cfg(unix)]
#[test]
fn rights_of_others_are_taken_away() {
    use std::os::unix::fs::PermissionsExt;

    let cache = Cache::learned();
    fs::set_permissions(cache.dir(), fs::Permissions::from_mode(0o755)).unwrap();
    assert_eq!(troubles(&cache.json(1, &["verify"])["problems"]), ["rights"]);
    assert!(cache.run(&["repair", "--apply"]).well().contains("1 problem repaired"));
    assert_eq!(fs::metadata(cache.dir()).unwrap().permissions().mode() & 0o777, 0o700);
}

#[test]
fn what_stands_in_place_of_the_folder_is_said() {
    let cache = Cache::none();
    fs::write(cache.dir(), "a file").unwrap();
    let all: [&[&str]; 9] = [
        &["list"],
        &["show", "score"],
        &["stats"],
        &["clear", "--yes"],
        &["prune"],
        &["export", "plans"],
        &["verify"],
        &["repair"],
        &["repair", "--apply"],
    ];
    for words in all {
        let err = cache.run(words).failed(1);
        assert!(err.contains("no folder"), "{words:?}: {err}");
        assert!(cache.json(1, words)["error"].is_string());
    }
    let said = cache.run(&["doctor"]);
    assert!(said.code == 1 && said.out.contains("no folder") && said.err.is_empty(), "{said:?}");
    assert_eq!(fs::read(cache.dir()).unwrap(), b"a file");
}

#[test]
fn the_doctor_knows_machine_and_folder() {
    let cache = Cache::learned();
    let out = cache.run(&["doctor"]).well();
    for part in ["Machine", "Limits", "Cache", "Settings", "Environment", "RAYON_NUM_THREADS", "No problem"] {
        assert!(out.contains(part), "{part}: {out}");
    }
    let doctor = cache.json(0, &["doctor"]);
    assert_eq!(doctor["fingerprint"]["pool"], 2);
    assert_eq!(doctor["fingerprint"]["pool_is_set"], json!(true));
    for part in ["cpu", "physical_cores", "logical_cores", "usable_cores", "memory_log2", "os", "arch"] {
        assert!(!doctor["fingerprint"]["machine"][part].is_null(), "{part}: {doctor}");
    }
    assert_eq!(doctor["known_here"][0]["functions"], 3);
    assert_eq!(doctor["known_here"], cache.json(0, &["list"])["places"], "a place has one form");
    assert!(out.contains("on disk") && out.contains("of 64 MiB"), "{out}");
    assert_eq!((&doctor["cache"]["exists"], &doctor["cache"]["writable"]), (&json!(true), &json!(true)));
    assert_eq!(
        (&doctor["cache"]["source"], &doctor["cache"]["dir"]),
        (&json!("AMORSIZE_CACHE_DIR"), &json!(cache.dir()))
    );
    assert_eq!(
        doctor["settings"],
        json!({ "enabled": true, "cache": "write", "ttl": 604_800, "max_size": 64 << 20, "learn": true })
    );
    assert_eq!(doctor["problems"], json!([]));
    let elsewhere = Cache::learned_elsewhere().json(0, &["doctor"]);
    assert_eq!((&elsewhere["known_elsewhere"], &elsewhere["known_here"]), (&json!(1), &json!([])));
    assert_eq!(elsewhere["known_otherwise"], 1);
    let out = Cache::learned_elsewhere().run(&["doctor"]).well();
    assert!(out.contains("1 fingerprint of this machine with another pool"), "{out}");
    let none = Cache::none();
    assert_eq!(none.json(0, &["doctor"])["cache"]["exists"], json!(false));
    assert!(!none.dir().exists());
}

#[test]
fn the_doctor_finds_what_is_wrong() {
    let cache = Cache::learned();
    cache.put("notes.txt", b"mine");
    let mut command = cache.command(&["doctor", "--json"]);
    let said = Said::of(command.env("AMORSIZE_TTL", "a week").env("AMORSIZE_CACHEDIR", "x").output().unwrap());
    assert_eq!(said.code, 1);
    let doctor: Value = serde_json::from_str(&said.out).unwrap();
    let problems = doctor["problems"].to_string();
    for part in ["AMORSIZE_TTL=a week", "AMORSIZE_CACHEDIR", "amorsize verify"] {
        assert!(problems.contains(part), "{part}: {problems}");
    }
}
