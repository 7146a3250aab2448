//! k-means: points are put into groups, each around its own mean, until no point changes its group.
//!
//! ```sh
//! cargo run --release --example k_means
//! ```
//!
//! One loop is tuned, and called again and again: which mean is nearest to each point, and whether that is another one than
//! before. The means are sums of floats in the order of the points, so both ways end with the same bits.

#![forbid(unsafe_code)]

use std::io::{self, Write};
use std::process::ExitCode;

use amorsize_examples::compare::compare;
use amorsize_examples::program::{Arguments, Failure, run, warn_of_debug};
use amorsize_examples::show::counted;
use fastrand::Rng;

const USAGE: &str = "\
Usage: cargo run --release --example k_means [OPTION ..]

Puts made-up points into groups, by the plain loop and by Amorsize.

  --points N   1 to 10000000 (50000)
  --groups N   1 to 1000 (12)

Exit code: 0 if both ways found the same groups, 1 if not, 2 if this was called wrongly.";

/// Rounds at the most.
const ROUNDS: u64 = 40;

type Point = [f64; 3];

fn main() -> ExitCode {
    run("k_means", USAGE, k_means)
}

fn k_means(arguments: Arguments) -> Result<(), Failure> {
    let [count, groups] = arguments.numbers(&[("--points", 1..=10_000_000, 50_000), ("--groups", 1..=1_000, 12)])?;
    let points = made_up(count, groups);
    let start: Vec<Point> = points.iter().copied().cycle().step_by(7).take(groups).collect();

    let ((means, sizes, rounds), times) = compare(
        || settle(&points, &start, |means| points.iter().map(|point| nearest(point, means)).collect()),
        || settle(&points, &start, |means| nearest::map(&points, means)),
    )?;

    let mut out = io::stdout().lock();
    warn_of_debug(&mut out)?;
    writeln!(out, "Put {} into {groups} groups, in {}.", counted(count as u64, "point"), counted(rounds, "round"))?;
    for (size, [x, y, z]) in sizes.iter().zip(&means).take(5) {
        writeln!(out, "{size:>8} around ({x:.2}, {y:.2}, {z:.2})")?;
    }
    Ok(times.show_with(&nearest::on(&points, &means).plan(), &mut out)?)
}

/// The group of the nearest mean. How many means there are is a key, because it decides how long this takes.
#[amorsize::auto(key(means.len()))]
fn nearest(point: &Point, means: &[Point]) -> usize {
    let (mut group, mut least) = (0, f64::INFINITY);
    for (nth, mean) in means.iter().enumerate() {
        let distance: f64 = point.iter().zip(mean).map(|(a, b)| (a - b) * (a - b)).sum();
        if distance < least {
            (group, least) = (nth, distance);
        }
    }
    group
}

/// The means, how many points each has, and the rounds that it took until no point moved.
fn settle(points: &[Point], start: &[Point], assign: impl Fn(&[Point]) -> Vec<usize>) -> (Vec<Point>, Vec<u64>, u64) {
    let (mut means, mut groups, mut rounds) = (start.to_vec(), Vec::new(), 0);
    loop {
        let assigned = assign(&means);
        rounds += 1;
        let (mut sums, mut sizes) = (vec![[0.0; 3]; means.len()], vec![0; means.len()]);
        for (point, &group) in points.iter().zip(&assigned) {
            sizes[group] += 1;
            sums[group].iter_mut().zip(point).for_each(|(sum, x)| *sum += x);
        }
        // A group that lost all its points stays where it was.
        for ((mean, sum), &size) in means.iter_mut().zip(sums).zip(&sizes).filter(|(_, size)| **size > 0) {
            *mean = sum.map(|sum| sum / size as f64);
        }
        if assigned == groups || rounds == ROUNDS {
            return (means, sizes, rounds);
        }
        groups = assigned;
    }
}

/// Clouds of points, as many as there are groups.
fn made_up(count: usize, groups: usize) -> Vec<Point> {
    let mut random = Rng::with_seed(1);
    let centres: Vec<Point> = (0..groups).map(|_| [(); 3].map(|()| 10.0 * random.f64())).collect();
    let mut point = || centres[random.usize(..groups)].map(|x| x + random.f64() + random.f64() - 1.0);
    (0..count).map(|_| point()).collect()
}
