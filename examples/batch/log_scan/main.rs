//! Searches a log for a pattern: line by line, in bounded memory, by the plain loop and by a tuned stream.
//!
//! ```sh
//! cargo run --release --example log_scan [FILE] [--pattern REGEX]
//! ```
//!
//! Reading stays in one thread, and so does what is done with the results: they come in the order of the lines. A stream
//! decides anew in each run and remembers nothing. So the first lines are also mapped as a slice, whose plan can be shown.

#![forbid(unsafe_code)]

mod found;
mod lines;
mod log;

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use amorsize_examples::counts::counts;
use amorsize_examples::program::{Arguments, Failure, run, take, warn_of_debug};
use amorsize_examples::show::{counted, megabytes, thousands, time};
use amorsize_examples::times::median;
use regex::bytes::Regex;

use found::{Found, Seen};
use lines::with_lines;

const USAGE: &str = "\
Usage: cargo run --release --example log_scan [OPTION ..] [FILE]

Looks for a pattern in each line of FILE, by a plain loop and by a tuned stream, and
says how many lines have it, how long both took, and what Amorsize decided.
Without FILE: a log that is made up, in a temporary file.

  --pattern REGEX   what to look for, in the syntax of the crate regex
                    (what took 100 ms or longer, by host); of a pattern
                    with groups the first one counts
  --size MB         how long the made-up log is, 1 to 10000 (100)

Exit code: 0 if both ways found the same, 1 if not, 2 if there is nothing to search.";

/// Whatever took long; the group is the host.
const PATTERN: &str = r"^\S+ (\S+) (?:INFO|WARN|ERROR) .*\b\d{3,} ?ms\b";

/// Both ways are gone in turn until there are this many times of each or this much time has passed.
const ROUNDS: usize = 5;
const ENOUGH: Duration = Duration::from_secs(5);
/// How many lines are mapped as a slice, and how often.
const SLICE: usize = 16_384;
const CALLS: usize = 8;

#[amorsize::auto(key(pattern.as_str()))]
fn look(line: &[u8], pattern: &Regex) -> Seen {
    let found = if pattern.captures_len() > 1 {
        pattern.captures(line).and_then(|groups| groups.get(1))
    } else {
        pattern.find(line)
    };
    Seen { found: found.map(|found| found.as_bytes().into()), by_helper: rayon::current_thread_index().is_some() }
}

fn main() -> ExitCode {
    run("log_scan", USAGE, log_scan)
}

fn log_scan(mut arguments: Arguments) -> Result<(), Failure> {
    let (mut pattern, mut size, mut path) = (PATTERN.to_owned(), 100, None);
    while let Some(word) = arguments.word()? {
        match word.to_str() {
            Some("--pattern") => pattern = arguments.text("--pattern")?,
            Some("--size") => size = arguments.number("--size", 1..=10_000)?,
            _ => take(&mut path, word, "FILE")?,
        }
    }
    let pattern = Regex::new(&pattern)
        .map_err(|error| Failure::Usage(format!("--pattern is no regular expression: {}", last_line(&error))))?;
    let mut out = io::stdout().lock();
    let (mut log, name) = match &path {
        Some(path) => (open(Path::new(path))?, path.display().to_string()),
        None => (log::made_up(size * 1_000_000).map_err(missing("a temporary file"))?, "a made-up log".to_owned()),
    };

    let unread = missing(&name);
    let bytes = log.metadata().map_err(&unread)?.len();
    let figures = compare(&mut log, &pattern).map_err(&unread)?;
    let Figures { plain, tuned, plain_time, tuned_time } = figures;
    if plain.differs_from(&tuned) {
        return Err(Failure::Wrong(format!(
            "the stream found {} in {}, the plain loop {} in {}",
            counted(tuned.matches, "match"),
            counted(tuned.lines, "line"),
            counted(plain.matches, "match"),
            counted(plain.lines, "line"),
        )));
    }
    warn_of_debug(&mut out)?;
    writeln!(out, "Searched {name}: {}, {}.", counted(plain.lines, "line"), megabytes(bytes))?;
    writeln!(out, "{} of {}", counted(plain.matches, "match"), pattern.as_str())?;
    for (times, text) in plain.most_frequent() {
        writeln!(out, "{:>10}  {text}", thousands(times))?;
    }
    writeln!(out)?;
    let rate = |time: Duration| format!("{:.0} MB/s", bytes as f64 / 1e6 / time.as_secs_f64().max(1e-9));
    writeln!(out, "plain loop {:>8} {:>10}", time(plain_time), rate(plain_time))?;
    let gain = plain_time.as_secs_f64() / tuned_time.as_secs_f64().max(1e-9);
    writeln!(out, "stream     {:>8} {:>10}   {gain:.2}x", time(tuned_time), rate(tuned_time))?;
    let share = 100.0 * tuned.by_helpers as f64 / tuned.lines.max(1) as f64;
    let decided = if tuned.by_helpers == 0 { "stayed a plain loop" } else { "called for help" };
    writeln!(out, "The stream {decided}: other threads looked at {share:.0}% of the lines.")?;
    writeln!(out)?;

    let slice: Vec<Vec<u8>> = with_lines(&mut log, |lines| lines.take(SLICE).collect()).map_err(&unread)?;
    for _ in 0..CALLS {
        look::map(&slice, &pattern);
    }
    let plan = look::on(&slice, &pattern).plan();
    writeln!(out, "As a slice, the plan for the first {} is {plan}.", counted(slice.len() as u64, "line"))?;
    writeln!(out, "Amorsize's cache: {}.", counts(&amorsize::stats()))?;
    out.flush()?;
    Ok(())
}

/// Where a pattern is wrong is shown in several lines, of which the last says what is wrong.
fn last_line(error: &regex::Error) -> String {
    let text = error.to_string();
    text.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned()
}

fn missing(what: &str) -> impl Fn(io::Error) -> Failure {
    move |error| Failure::Missing(format!("{what} cannot be read: {error}"))
}

/// A file that can be read more than once.
fn open(path: &Path) -> Result<File, Failure> {
    let file = File::open(path).and_then(|file| Ok((file.metadata()?, file)));
    let (what, file) = file.map_err(missing(&path.display().to_string()))?;
    if what.is_file() {
        Ok(file)
    } else {
        Err(Failure::Missing(format!("{} is no file that can be read twice", path.display())))
    }
}

/// What was found, and how long that took: medians.
struct Figures {
    plain: Found,
    tuned: Found,
    plain_time: Duration,
    tuned_time: Duration,
}

fn compare(log: &mut File, pattern: &Regex) -> io::Result<Figures> {
    let began = Instant::now();
    // The first reading also brings the file into memory, so that no way pays for that.
    let mut plain = with_lines(log, |lines| Found::of(lines.map(|line| look(&line, pattern))))?;
    let mut tuned = Found::default();
    let (mut plain_times, mut tuned_times) = (Vec::new(), Vec::new());
    while tuned_times.is_empty() || (tuned_times.len() < ROUNDS && began.elapsed() < ENOUGH) {
        let start = Instant::now();
        plain = with_lines(log, |lines| Found::of(lines.map(|line| look(&line, pattern))))?;
        plain_times.push(start.elapsed());
        let start = Instant::now();
        tuned = with_lines(log, |lines| Found::of(look::stream(lines, pattern)))?;
        tuned_times.push(start.elapsed());
    }
    Ok(Figures { plain, tuned, plain_time: median(plain_times), tuned_time: median(tuned_times) })
}
