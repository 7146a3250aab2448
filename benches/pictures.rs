//! `cargo bench -p benches --bench pictures -- [FOLDER]`: measures what the pictures of the guide show, and draws them into the folder
//! (`docs/src` from the root of the repository).

use std::env;
use std::fs;
use std::hint::black_box;
use std::io;
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use benches::options::is_bench_run;
use benches::random::Random;
use benches::statistics::median;
use benches::svg::{Chart, Group};
use rayon::prelude::*;
use sha2::{Digest, Sha256};

const KINDS: [&str; 3] = ["plain loop", "rayon, par_iter", "Amorsize"];
/// Samples of each.
const ROUNDS: usize = 41;
/// Calls before the first sample.
const BEFORE: usize = 30;
/// So long nobody works before a call that comes alone: the workers of the pool sleep.
const REST: Duration = Duration::from_millis(3);

#[amorsize::auto]
fn digest(text: &str) -> [u8; 32] {
    Sha256::digest(text).into()
}

#[amorsize::auto]
fn words(text: &str) -> usize {
    text.split_whitespace().count()
}

#[amorsize::auto]
fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

/// About a nanosecond a round.
#[amorsize::auto(key(rounds))]
fn spin(x: u64, rounds: u64) -> u64 {
    (0..rounds).fold(x, |x, i| (x ^ i).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(9))
}

/// How many times as fast as the plain loop each of the three is, in turns; each rests first if they are to come alone.
fn gains(name: &str, alone: bool, mut run: [&mut dyn FnMut(); 3]) -> Group {
    let mut samples = [const { Vec::new() }; 3];
    for _ in 0..BEFORE {
        for run in &mut run {
            run();
        }
    }
    for _ in 0..ROUNDS {
        for (run, samples) in run.iter_mut().zip(&mut samples) {
            if alone {
                sleep(REST);
            } else {
                run();
            }
            let start = Instant::now();
            run();
            samples.push(start.elapsed().as_nanos() as f64);
        }
    }
    let times = samples.map(|samples| median(&samples));
    println!("{name}: {}", times.map(|time| format!("{:.1} us", time / 1e3)).join(", "));
    Group { name: name.into(), values: times.iter().map(|time| times[0] / time).collect() }
}

/// The three jobs of the quickstart over texts that look like sources.
fn jobs() -> Vec<Group> {
    let mut random = Random::new(1);
    let mut line = || {
        let indent = " ".repeat(4 * random.below(4));
        let words: Vec<_> = (0..random.below(12)).map(|_| &"abcdefghijkl"[..=random.below(11)]).collect();
        indent + &words.join(" ")
    };
    let lines: Vec<String> = (0..200_000).map(|_| line()).collect();
    let texts: Vec<String> = lines.chunks(250).map(|lines| lines.join("\n")).collect();
    let all = |name: &str, run: [&mut dyn FnMut(); 3]| gains(name, false, run);
    vec![
        all(
            "SHA-256 of 800 files",
            [
                &mut || drop(black_box(texts.iter().map(|text| digest(text)).collect::<Vec<_>>())),
                &mut || drop(black_box(texts.par_iter().map(|text| digest(text)).collect::<Vec<_>>())),
                &mut || drop(black_box(digest::map(&texts))),
            ],
        ),
        all(
            "words in 800 files",
            [
                &mut || drop(black_box(texts.iter().map(|text| words(text)).collect::<Vec<_>>())),
                &mut || drop(black_box(texts.par_iter().map(|text| words(text)).collect::<Vec<_>>())),
                &mut || drop(black_box(words::map(&texts))),
            ],
        ),
        all(
            "indent of 200,000 lines",
            [
                &mut || drop(black_box(lines.iter().map(|line| indent(line)).collect::<Vec<_>>())),
                &mut || drop(black_box(lines.par_iter().map(|line| indent(line)).collect::<Vec<_>>())),
                &mut || drop(black_box(indent::map(&lines))),
            ],
        ),
    ]
}

/// Calls that find the pool asleep, from a microsecond on.
fn cold_starts() -> Vec<Group> {
    let items: Vec<u64> = (0..100).collect();
    let group = |(name, rounds): (&str, u64)| {
        gains(
            name,
            true,
            [
                &mut || drop(black_box(items.iter().map(|x| spin(*x, rounds)).collect::<Vec<_>>())),
                &mut || drop(black_box(items.par_iter().map(|x| spin(*x, rounds)).collect::<Vec<_>>())),
                &mut || drop(black_box(spin::map(&items, rounds))),
            ],
        )
    };
    [("1 us of work", 7), ("10 us", 75), ("100 us", 750), ("1 ms", 7_500), ("10 ms", 75_000)].map(group).into()
}

fn main() -> io::Result<()> {
    if !is_bench_run() {
        return Ok(());
    }
    let folder = env::args().skip(1).find(|argument| !argument.starts_with('-')).unwrap_or_else(|| ".".into());
    let threads = rayon::current_num_threads();
    let subtitle =
        |what: &str| format!("{what}, {threads} virtual cores, median of {ROUNDS}, in turns; longer is better");
    let draw = |name: &str, title: &str, what: &str, groups: &[Group]| {
        let chart = Chart { title, subtitle: &subtitle(what), kinds: &KINDS, line: 1.0, groups };
        fs::write(Path::new(&folder).join(name), chart.svg())
    };
    let (title, what) = ("Three jobs over files", "times as fast as the plain loop");
    draw("quickstart.svg", title, what, &jobs())?;
    let (title, what) = ("A call that comes alone", "times as fast as the plain loop, workers asleep");
    draw("cold-start.svg", title, what, &cold_starts())
}
