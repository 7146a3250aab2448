//! The quickstart, run as a person would run it: what it says, and the exit codes.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::cache::Cache;
use crate::children::program;
use crate::examples::example;

/// What a run said, and how it ended.
struct Said {
    code: Option<i32>,
    out: String,
    err: String,
}

/// The program, with a cache of its own: nothing is known from other runs.
struct Fresh {
    _cache: Cache,
    command: Command,
}

fn fresh() -> Fresh {
    let cache = Cache::new();
    let command = remembering(&cache);
    Fresh { _cache: cache, command }
}

/// The program, with this cache.
fn remembering(cache: &Cache) -> Command {
    let mut command = program(&example("quickstart"));
    command.env("AMORSIZE_CACHE_DIR", cache.folder());
    command
}

fn run(arguments: &[&OsStr]) -> Said {
    said(&fresh().command.args(arguments).output().unwrap())
}

fn said(output: &Output) -> Said {
    let said = Said {
        code: output.status.code(),
        out: String::from_utf8(output.stdout.clone()).unwrap(),
        err: String::from_utf8(output.stderr.clone()).unwrap(),
    };
    assert!(!said.err.contains("panicked"), "{}", said.err);
    said
}

/// A run that has nothing to work on: one sentence, exit code 2.
#[track_caller]
fn refuses(path: &Path, sentence: &str) {
    let said = run(&[path.as_os_str()]);
    assert_eq!(said.err, format!("quickstart: {sentence}\n"));
    assert_eq!((said.out.as_str(), said.code), ("", Some(2)));
}

/// A folder of its own, empty.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("quickstart").join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

fn small_tree(name: &str) -> PathBuf {
    let tree = folder(name);
    fs::create_dir(tree.join("deep")).unwrap();
    fs::write(tree.join("one.txt"), "one two three\n\n  four\n").unwrap();
    fs::write(tree.join("deep").join("naïve.rs"), "fn main() {\n\tprintln!(\"ünï\");\n}").unwrap();
    fs::write(tree.join("latin1"), b"caf\xe9").unwrap();
    fs::write(tree.join("picture"), b"\x89PNG\0\0").unwrap();
    fs::write(tree.join("nothing"), "").unwrap();
    tree
}

#[test]
fn a_small_tree_is_worked_through() {
    let tree = small_tree("small");
    let said = run(&[tree.as_os_str()]);
    assert_eq!((said.err.as_str(), said.code), ("", Some(0)));
    let read =
        format!("Read 2 text files under {}:\n6 lines, 55 bytes.\nSkipped: 2 binary, 1 empty.\n", tree.display());
    assert!(said.out.contains(&read), "{}", said.out);
    for job in ["SHA-256 of each file ", "words in each file ", "indent of each line ", "All answers agree."] {
        assert_eq!(said.out.matches(job).count(), 1, "{job}: {}", said.out);
    }
    let last = said.out.lines().last().unwrap();
    assert!(last.starts_with("Amorsize's cache: ") && last.contains("0 errors"), "{last}");
    let wide =
        said.out.lines().filter(|line| line.chars().count() > 79 && !line.starts_with("Read ")).collect::<Vec<_>>();
    assert_eq!(wide, [""; 0]);
}

#[test]
fn a_single_file_will_do() {
    let file = folder("single").join("a.txt");
    fs::write(&file, "a b c\n").unwrap();
    let said = run(&[file.as_os_str()]);
    assert_eq!((said.err.as_str(), said.code), ("", Some(0)));
    assert!(said.out.contains("Read 1 text file under"), "{}", said.out);
}

#[cfg(unix)]
#[test]
fn a_link_given_as_the_path_is_followed() {
    let link = small_tree("linked").join("link.txt");
    std::os::unix::fs::symlink("one.txt", &link).unwrap();
    let said = run(&[link.as_os_str()]);
    assert_eq!((said.err.as_str(), said.code), ("", Some(0)));
    assert!(said.out.contains(&format!("Read 1 text file under {}:", link.display())), "{}", said.out);
}

#[test]
fn a_missing_path_is_named() {
    let path = folder("missing").join("not here");
    refuses(&path, &format!("there is no {}", path.display()));
}

#[test]
fn a_folder_without_files_is_named() {
    let path = folder("empty");
    fs::create_dir(path.join("also empty")).unwrap();
    refuses(&path, &format!("there are no files under {}", path.display()));
}

#[test]
fn a_folder_without_text_is_named() {
    let path = folder("binary");
    fs::write(path.join("zeros"), [0; 100]).unwrap();
    fs::write(path.join("late"), [vec![b'a'; 10_000], vec![0xff]].concat()).unwrap();
    fs::write(path.join("nothing"), "").unwrap();
    refuses(&path, &format!("there is no text under {}: 2 binary, 1 empty", path.display()));
}

#[cfg(unix)]
#[test]
fn what_may_not_be_read_is_counted() {
    use std::os::unix::fs::{PermissionsExt, symlink};

    let path = small_tree("unreadable");
    let closed = path.join("closed");
    fs::create_dir(&closed).unwrap();
    fs::write(closed.join("secret.txt"), "secret\n").unwrap();
    fs::write(path.join("secret.txt"), "secret\n").unwrap();
    // Links are not followed: neither out of the tree, nor round in it, nor to nothing.
    symlink("/", path.join("out")).unwrap();
    symlink(".", path.join("round")).unwrap();
    symlink("not here", path.join("nowhere")).unwrap();
    let permit = |mode| {
        for path in [&closed, &path.join("secret.txt")] {
            fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        }
    };
    permit(0o000);
    let allowed = fs::read_dir(&closed).is_ok();
    let said = run(&[path.as_os_str()]);
    let shut = run(&[closed.as_os_str()]);
    permit(0o700);

    assert_eq!((said.err.as_str(), said.code), ("", Some(0)));
    if allowed {
        // Permissions do not stop the superuser.
        assert!(said.out.contains("Read 4 text files under"), "{}", said.out);
        assert_eq!(shut.code, Some(0));
    } else {
        assert!(said.out.contains("Skipped: 2 binary, 2 unreadable, 1 empty.\n"), "{}", said.out);
        let sentence = format!("quickstart: there is no permission to read {}\n", closed.display());
        assert_eq!((shut.err, shut.code), (sentence, Some(2)));
    }
}

#[test]
fn without_downloads_it_asks_for_a_path() {
    let home = folder("home");
    let said = said(&fresh().command.env("CARGO_HOME", &home).output().unwrap());
    let sources = home.join("registry").join("src");
    let sentence = format!("quickstart: cargo has unpacked no crates in {} (are they vendored?); ", sources.display());
    assert!(said.err.starts_with(&sentence), "{}", said.err);
    assert_eq!((said.out.as_str(), said.code), ("", Some(2)));
}

#[test]
fn without_a_path_it_reads_what_cargo_downloaded() {
    let home = folder("full home");
    let package = home.join("registry").join("src").join("registry-0123").join("package-1.0.0");
    fs::create_dir_all(&package).unwrap();
    fs::write(package.join("lib.rs"), "//! A package.\n").unwrap();
    let said = said(&fresh().command.env("CARGO_HOME", &home).output().unwrap());
    assert_eq!((said.err.as_str(), said.code), ("", Some(0)));
    assert!(said.out.contains("1 line, 15 bytes."), "{}", said.out);
}

#[test]
fn mistaken_arguments_get_the_usage() {
    for (arguments, first) in [
        ([""].as_slice(), "quickstart: PATH is empty."),
        (["--fast"].as_slice(), "quickstart: there is no option --fast."),
        (["one", "two"].as_slice(), "quickstart: one PATH at the most, and two is a second."),
    ] {
        let said = run(&arguments.iter().map(OsStr::new).collect::<Vec<_>>());
        assert_eq!(said.err.lines().next(), Some(first));
        assert!(said.err.contains("\nUsage: "), "{}", said.err);
        assert_eq!((said.out.as_str(), said.code), ("", Some(2)));
    }
    let said = run(&[OsStr::new("--help")]);
    assert!(said.out.starts_with("Usage: "), "{}", said.out);
    assert_eq!((said.err.as_str(), said.code), ("", Some(0)));
}

#[cfg(unix)]
#[test]
fn a_reader_that_leaves_early_is_no_fault() {
    use std::process::Stdio;

    let tree = small_tree("early");
    let mut child = fresh();
    let mut child = child.command.arg(&tree).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let said = said(&child.wait_with_output().unwrap());
    assert_eq!((said.err.as_str(), said.code), ("", Some(0)));
}

/// Each run begins with an empty disk, as in a new container.
#[cfg(all(unix, feature = "redis"))]
#[test]
fn with_a_redis_the_second_run_knows_it_without_a_disk() {
    let Some(server) = crate::redis::server::Server::start(&[]) else { return };
    let tree = folder("shared");
    let lines = if cfg!(debug_assertions) { 250 } else { 2_500 };
    for file in 0..512 {
        fs::write(tree.join(format!("{file}.txt")), "  a\n".repeat(lines + file / 8)).unwrap();
    }
    let run = || {
        let cache = Cache::new();
        let mut command = remembering(&cache);
        command.env("AMORSIZE_REDIS_URL", server.url()).env("AMORSIZE_REDIS_WAIT", "2s");
        let said = said(&command.arg(&tree).output().unwrap());
        assert_eq!((said.err.as_str(), said.code), ("", Some(0)));
        said.out.lines().last().unwrap().to_owned()
    };
    let first = run();
    assert!(first.contains(" hits, ") && first.contains(" 0 errors, "), "{first}");
    // On a busy machine items may seem to take another time than they did: then a first call measures again, and a later one
    // takes over what was found.
    let said: Vec<String> =
        (0..10).map(|_| run()).take_while(|said| !said.contains(" hits (3 from Redis), ")).collect();
    assert!(said.len() < 10, "{said:?}");
}

/// Heavy enough that each job looks for its plan, also on a fast machine.
#[test]
fn the_second_run_knows_what_the_first_one_learned() {
    let tree = folder("remembered");
    // Many small ones: no item takes nearly as long as one of another time bucket.
    let lines = if cfg!(debug_assertions) { 250 } else { 2_500 };
    for file in 0..512 {
        fs::write(tree.join(format!("{file}.txt")), "  a\n".repeat(lines + file / 8)).unwrap();
    }
    let cache = Cache::new();
    let run = || {
        let said = said(&remembering(&cache).arg(&tree).output().unwrap());
        assert_eq!((said.err.as_str(), said.code), ("", Some(0)));
        said.out.lines().last().unwrap().to_owned()
    };
    let first = run();
    assert!(first.starts_with("Amorsize's cache: ") && !first.contains("from disk"), "{first}");
    let store = cache.store();
    let functions = store.functions().unwrap();
    assert_eq!(functions.len(), 3, "{functions:?}");
    // On a busy machine items may seem to take another time than they did: then they are measured again, and the next run
    // finds that.
    let is_all_known = |_| {
        let before = store.totals().unwrap().counts.recalled;
        let said = run();
        let totals = store.totals().unwrap();
        let recalled = totals.counts.recalled - before;
        assert!(recalled == 0 || said.contains(&format!("({recalled} from disk)")), "{said} {totals:?}");
        // All are found in any case, used or not, and no other reason is accepted for that.
        let rejected: u64 = totals.rejected.iter().map(|(_, count)| count).sum();
        let by_time = totals.rejected.iter().all(|(reason, _)| reason == "time_bucket");
        assert!(totals.counts.recalled + rejected >= 3 && by_time, "{said} {totals:?}");
        totals.functions.iter().all(|function| function.counts.recalled > 0)
    };
    assert!((1..=10).any(is_all_known), "{:?}", store.totals());
}
