//! `clear`, `prune`, `export`, `import` and `dir`.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::process::Stdio;
use std::thread;
use std::time::{Duration, SystemTime};

use serde_json::json;

use crate::cache::{Cache, Said};

fn plans(cache: &Cache) -> usize {
    let list = cache.json(0, &["list"]);
    list["functions"].as_array().unwrap().iter().map(|function| function["plans"].as_array().unwrap().len()).sum()
}

#[test]
fn nothing_is_removed_unless_someone_means_it() {
    let cache = Cache::learned();
    let err = cache.run(&["clear"]).failed(2);
    assert!(err.contains("6 plans of 3 functions") && err.contains("--yes"), "{err}");
    assert!(cache.json(2, &["clear", "scaled"])["error"].as_str().unwrap().contains("--yes"));
    assert_eq!(plans(&cache), 6);
}

#[test]
fn one_function_is_cleared_or_all() {
    let cache = Cache::learned();
    let err = cache.run(&["clear", "score", "--yes"]).failed(1);
    assert!(err.contains("text::score") && err.contains("image::score"), "{err}");
    cache.run(&["clear", "nothing", "--yes"]).failed(1);
    assert!(cache.run(&["clear", "text::score", "--yes"]).well().contains("2 plans removed"));
    let id = cache.json(0, &["show", "scaled"])["functions"][0]["id"].as_str().unwrap().to_uppercase();
    assert_eq!(cache.json(0, &["clear", &id, "--yes"])["removed"], 3);
    assert_eq!(plans(&cache), 1);
    assert!(cache.run(&["clear", "-y"]).well().contains("1 plan removed"));
    assert!(cache.run(&["clear"]).well().contains("Nothing is remembered"), "there is nothing to ask about");
    assert_ne!(cache.json(0, &["stats"])["misses"], 0, "counts stay");
}

#[test]
fn old_plans_go() {
    let cache = Cache::learned();
    assert!(cache.run(&["prune"]).well().contains("No plan was last measured more than 7 days ago"));
    assert_eq!(cache.json(0, &["prune", "--ttl", "1h 30m"])["removed"], 0);
    thread::sleep(Duration::from_millis(1100));
    assert!(cache.run(&["prune", "--ttl", "0s"]).well().contains("6 plans removed"));
    assert_eq!(plans(&cache), 0);
    for ttl in ["soon", "-1d", "3", "", "99999999999999999999d"] {
        assert!(cache.run(&["prune", &format!("--ttl={ttl}")]).failed(2).contains("such as 3d"));
    }
}

#[test]
fn a_time_that_makes_no_sense_prunes_nothing() {
    let cache = Cache::learned();
    let mut command = cache.command(&["prune"]);
    let err = Said::of(command.env("AMORSIZE_TTL", "a week").output().unwrap()).failed(2);
    assert!(err.contains("AMORSIZE_TTL=a week"), "{err}");
    assert_eq!(err.matches("makes no sense").count(), 1, "{err}");
    assert_eq!(plans(&cache), 6);
}

#[test]
fn plans_travel() {
    let from = Cache::learned();
    assert!(from.run(&["export", "plans"]).well().contains("6 plans written to plans"));
    assert_eq!(from.json(0, &["export", "plans"])["plans"], 6);
    let to = Cache::none();
    let file = from.beside("plans").display().to_string();
    let said = to.run(&["import", &file]).well();
    assert!(said.contains("6 plans added, 0 replaced, 0 left as they were"), "{said}");
    assert!(said.contains("All of them count on this machine"), "{said}");
    let elsewhere = Cache::learned_elsewhere();
    elsewhere.run(&["export", "plans"]).well();
    let foreign = elsewhere.beside("plans").display().to_string();
    assert!(Cache::none().run(&["import", &foreign]).well().contains("None of them counts on this machine"));
    let done = Cache::none().json(0, &["import", &foreign]);
    assert_eq!((&done["here"], &done["elsewhere"]), (&json!(0), &json!(6)));
    for merge in ["skip", "overwrite", "newer"] {
        let done = to.json(0, &["import", &file, "--merge", merge]);
        assert_eq!((&done["added"], &done["replaced"], &done["skipped"]), (&json!(0), &json!(0), &json!(6)));
    }
    assert_eq!(plans(&to), 6);
    assert_eq!(to.json(0, &["verify"])["score"], 100);
    to.run(&["import", &file, "--merge", "both"]).failed(2);
}

#[test]
fn some_functions_are_exported() {
    let cache = Cache::learned();
    let exported = |names: &[&str]| cache.json(0, &[&["export", "plans", "--for"], names].concat())["plans"].clone();
    assert_eq!(exported(&["text::score"]), 2);
    assert_eq!(exported(&["text::score", "scaled"]), 5);
    assert_eq!(exported(&["score"]), 3, "both of that name");
    assert_eq!(cache.json(0, &["import", "plans"])["skipped"], 3);
    let err = cache.run(&["export", "plans", "--for", "scale"]).failed(1);
    assert!(err.contains("did you mean"), "{err}");
}

#[test]
fn nothing_to_export_is_no_error() {
    let cache = Cache::none();
    assert!(cache.run(&["export", "plans"]).well().contains("is empty"));
    assert_eq!(cache.json(0, &["import", "plans"])["added"], 0);
}

#[test]
fn an_import_is_all_or_nothing() {
    let from = Cache::learned();
    from.run(&["export", "plans"]).well();
    let file = from.beside("plans");
    let good = fs::read(&file).unwrap();
    let to = Cache::none();
    let refused = |bytes: &[u8]| {
        fs::write(&file, bytes).unwrap();
        to.run(&["import", file.to_str().unwrap()]).failed(1)
    };
    let middle = good.len() / 2;
    let mut flipped = good.clone();
    flipped[middle] ^= 1;
    for bad in [b"".as_slice(), b"garbage", &good[..middle], &flipped, &fs::read(&from.plan_files()[0]).unwrap()] {
        let said = refused(bad).split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(said.contains("nothing was imported"), "{said}");
    }
    assert!(!to.dir().exists(), "nothing is made for what is refused");
    to.run(&["import", "no such file"]).failed(1);
    to.run(&["import", "."]).failed(1);
    let said = from.run(&["export", "no/such/folder/plans"]).failed(1);
    assert!(said.contains("there is no folder no/such/folder") && !said.contains("entity"), "{said}");
}

#[test]
fn an_import_that_adds_nothing_is_no_use() {
    let cache = Cache::learned();
    cache.run(&["export", "plans"]).well();
    let old = SystemTime::now() - Duration::from_secs(86_400);
    for path in cache.plan_files() {
        fs::File::options().write(true).open(path).unwrap().set_modified(old).unwrap();
    }
    cache.run(&["import", "plans", "--merge", "overwrite"]).well();
    cache.run(&["clear", "text::score", "--yes"]).well();
    cache.run(&["import", "plans"]).well();
    let used = |path: &PathBuf| fs::metadata(path).unwrap().modified().unwrap() != old;
    assert_eq!(cache.plan_files().iter().filter(|path| used(path)).count(), 1, "what was not there is new");
    assert!(cache.run(&["list"]).well().contains("1 d ago"));
}

#[test]
fn who_waits_for_the_lock_says_so() {
    let cache = Cache::learned();
    let file = fs::File::options().create(true).truncate(false).write(true).open(cache.dir().join("lock")).unwrap();
    file.lock().unwrap();
    let mut command = cache.command(&["prune"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut pipe = BufReader::new(child.stderr.take().unwrap());
    let mut err = String::new();
    pipe.read_line(&mut err).unwrap();
    file.unlock().unwrap();
    pipe.read_to_string(&mut err).unwrap();
    let said = Said::of(child.wait_with_output().unwrap());
    let expected = format!("waiting for another process that holds the lock of {}\n", cache.dir().display());
    assert_eq!((said.code, err), (0, expected));
}

#[test]
fn the_folder_is_printed_whether_it_exists_or_not() {
    let cache = Cache::none();
    assert_eq!(cache.run(&["dir"]).well(), format!("{}\n", cache.dir().display()));
    assert_eq!(cache.json(0, &["dir"]), json!({ "cache_dir": cache.dir(), "exists": false }));
    let other = cache.run(&["dir", "--cache-dir", "elsewhere"]).well();
    assert_eq!(
        other.trim_end(),
        cache.beside("elsewhere").canonicalize().unwrap_or(cache.beside("elsewhere")).display().to_string()
    );
}

#[cfg(unix)]
#[test]
fn a_path_that_is_no_text_is_fine() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    let cache = Cache::none();
    let odd = OsStr::from_bytes(b"/tmp/\xff");
    let output = cache.command(&["dir", "--cache-dir"]).arg(odd).output().unwrap();
    assert_eq!(output.stdout, b"/tmp/\xff\n");
    for words in [&["list", "--json"], &["doctor", "--json"], &["verify", "--json"]] {
        let output = cache.command(words).arg("--cache-dir").arg(odd).output().unwrap();
        serde_json::from_slice::<serde_json::Value>(&output.stdout).unwrap();
    }
}
