//! Finds names that are nearly the same: each pair is compared, by the edits that lead from one to the other.
//!
//! ```sh
//! cargo run --release --example similar
//! ```
//!
//! The pairs are those of [`amorsize::product`], and the distance is computed in a row of numbers that each thread keeps.

#![forbid(unsafe_code)]

use std::io::{self, Write};
use std::process::ExitCode;

use amorsize_examples::compare::compare;
use amorsize_examples::program::{Arguments, Failure, run, warn_of_debug};
use amorsize_examples::show::counted;
use fastrand::Rng;

const USAGE: &str = "\
Usage: cargo run --release --example similar [OPTION ..]

Compares each of many made-up names with each other, by the plain loop and by
Amorsize, and shows pairs that are nearly the same.

  --names N   2 to 100000 (800)
  --edits N   letters that may be changed, added or left out, 1 to 10 (1)

Exit code: 0 if both ways found the same, 1 if not, 2 if this was called wrongly.";

fn main() -> ExitCode {
    run("similar", USAGE, similar)
}

fn similar(arguments: Arguments) -> Result<(), Failure> {
    let [count, edits] = arguments.numbers(&[("--names", 2..=100_000, 800), ("--edits", 1..=10, 1)])?;
    let names = made_up(count);

    // Half of the pairs are the others turned round, which cost next to nothing.
    let pair = |a: usize, b: usize, row: &mut Vec<usize>| {
        let near =
            a < b && names[a].len().abs_diff(names[b].len()) <= edits && distance(&names[a], &names[b], row) <= edits;
        near.then_some((a, b))
    };
    let pairs = || amorsize::product(0..count, 0..count);
    let tuned = || amorsize::on!(pairs(), scratch = Vec::new(), |(a, b), row| pair(a, b, row));
    let (near, times) = compare(
        || {
            let mut row = Vec::new();
            pairs().filter_map(|(a, b)| pair(a, b, &mut row)).collect()
        },
        || tuned().filter_map(),
    )?;

    let mut out = io::stdout().lock();
    warn_of_debug(&mut out)?;
    let compared = counted((count * (count - 1) / 2) as u64, "pair");
    writeln!(
        out,
        "Compared {compared} of names; {} at most {} apart.",
        counted(near.len() as u64, "pair"),
        counted(edits as u64, "edit")
    )?;
    for &(a, b) in near.iter().take(5) {
        writeln!(out, "{:>16}  {}", names[a], names[b])?;
    }
    Ok(times.show_with(&tuned().plan(), &mut out)?)
}

/// How many letters have to be changed, added or left out to make `b` of `a`. Both are ASCII.
fn distance(a: &str, b: &str, row: &mut Vec<usize>) -> usize {
    row.clear();
    row.extend(0..=b.len());
    for (i, x) in a.bytes().enumerate() {
        // The distance of the letters before both, of one row above.
        let mut before = row[0];
        row[0] = i + 1;
        for (j, y) in b.bytes().enumerate() {
            let changed = before + usize::from(x != y);
            before = row[j + 1];
            row[j + 1] = changed.min(before + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

fn made_up(count: usize) -> Vec<String> {
    let syllables =
        ["an", "bel", "car", "da", "el", "fri", "ga", "han", "i", "jo", "kar", "lin", "mo", "na", "ro", "sa"];
    let mut random = Rng::with_seed(1);
    let mut name = || (0..random.usize(3..6)).map(|_| syllables[random.usize(..syllables.len())]).collect();
    (0..count).map(|_| name()).collect()
}
