//! Instructions a call, counted by valgrind.

use std::env;
use std::hint::black_box;
use std::io;
use std::process::Command;

use crate::assembly::{cheap_ours, cheap_plain};

/// The hidden option by which a process knows that it is to be counted.
const CHILD: &str = "--count";
/// Two numbers of calls: the difference between their counts is free of the start of the process and of what the first
/// calls learn.
const CALLS: [u64; 2] = [2_000, 12_000];

/// If this process is one to be counted: makes the calls and says that it was one.
///
/// # Panics
/// If the command line is not one that [`instructions_added`] makes.
#[must_use]
pub fn was_child() -> bool {
    let words: Vec<String> = env::args().collect();
    let Some(place) = words.iter().position(|word| word == CHILD) else {
        return false;
    };
    let number = |word: &str| word.parse::<u64>().expect("a number");
    let items: Vec<u64> = (0..number(&words[place + 2])).collect();
    let map = if words[place + 1] == "ours" { cheap_ours } else { cheap_plain };
    for _ in 0..number(&words[place + 3]) {
        black_box(map(black_box(&items)));
    }
    true
}

/// The instructions that our map of `items` cheap items adds to a call, on a plan that is known.
///
/// # Errors
/// If valgrind is not installed or its output is not understood.
pub fn instructions_added(items: usize) -> io::Result<f64> {
    let a_call = |who| -> io::Result<f64> {
        let [few, many] = CALLS;
        let more = count(who, items, many)? - count(who, items, few)?;
        Ok(more / (many - few) as f64)
    };
    Ok(a_call("ours")? - a_call("plain")?)
}

/// The instructions of a whole process.
fn count(who: &str, items: usize, calls: u64) -> io::Result<f64> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(env::current_exe()?)
        .args(["--bench", CHILD, who, &items.to_string(), &calls.to_string()])
        .output()?;
    let text = String::from_utf8_lossy(&output.stderr);
    let collected = text.lines().find_map(|line| line.split_once("Collected : ")?.1.split_whitespace().next());
    collected
        .and_then(|number| number.parse().ok())
        .ok_or_else(|| io::Error::other(format!("valgrind said no count: {text}")))
}
