//! A program for tests that need processes of their own: it makes tuned calls, says in one line what came of them, and
//! ends as it is told.
//!
//! ```text
//! child [chdir=DIR] [calls=N] [keys=A..B] [for-ever=A..B] [end=HOW]
//! ```
//!
//! The environment says what it remembers and where.

use std::any::Any;
use std::io::{Write, stdout};
use std::panic::resume_unwind;
use std::process::{abort, exit};
use std::sync::mpsc::channel;
use std::thread::{self, park, sleep};
use std::time::Duration;

/// Sleeps, so that many processes at once take no longer than one.
#[amorsize::auto]
fn slow(x: u64) -> u64 {
    sleep(Duration::from_millis(2));
    mixed(x)
}

/// Has as many plans as there are keys.
#[amorsize::auto(key(key))]
fn keyed(x: u64, key: u64) -> u64 {
    sleep(Duration::from_micros(50));
    mixed(x ^ key)
}

fn mixed(x: u64) -> u64 {
    (x + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29)
}

/// Two calls for each key, so that what the first one left open is learned too.
fn learn(key: u64) -> u64 {
    (0..2).fold(0, |sum, _| keyed::map(0..8, key).into_iter().fold(sum, u64::wrapping_add))
}

fn main() {
    let (mut calls, mut end) = (1, String::from("return"));
    let mut answer = 0u64;
    for argument in std::env::args().skip(1) {
        let (name, value) = argument.split_once('=').expect("name=value");
        let range = || {
            let (first, last) = value.split_once("..").expect("A..B");
            first.parse().expect("a number")..last.parse::<u64>().expect("a number")
        };
        match name {
            "chdir" => std::env::set_current_dir(value).expect("there is such a folder"),
            "calls" => calls = value.parse().expect("a number"),
            "keys" => {
                calls = 0;
                answer = range().map(learn).fold(answer, u64::wrapping_add);
            }
            "for-ever" => {
                say("learning");
                // Faults are counted, and told to those who ask.
                range().cycle().for_each(|key| {
                    learn(key);
                    let _ = amorsize::flush();
                });
            }
            "end" => value.clone_into(&mut end),
            _ => panic!("there is no {name}"),
        }
    }
    for _ in 0..calls {
        answer = slow::map(0..4).into_iter().fold(answer, u64::wrapping_add);
    }
    report(answer);
    finish(&end);
}

fn finish(how: &str) {
    match how {
        "return" => {}
        "exit" => exit(0),
        "exit 3" => exit(3),
        "panic" => quietly(),
        "panic of another thread" => {
            let failed = thread::spawn(quietly).join().is_err();
            assert!(failed);
        }
        "inside a call" => {
            let (begun, has_begun) = channel();
            thread::spawn(move || {
                let _ = begun.send(());
                slow::map(0..1_000_000)
            });
            let _ = has_begun.recv();
            sleep(Duration::from_millis(10));
        }
        "flush and abort" => {
            amorsize::flush().expect("it can be written");
            abort();
        }
        "abort" => abort(),
        // Until it is killed.
        "never" => loop {
            park();
        },
        _ => panic!("there is no such end as {how}"),
    }
}

/// Panics past the hook, which would print.
fn quietly() {
    resume_unwind(Box::new(()) as Box<dyn Any + Send>)
}

/// `answer=.. hits=.. recalled=.. misses=.. errors=.. entries=..`, what was rejected as `clock=1`, and after a bar the
/// faults.
fn report(answer: u64) {
    let stats = amorsize::stats();
    let amorsize::Stats { hits, recalled, misses, errors, entries, faults, rejected, .. } = stats;
    let mut line =
        format!("answer={answer} hits={hits} recalled={recalled} misses={misses} errors={errors} entries={entries}");
    for (reason, count) in rejected {
        line += &format!(" {}={count}", reason.name());
    }
    say(&format!("{line} | {}", faults.join(" | ")));
}

/// Not `println!`, which panics where nobody listens any more.
fn say(line: &str) {
    let _ = writeln!(stdout(), "{line}");
}
