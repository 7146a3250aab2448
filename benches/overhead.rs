//! `cargo bench -p benches --bench overhead`: what the wrapper adds to a call whose plan is serial.

use std::hint::black_box;
use std::time::Instant;

use benches::assembly::{cheap_ours, cheap_plain};
use benches::callgrind::{instructions_added, was_child};
use benches::options::is_bench_run;
use benches::random::Random;
use benches::statistics::median;

/// Calls in one sample: some tens of microseconds, so that reading the clock does not count.
const CALLS: u32 = 1_000;
/// Pairs of samples.
const ROUNDS: usize = 2_000;
const BAR_NS: f64 = 10.0;
const BAR_INSTRUCTIONS: f64 = 40.0;

fn main() {
    if !is_bench_run() || was_child() {
        return;
    }
    println!("a call of f::map on cheap items, serial plan, hot: the plain loop, ours, what ours adds");
    println!("{:>6} {:>11} {:>11} {:>11}   instructions", "items", "plain", "ours", "added");
    let mut counted = true;
    let mut bars = (f64::NAN, f64::NAN);
    for items in [0_usize, 1, 10, 100] {
        let (plain, ours, added) = nanoseconds(items);
        let instructions = match instructions_added(items) {
            _ if !counted => f64::NAN,
            Ok(instructions) => instructions,
            Err(error) => {
                eprintln!("instructions are not counted: {error}");
                counted = false;
                f64::NAN
            }
        };
        println!("{items:6} {plain:8.1} ns {ours:8.1} ns {added:+8.1} ns   {instructions:+.0} a call");
        if items == 10 {
            bars = (added, instructions);
        }
    }
    println!("\n{:58} {:>6} {:>6}", "figure (ten cheap items)", "bar", "is");
    bar("added per call, nanoseconds", BAR_NS, bars.0);
    bar("added per call, instructions", BAR_INSTRUCTIONS, bars.1);
}

/// Medians of the plain loop, of ours, and of the difference within each pair, a call.
fn nanoseconds(count: usize) -> (f64, f64, f64) {
    let items: Vec<u64> = (0..count as u64).collect();
    let sample = |map: fn(&[u64]) -> Vec<u64>| {
        let start = Instant::now();
        for _ in 0..CALLS {
            black_box(map(black_box(&items)));
        }
        start.elapsed().as_nanos() as f64 / f64::from(CALLS)
    };
    let mut random = Random::new(count as u64);
    let (mut plain, mut ours, mut added) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        let (a, b) = if random.bits() & 1 == 0 {
            let a = sample(cheap_plain);
            (a, sample(cheap_ours))
        } else {
            let b = sample(cheap_ours);
            (sample(cheap_plain), b)
        };
        if round >= ROUNDS / 10 {
            plain.push(a);
            ours.push(b);
            added.push(b - a);
        }
    }
    (median(&plain), median(&ours), median(&added))
}

fn bar(what: &str, bar: f64, is: f64) {
    let met = match is {
        _ if is.is_nan() => "not measured",
        _ if is <= bar => "met",
        _ => "NOT MET",
    };
    println!("{what:58} {bar:6.1} {is:6.1}  {met}");
}
