//! `cargo bench -p benches --bench callers`: eight threads that call at once, and calls inside of calls: how much gets done beside
//! plain loops and rayon.

use std::hint::black_box;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

use benches::options::is_bench_run;
use benches::statistics::{geometric_mean, median};
use rayon::prelude::*;

const CALLERS: usize = 8;
const ROUNDS: usize = 9;
/// How long each contender is given in a round.
const TIME: Duration = Duration::from_millis(200);

/// About a nanosecond a round.
#[amorsize::auto(key(rounds))]
fn spin(x: u64, rounds: u64) -> u64 {
    (0..rounds).fold(x, |x, i| (x ^ i).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(9))
}

/// A call of [`spin`] for each item.
#[amorsize::auto(key(rounds))]
fn nested(x: u64, rounds: u64) -> u64 {
    spin::map([x; 50], rounds).into_iter().fold(0, |sum, x| sum ^ x)
}

#[derive(Clone, Copy)]
enum Contender {
    Plain,
    Rayon,
    Ours,
}

const ALL: [Contender; 3] = [Contender::Plain, Contender::Rayon, Contender::Ours];

fn flat(contender: Contender, items: &[u64], rounds: u64) {
    let all: Vec<u64> = match contender {
        Contender::Plain => items.iter().map(|x| spin(*x, rounds)).collect(),
        Contender::Rayon => items.par_iter().map(|x| spin(*x, rounds)).collect(),
        Contender::Ours => spin::map(items, rounds),
    };
    black_box(all);
}

fn inside(contender: Contender, items: &[u64], rounds: u64) {
    let plain = |x: &u64| (0..50).map(|_| spin(*x, rounds)).fold(0, |sum, x| sum ^ x);
    let shared = |x: &u64| (0..50).into_par_iter().map(|_| spin(*x, rounds)).reduce(|| 0, |sum, x| sum ^ x);
    let all: Vec<u64> = match contender {
        Contender::Plain => items.iter().map(plain).collect(),
        Contender::Rayon => items.par_iter().map(shared).collect(),
        Contender::Ours => nested::map(items, rounds),
    };
    black_box(all);
}

/// Calls a second by so many threads.
fn throughput(callers: usize, call: &(impl Fn() + Sync)) -> f64 {
    let calls = AtomicU64::new(0);
    let start = Instant::now();
    thread::scope(|scope| {
        for _ in 0..callers {
            scope.spawn(|| {
                while start.elapsed() < TIME {
                    call();
                    calls.fetch_add(1, Relaxed);
                }
            });
        }
    });
    calls.into_inner() as f64 / start.elapsed().as_secs_f64()
}

fn main() {
    if !is_bench_run() {
        return;
    }
    println!(
        "calls a second, medians of {ROUNDS} rounds in turns, {} threads in the pool",
        rayon::current_num_threads()
    );
    println!("| | plain loops | rayon | Amorsize | by the better |");
    println!("|---|---|---|---|---|");
    let items: Vec<u64> = (0..100).collect();
    let mut ratios = Vec::new();
    for (what, callers, rounds, call) in [
        ("8 callers, 10 us", CALLERS, 75, flat as fn(Contender, &[u64], u64)),
        ("8 callers, 100 us", CALLERS, 750, flat),
        ("8 callers, 1 ms", CALLERS, 7_500, flat),
        ("8 callers, 10 ms", CALLERS, 75_000, flat),
        ("2 callers, 1 ms", 2, 7_500, flat),
        ("nested, 100 x 50 of 0.1 us", 1, 75, inside),
        ("nested, 100 x 50 of 2 us", 1, 1_500, inside),
        ("8 callers, nested", CALLERS, 750, inside),
    ] {
        let mut samples = [const { Vec::new() }; 3];
        // The first round is not counted.
        for round in 0..=ROUNDS {
            for (contender, samples) in ALL.into_iter().zip(&mut samples) {
                let calls = throughput(callers, &|| call(contender, &items, rounds));
                samples.extend((round > 0).then_some(calls));
            }
        }
        let [plain, rayon, ours] = samples.map(|samples| median(&samples));
        let ratio = ours / plain.max(rayon);
        ratios.push(ratio);
        println!("| {what} | {plain:.0} | {rayon:.0} | {ours:.0} | {ratio:.2} |");
    }
    let worst = ratios.iter().copied().fold(f64::INFINITY, f64::min);
    println!("geometric mean {:.2}, worst {worst:.2}", geometric_mean(ratios));
}
