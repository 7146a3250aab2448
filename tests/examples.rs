//! The examples, run as a person would run them, but with little to do. (The quickstart has a module of its own.)

use std::env;
use std::fs;
use std::mem;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crate::cache::Cache;
use crate::children::{Running, Said, program};

const EXAMPLES: [&str; 11] = [
    "quickstart",
    "convolution",
    "csv",
    "dir_hash",
    "fleet",
    "k_means",
    "kmers",
    "log_scan",
    "mandelbrot",
    "similar",
    "web_service",
];

/// Builds the examples beside these tests, once, and returns the path of one. With the features of the whole workspace, so
/// that after `cargo test --workspace` there is nothing to build.
pub(crate) fn example(name: &str) -> PathBuf {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    let folder = BUILT.get_or_init(|| {
        let tests = env::current_exe().unwrap();
        let profile = tests.parent().and_then(Path::parent).unwrap();
        let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo.args(["build", "--quiet", "--workspace"]);
        for name in EXAMPLES {
            cargo.args(["--example", name]);
        }
        cargo.arg("--target-dir").arg(profile.parent().unwrap());
        if profile.ends_with("release") {
            cargo.arg("--release");
        }
        // Sanitizers and the like are for the tests themselves.
        cargo.env_remove("RUSTFLAGS").env_remove("CARGO_ENCODED_RUSTFLAGS");
        let built = cargo.current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap();
        assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
        profile.join("examples")
    });
    folder.join(name).with_extension(env::consts::EXE_EXTENSION)
}

/// An example with a cache and a folder for temporary files of its own.
struct Fresh {
    cache: Cache,
    temporary: PathBuf,
    command: Command,
}

fn fresh(name: &str, arguments: &[&str]) -> Fresh {
    let cache = Cache::new();
    let temporary = cache.beside("tmp");
    fs::create_dir(&temporary).unwrap();
    let mut command = program(&example(name));
    command.args(arguments).env("AMORSIZE_CACHE_DIR", cache.folder()).env("TMPDIR", &temporary);
    Fresh { cache, temporary, command }
}

impl Fresh {
    /// What it says; whatever that is, nothing is left over in the folder for temporary files.
    fn said(&mut self) -> Said {
        let command = mem::replace(&mut self.command, Command::new("true"));
        let said = Running::start(command).said();
        assert!(!said.err.contains("panicked"), "{said:?}");
        let left: Vec<_> = fs::read_dir(&self.temporary).unwrap().collect();
        assert!(left.is_empty(), "{left:?}");
        said
    }
}

#[track_caller]
fn has(said: &Said, texts: &[&str]) {
    for text in texts {
        assert!(said.out.contains(text), "{text}: {said:?}");
    }
    assert_eq!((said.err.as_str(), said.status.code()), ("", Some(0)), "{said:?}");
}

#[test]
fn csv_adds_up_what_is_sold() {
    let said = fresh("csv", &["--lines", "3000"]).said();
    has(&said, &["Parsed 3,000 lines; ", " sold for ", "  socks, red\n", "plain loop ", "The plan: ", " 0 errors, "]);
}

#[test]
fn convolution_sharpens() {
    let said = fresh("convolution", &["--width", "40", "--height", "30"]).said();
    has(&said, &["Sharpened 40 x 30 points.", "Neighbours in a row differed by ", "plain loop ", " 0 errors, "]);
    // Pictures that are smaller than what is looked at around a point.
    has(&fresh("convolution", &["--width", "1", "--height", "1"]).said(), &["Sharpened 1 x 1 points."]);
}

#[test]
fn dir_hash_is_that_of_names_and_contents() {
    let place = Cache::new();
    let folder = place.beside("texts");
    let hash = || {
        let mut fresh = fresh("dir_hash", &[]);
        fresh.command.arg(&folder);
        let said = fresh.said();
        has(&said, &["Hashing 3 files under ", "plain loop ", "The plan: ", " 0 errors, "]);
        said.out.lines().nth(if cfg!(debug_assertions) { 2 } else { 1 }).unwrap().to_owned()
    };
    let write = |name: &str, text: &str| fs::write(folder.join(name), text).unwrap();
    fs::create_dir_all(folder.join("below")).unwrap();
    for (name, text) in [("c", "three"), ("below/b", "two"), ("a", "one")] {
        write(name, text);
    }
    let first = hash();
    assert!(first.starts_with("11 bytes: ") && first.len() == "11 bytes: ".len() + 64, "{first}");
    // Written in another order.
    fs::remove_file(folder.join("a")).unwrap();
    write("a", "one");
    assert_eq!(hash(), first);
    write("a", "two");
    write("below/b", "one");
    assert_ne!(hash(), first);
}

#[cfg(unix)]
#[test]
fn dir_hash_is_over_soon_after_ctrl_c() {
    let mut fresh = fresh("dir_hash", &[]);
    let folder = fresh.cache.beside("large");
    fs::create_dir(&folder).unwrap();
    // Files of so many zeros take no room, and longer than the test may.
    for name in ["a", "b"] {
        fs::File::create(folder.join(name)).unwrap().set_len(1 << 40).unwrap();
    }
    fresh.command.arg(&folder);
    let command = mem::replace(&mut fresh.command, Command::new("true"));
    let mut running = Running::start(command);
    while !running.line().starts_with("Hashing 2 files under ") {}
    running.signal(rustix::process::Signal::INT);
    let said = running.said();
    assert_eq!((said.err.as_str(), said.status.code()), ("dir_hash: interrupted\n", Some(130)));
}

#[test]
fn k_means_puts_points_into_groups() {
    let said = fresh("k_means", &["--points", "900", "--groups", "3"]).said();
    has(&said, &["Put 900 points into 3 groups, in ", " around (", "plain loop ", "The plan: ", " 0 errors, "]);
    // More groups than points.
    has(&fresh("k_means", &["--points", "2", "--groups", "5"]).said(), &["Put 2 points into 5 groups, in "]);
}

#[test]
fn similar_names_are_found() {
    let said = fresh("similar", &["--names", "60", "--edits", "2"]).said();
    has(
        &said,
        &["Compared 1,770 pairs of names; ", " at most 2 edits apart.", "plain loop ", "The plan: ", " 0 errors, "],
    );
}

#[test]
fn kmers_are_counted() {
    let said = fresh("kmers", &["--bases", "300000", "--k", "3"]).said();
    // Each of the 64 is counted together with what faces it, and none of odd length faces itself.
    has(&said, &["Counted the 3-mers of 300,000 bases: 32 different k-mers.", "  AAA\n", "The plan: ", " 0 errors, "]);
    // DNA that is shorter than a k-mer, and k-mers of all the bits of their key.
    has(&fresh("kmers", &["--bases", "5"]).said(), &["Counted the 6-mers of 5 bases: 0 different k-mers."]);
    has(&fresh("kmers", &["--bases", "31", "--k", "31"]).said(), &["of 31 bases: 1 different k-mer."]);
}

#[test]
fn mandelbrot_draws_a_picture() {
    let mut fresh = fresh("mandelbrot", &["--width", "90", "--height", "60", "--steps", "40"]);
    let picture = fresh.cache.beside("picture.png");
    fresh.command.arg(&picture);
    let said = fresh.said();
    let shown = picture.display().to_string();
    has(&said, &["Drew 90 x 60 points of up to 40 steps: ", &shown, "plain loop ", "The plan: ", " 0 errors, "]);
    let png = fs::read(&picture).unwrap();
    assert!(png.starts_with(b"\x89PNG\r\n\x1a\n") && png.ends_with(b"IEND\xaeB`\x82"), "{} bytes", png.len());
    assert_eq!(png[16..24], [0, 0, 0, 90, 0, 0, 0, 60]);
}

#[cfg(unix)]
#[test]
fn mandelbrot_draws_where_a_path_leads() {
    use std::os::unix::fs::{FileTypeExt, symlink};

    let draw = |path: &Path| {
        let mut fresh = fresh("mandelbrot", &["--width", "9", "--height", "6", "--steps", "4"]);
        fresh.command.arg(path);
        has(&fresh.said(), &["Drew 9 x 6 points"]);
    };
    let place = Cache::new();
    let (old, link) = (place.beside("old.png"), place.beside("link.png"));
    fs::write(&old, "old").unwrap();
    symlink(&old, &link).unwrap();
    draw(&link);
    let picture = fs::read(&old).unwrap();
    assert!(picture.starts_with(b"\x89PNG") && link.is_symlink());
    // To a file that is not there yet.
    fs::remove_file(&old).unwrap();
    draw(&link);
    assert!(fs::read(&old).unwrap() == picture && link.is_symlink());
    let pipe = place.beside("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let mut reader = Command::new("cat").arg(&pipe).stdout(std::process::Stdio::piped()).spawn().unwrap();
    draw(&pipe);
    let is_pipe = fs::metadata(&pipe).unwrap().file_type().is_fifo();
    if !is_pipe {
        // Nobody will write to it any more.
        reader.kill().unwrap();
    }
    assert!(reader.wait_with_output().unwrap().stdout == picture && is_pipe);
}

#[test]
fn log_scan_finds_what_is_there() {
    let mut fresh = fresh("log_scan", &["--pattern", "^(err|bad)"]);
    let log = fresh.cache.beside("a.log");
    fs::write(&log, b"error: one\nfine\nbad: \xe9\nno error\n".repeat(250)).unwrap();
    fresh.command.arg(&log);
    let said = fresh.said();
    has(
        &said,
        &[
            "1,000 lines, ",
            "500 matches of ^(err|bad)\n       250  bad\n       250  err\n\n",
            "\nplain loop ",
            "\nstream ",
            " the plan for the first ",
        ],
    );
}

#[test]
fn log_scan_makes_a_log_up_and_takes_it_away() {
    let said = fresh("log_scan", &["--size", "1"]).said();
    has(&said, &["Searched a made-up log: ", "1.0 MB.\n", " matches of "]);
    assert!(!said.out.contains("\n0 matches"), "{said:?}");
}

#[test]
fn web_service_answers_and_shows_its_figures() {
    let serving = fresh("web_service", &["--seconds", "2", "--texts", "256"]);
    let mut running = Running::start(serving.command);
    let line = loop {
        let line = running.line();
        assert!(!line.is_empty(), "it ended: {:?}", running.said());
        if line.starts_with("The dashboard: ") {
            break line;
        }
    };
    let address = line.trim().trim_start_matches("The dashboard: http://").trim_end_matches("/amorsize/");
    let page = get(address, "/amorsize/");
    assert!(page.starts_with("HTTP/1.1 200 ") && page.contains("<html"), "{page}");
    let hits = get(address, "/search/silver%20River");
    assert!(hits.starts_with("HTTP/1.1 200 ") && hits.contains(r#"[{"title":"Text "#), "{hits}");
    let said = running.said();
    has(&said, &["   2 s  ", " answers, 0 failed: ", "\n4 words: ", "nobody else asking: ", " 0 errors, "]);
}

/// The answer to a request, head and all.
fn get(address: &str, path: &str) -> String {
    use std::io::{Read, Write};

    let mut stream = std::net::TcpStream::connect(address).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[cfg(unix)]
#[test]
fn web_service_stays_until_it_is_interrupted() {
    let arguments = ["--seconds", "1", "--texts", "64", "--stay"];
    let serving = fresh("web_service", &arguments);
    let mut running = Running::start(serving.command);
    while running.line() != "It goes on until Ctrl-C.\n" {}
    running.signal(rustix::process::Signal::INT);
    let said = running.said();
    assert_eq!((said.err.as_str(), said.status.code()), ("", Some(0)));
}

/// In the debug build, too, the call of so many contracts is long enough for a look into Redis.
#[cfg(all(unix, feature = "redis"))]
#[test]
fn fleet_shares_what_the_first_process_learned() {
    let Some(_) = crate::redis::server::Server::start(&[]) else { return };
    // On a busy machine items may seem to take another time than they did: then the plan is found and not used.
    let mut all = Vec::new();
    for _ in 0..5 {
        let said = fresh("fleet", &["--contracts", "512"]).said();
        has(
            &said,
            &["The first process, ", "The second process, ", "disk (active): ", "Redis (connected): 1 hit, 0 misses"],
        );
        if said.out.contains("1 hit (1 from Redis), 0 misses, 0 errors, 1 plan") {
            return;
        }
        all.push(said);
    }
    panic!("{all:?}");
}

#[cfg(unix)]
#[test]
fn fleet_says_what_is_missing() {
    let mut fresh = fresh("fleet", &[]);
    fresh.command.env("PATH", "");
    let said = fresh.said();
    let sentence =
        "fleet: redis-server is missing: install it, or set AMORSIZE_REDIS_URL to a Redis that may be used\n";
    assert_eq!((said.err.as_str(), said.status.code()), (sentence, Some(2)));
}

#[test]
fn mistaken_arguments_get_the_usage() {
    for (name, arguments, first) in [
        ("mandelbrot", ["--fast"].as_slice(), "there is no option --fast."),
        ("mandelbrot", &["a.png", "b.png"], "one OUT.png at the most, and b.png is a second."),
        ("mandelbrot", &["--width", "0"], "--width takes a number from 1 to 20000, not 0."),
        ("log_scan", &["--pattern"], "--pattern needs a value."),
        ("log_scan", &["--pattern", "("], "--pattern is no regular expression: unclosed group."),
        ("web_service", &["--seconds", "soon"], "--seconds takes a number from 1 to 86400, not soon."),
        ("web_service", &["8080"], "nothing is known of 8080."),
        ("csv", &["--lines", "0"], "--lines takes a number from 1 to 10000000, not 0."),
        ("csv", &["sales.csv"], "nothing is known of sales.csv."),
        ("dir_hash", &["one", "two"], "one FOLDER at the most, and two is a second."),
        ("fleet", &["--contracts", "1"], "--contracts takes a number from 64 to 1000000, not 1."),
    ] {
        let said = fresh(name, arguments).said();
        assert_eq!(said.err.lines().next(), Some(format!("{name}: {first}").as_str()));
        assert!(said.err.contains("\nUsage: cargo run --release --example "), "{said:?}");
        assert_eq!((said.out.as_str(), said.status.code()), ("", Some(2)));
        let said = fresh(name, &["--help"]).said();
        has(&said, &["Usage: cargo run --release --example ", "\nExit code: "]);
    }
}

#[test]
fn what_cannot_be_read_is_named() {
    let said = fresh("dir_hash", &["not here"]).said();
    assert!(said.err.starts_with("dir_hash: not all can be listed: "), "{said:?}");
    assert_eq!((said.out.as_str(), said.status.code()), ("", Some(2)));
    let said = fresh("log_scan", &["not here"]).said();
    assert!(said.err.starts_with("log_scan: not here cannot be read: "), "{said:?}");
    assert_eq!((said.out.as_str(), said.status.code()), ("", Some(2)));
}

#[cfg(unix)]
#[test]
fn a_reader_that_leaves_early_is_no_fault() {
    use std::process::Stdio;

    let mut drawing = fresh("mandelbrot", &["--width", "9", "--height", "9"]);
    let picture = drawing.cache.beside("picture.png");
    drawing.command.arg(&picture);
    let scanning = fresh("log_scan", &["--size", "1"]);
    let serving = fresh("web_service", &["--seconds", "1", "--texts", "64"]);
    for mut fresh in [drawing, scanning, serving] {
        let mut child = fresh.command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        let err = String::from_utf8_lossy(&output.stderr);
        assert_eq!((err.as_ref(), output.status.code()), ("", Some(0)), "{:?}", fresh.command);
    }
}
