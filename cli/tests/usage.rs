//! The command line itself: help, exit codes, colours, widths, and readers that go away.

use std::collections::BTreeSet;
use std::process::Stdio;

use serde_json::Value;

use crate::cache::{Cache, Said};

const COMMANDS: &[&str] = &[
    "list",
    "show",
    "stats",
    "clear",
    "prune",
    "export",
    "import",
    "check",
    "verify",
    "repair",
    #[cfg(feature = "dashboard")]
    "serve",
    #[cfg(feature = "dashboard")]
    "top",
    #[cfg(feature = "bench")]
    "bench",
    "dir",
    "doctor",
    "completions",
    "help",
];

/// Every command, with words that it answers to.
const ANSWERED: &[&[&str]] = &[
    &["list"],
    &["show", "score"],
    &["stats"],
    &["prune"],
    &["export", "plans"],
    &["import", "plans"],
    &["check", "plans", "--baseline", "plans"],
    &["verify"],
    &["repair"],
    #[cfg(feature = "dashboard")]
    &["top", "--once"],
    &["dir"],
    &["doctor"],
    &["clear", "--yes"],
];

#[test]
fn help_is_worth_reading() {
    let cache = Cache::none();
    let help = cache.run(&["--help"]).well();
    for part in ["Exit codes:", "Environment:", "Files:", "JSON:", "Examples:", "AMORSIZE_CACHE_DIR", "NO_COLOR"] {
        assert!(help.contains(part), "{part}: {help}");
    }
    for command in COMMANDS {
        assert!(help.contains(&format!("\n  {command} ")), "{command}: {help}");
        let own = cache.run(&[command, "--help"]).well();
        for part in ["Exit codes:", "JSON:", "Examples:", &format!("  amorsize {command}")] {
            assert!(own.contains(part), "{command}: {part}: {own}");
        }
        assert!(own.lines().chain(help.lines()).all(|line| line.chars().count() <= 80), "{command}: {own}");
        cache.run(&[command, "-h"]).well();
    }
    assert_eq!(cache.run(&["--version"]).well(), format!("amorsize {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn help_is_a_command_too() {
    let cache = Cache::none();
    assert_eq!(cache.run(&["help"]).well(), cache.run(&["--help"]).well());
    for command in COMMANDS {
        assert_eq!(cache.run(&["help", command]).well(), cache.run(&[command, "--help"]).well());
    }
    let json = cache.run(&["help", "json"]).well();
    assert!(json.lines().all(|line| line.chars().count() <= 80), "{json}");
    assert!(cache.run(&["help", "nonsense"]).failed(2).contains("nonsense"));
    assert!(cache.run(&["--color=always", "help", "list"]).well().contains("\x1b["));
}

#[test]
fn help_and_mistakes_fit() {
    let cache = Cache::none();
    let topics = COMMANDS.iter().chain(&["json"]).map(|topic| vec!["help", *topic]);
    let short = COMMANDS.iter().map(|command| vec![*command, "-h"]);
    let wrong = ["check", "completions", "--cache-dir"].map(|word| vec![word]);
    let wrong =
        wrong.into_iter().chain([vec!["list", "--sort", "luck"], vec!["chekc"], vec!["import", "a", "--merge"]]);
    for words in topics.chain(short).chain(wrong).chain([vec![], vec!["help"], vec!["-h"]]) {
        for columns in [40, 80, 120, 200] {
            let said = Said::of(cache.command(&words).env("COLUMNS", columns.to_string()).output().unwrap());
            // A word that is longer has a line to itself.
            let is_wide = |line: &&str| line.chars().count() > columns.min(100) && line.trim().contains(' ');
            let wide = said.out.lines().chain(said.err.lines()).find(is_wide);
            assert_eq!(wide, None, "{words:?} at {columns}: {said:?}");
        }
    }
    let json = |columns: &str| {
        let said = Said::of(cache.command(&["help", "json"]).env("COLUMNS", columns).output().unwrap()).well();
        said.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    assert_eq!(json("40"), json("200"), "nothing is lost");
}

#[test]
fn every_field_of_every_answer_is_explained() {
    let cache = Cache::learned();
    cache.run(&["export", "plans"]).well();
    cache.put("notes.txt", b"mine");
    let words = words_of_the_schema();
    let answers: &[(i32, &[&str])] = &[
        (0, &["list"]),
        (0, &["show", "score"]),
        (0, &["stats"]),
        (0, &["prune"]),
        (0, &["export", "plans"]),
        (0, &["import", "plans"]),
        (0, &["check", "plans", "--baseline", "plans"]),
        (1, &["verify"]),
        (1, &["repair"]),
        #[cfg(feature = "dashboard")]
        (0, &["top"]),
        (0, &["dir"]),
        (1, &["doctor"]),
        (0, &["clear", "--yes"]),
    ];
    for &(code, command) in answers {
        let mut unknown = Vec::new();
        fields(&cache.json(code, command), &mut |name| {
            if !words.contains(name) {
                unknown.push(name.to_owned());
            }
        });
        assert_eq!(unknown, [""; 0], "{command:?}");
    }
}

/// All words of `amorsize help json`.
pub(crate) fn words_of_the_schema() -> BTreeSet<String> {
    let help = Cache::none().json(0, &["help", "json"])["help"].as_str().unwrap().to_owned();
    help.split(|c: char| !c.is_alphanumeric() && c != '_').map(ToOwned::to_owned).collect()
}

/// Names of all fields, at any depth.
pub(crate) fn fields(value: &Value, visit: &mut dyn FnMut(&str)) {
    match value {
        Value::Object(object) => {
            for (name, value) in object {
                visit(name);
                fields(value, visit);
            }
        }
        Value::Array(values) => values.iter().for_each(|value| fields(value, visit)),
        _ => {}
    }
}

#[test]
fn wrong_use_is_told_apart() {
    let cache = Cache::learned();
    let wrong: [&[&str]; 9] = [
        &[],
        &["nonsense"],
        &["show"],
        &["list", "one", "more"],
        &["list", "--colour"],
        &["list", "--color", "sometimes"],
        &["list", "--cache-dir", ""],
        &["import", "plans", "--merge", "never"],
        &["completions", "nosh"],
    ];
    for words in wrong {
        cache.run(words).failed(2);
        if !words.is_empty() {
            assert!(cache.json(2, words)["error"].is_string(), "{words:?}");
        }
    }
}

#[test]
fn there_are_no_colours_but_on_request() {
    let cache = Cache::learned();
    cache.put("notes.txt", b"mine");
    for words in ANSWERED {
        let said = cache.run(words);
        assert!(!said.out.contains('\x1b') && !said.err.contains('\x1b'), "{words:?}: {said:?}");
    }
    let cache = Cache::learned();
    let always = ["list", "--color", "always"];
    assert!(cache.run(&always).well().contains("\x1b["));
    assert!(cache.run(&["--color=always", "nonsense"]).failed(2).contains("\x1b["));
    let asked = Said::of(cache.command(&always).env("NO_COLOR", "1").output().unwrap()).well();
    assert_eq!(asked, cache.run(&always).well(), "what is asked for counts more than what is set");
    assert!(!cache.run(&["list", "--json", "--color", "always"]).well().contains('\x1b'));
}

#[test]
fn lines_fit() {
    for columns in [None, Some(80), Some(60), Some(40)] {
        let cache = Cache::learned();
        cache.run(&["export", "plans"]).well();
        cache.put("notes.txt", b"mine");
        for words in ANSWERED {
            let mut command = cache.command(words);
            // So that the only long word of all is short.
            command.args(["--cache-dir", "cache"]);
            if let Some(columns) = columns {
                command.env("COLUMNS", columns.to_string());
            }
            let said = Said::of(command.output().unwrap());
            let limit = columns.unwrap_or(80).max(cache.dir().display().to_string().len() + 1);
            let wide = said.out.lines().chain(said.err.lines()).find(|line| line.chars().count() > limit);
            assert_eq!(wide, None, "{words:?} at {columns:?}: {}", said.out);
            assert!(said.out.lines().all(|line| line.trim_end() == line), "{words:?}: {:?}", said.out);
        }
    }
}

#[test]
fn every_answer_is_json_on_request() {
    let cache = Cache::learned();
    cache.run(&["export", "plans"]).well();
    for words in ANSWERED {
        let answer = cache.json(0, words);
        assert!(answer.is_object() && answer.get("error").is_none(), "{words:?}: {answer}");
    }
    assert_eq!(cache.json(0, &["completions", "zsh"])["shell"], "zsh");
}

#[test]
fn shells_can_complete_it() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = Cache::none().run(&["completions", shell]).well();
        assert!(script.contains("amorsize") && script.contains("doctor"), "{shell}");
    }
}

#[test]
fn a_reader_may_go_away() {
    let cache = Cache::learned();
    for words in [&["list"] as &[&str], &["completions", "bash"], &["list", "--json"], &["--help"]] {
        let mut child = cache.command(words).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let said = Said::of(child.wait_with_output().unwrap());
        assert_eq!((said.code, said.err.as_str()), (0, ""), "{words:?}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_error() {
    let cache = Cache::learned();
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    let output = cache.command(&["list"]).stdout(full).stderr(Stdio::piped()).output().unwrap();
    assert!(Said::of(output).failed(1).contains("cannot write to standard output"));
}

#[test]
fn a_mistake_in_the_environment_is_said_once_and_harmless() {
    let cache = Cache::learned();
    let said = Said::of(cache.command(&["list"]).env("AMORSIZE_CACHE", "sometimes").output().unwrap());
    assert_eq!((said.code, said.err.lines().count()), (0, 1), "{said:?}");
    assert!(said.err.contains("AMORSIZE_CACHE=sometimes"), "{said:?}");
}
