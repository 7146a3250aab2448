//! Plans that are part of a program: one is compiled, learns, and is compiled anew with what it learned.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crate::cache::Cache;
use crate::children::{Running, Said, program};

/// The program with the plans that it has learned itself, and the cache folder that they come from.
struct Made {
    program: PathBuf,
    cache: Cache,
}

fn made() -> &'static Made {
    static MADE: OnceLock<Made> = OnceLock::new();
    MADE.get_or_init(|| {
        let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join("embedded");
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        fs::create_dir_all(&place).unwrap();
        let runtime = here.join("../runtime").canonicalize().unwrap();
        let manifest = format!(
            "[package]\nname = \"embedded\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n[features]\nplans = []\n\n\
             [[bin]]\nname = \"embedded\"\npath = '{}'\n\n[dependencies]\namorsize = {{ path = '{}' }}\n",
            here.join("embedded/main.rs").display(),
            runtime.display(),
        );
        fs::write(place.join("Cargo.toml"), manifest).unwrap();
        fs::copy(here.join("../Cargo.lock"), place.join("Cargo.lock")).unwrap();
        let cache = Cache::new();
        let plans = cache.beside("plans.amorsize");
        let build = |features: &[&str]| {
            let mut cargo = Command::new(env!("CARGO"));
            cargo.args(["build", "--quiet", "--offline", "--manifest-path"]).arg(place.join("Cargo.toml")).args(features);
            cargo.env("CARGO_TARGET_DIR", place.join("target")).env("EMBEDDED_PLANS", &plans);
            let built = cargo.output().expect("cargo is there");
            assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
            let program = cache.beside(&format!("program-{}", features.len()));
            fs::copy(place.join("target/debug/embedded"), &program).unwrap();
            program
        };
        let without = build(&[]);
        let short = run(&without, cache.folder(), &[SHORT], &["30"]);
        assert_eq!(short.count("errors"), 0, "{short:?}");
        let said = run(&without, cache.folder(), &[], &["4", "0", plans.to_str().unwrap()]);
        assert_eq!((said.count("misses") > 0, said.count("errors")), (true, 0), "{said:?}");
        Made { program: build(&["--features", "plans"]), cache }
    })
}

fn run(path: &Path, folder: &Path, environment: &[(&str, &str)], arguments: &[&str]) -> Said {
    let mut command = program(path);
    command.args(arguments).env("AMORSIZE_CACHE_DIR", folder).envs(environment.iter().copied());
    Running::start(command).said()
}

/// Runs it until it says such counts, ten times at most, and fails if it never does. What is awaited of a call depends on how
/// long it takes, and on a busy machine any one may take much longer.
#[track_caller]
fn assert_counts(run: impl Fn() -> Said, are_right: impl Fn([u64; 6]) -> bool) {
    let mut said = run();
    for _ in 1..10 {
        if are_right(COUNTS.map(|name| said.count(name))) {
            return;
        }
        said = run();
    }
    assert!(are_right(COUNTS.map(|name| said.count(name))), "{said:?}");
}

const SHORT: (&str, &str) = ("EMBEDDED_SHORT", "1");

const COUNTS: [&str; 6] = ["hits", "recalled", "misses", "errors", "embedded", "memory"];

#[test]
fn the_first_call_of_a_fresh_process_begins_with_them() {
    let Made { program, cache } = made();
    let nothing = cache.beside("nothing");
    for environment in [&[("AMORSIZE_CACHE", "off")], &[("AMORSIZE_CACHE", "read")], &[("TZ", "UTC")]] {
        let said = run(program, &nothing, environment, &["1"]);
        assert_eq!(COUNTS.map(|name| said.count(name)), [1, 0, 0, 0, 1, 0], "{environment:?}: {said:?}");
        let known = nothing.exists();
        assert!(!known || environment[0].0 == "TZ", "what is embedded is not written");
    }
}

#[test]
fn short_calls_use_them_from_the_second_on() {
    let Made { program, cache } = made();
    let nothing = cache.beside("nothing for short calls");
    for learn in ["on", "off"] {
        let environment = [SHORT, ("AMORSIZE_CACHE", "off"), ("AMORSIZE_LEARN", learn)];
        // A call that is held up for milliseconds looks for them itself, the first one too. Where the first call has learned
        // a plan, the embedded one may be the same.
        let from_the_second_on = |[hits, recalled, misses, errors, embedded, memory]: [u64; 6]| {
            hits >= 3 && hits + misses == 4 && (recalled, errors) == (0, 0) && embedded > 0 && memory >= 2
        };
        assert_counts(|| run(program, &nothing, &environment, &["4"]), from_the_second_on);
    }
}

#[test]
fn where_they_do_not_hold_answers_are_the_same() {
    let Made { program, cache } = made();
    let nothing = cache.beside("nothing at all");
    let answer = run(program, &nothing, &[("AMORSIZE", "off")], &["1"]);
    assert_eq!(COUNTS.map(|name| answer.count(name)), [0; 6], "{answer:?}");
    // Another pool is another machine.
    let said = run(program, &nothing, &[("AMORSIZE_CACHE", "off"), ("RAYON_NUM_THREADS", "3")], &["1"]);
    assert_eq!(COUNTS.map(|name| said.count(name)), [0, 0, 1, 0, 0, 0], "{said:?}");
    assert_eq!(said.answer(), answer.answer());
}

#[test]
fn what_is_known_on_disk_takes_their_place() {
    let Made { program, cache } = made();
    // The first call begins with what is embedded and the second asks for what is on disk, which rests on fewer samples.
    let learned = || run(program, cache.folder(), &[("AMORSIZE_CACHE", "read")], &["4", "50"]);
    assert_counts(learned, |counts| counts == [4, 1, 0, 0, 1, 2]);
}
