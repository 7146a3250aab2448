//! `cargo bench -p benches --bench snapshot`: what it takes to ask a process for everything that is measured.

use std::hint::black_box;
use std::time::Instant;

use benches::assembly::{cheap_ours, squares_ours};
use benches::many::{FUNCTIONS, call_each};
use benches::options::is_bench_run;
use benches::statistics::median;

#[amorsize::auto]
fn third(x: u64) -> u64 {
    x / 3
}

fn main() {
    if !is_bench_run() {
        return;
    }
    let place = std::env::temp_dir().join(format!("amorsize-snapshot-{}", std::process::id()));
    amorsize::Config::new().cache_dir(&place).install().expect("nothing was mapped yet");
    for len in [10, 1_000, 100_000] {
        for _ in 0..5 {
            black_box(cheap_ours(&vec![1; len]));
            black_box(squares_ours(&vec![1.0; len]));
            black_box(third::map(vec![1; len]));
        }
    }
    row(2_000);
    for _ in 0..3 {
        call_each();
    }
    amorsize::flush().expect("the folder of a temporary file can be written to");
    row(50);
    assert!(amorsize::snapshot().functions.len() >= FUNCTIONS);
    let _ = std::fs::remove_dir_all(place);
}

/// The first one reads the folder.
fn row(rounds: usize) {
    let snapshot = amorsize::snapshot();
    let plans: usize = snapshot.functions.iter().map(|function| function.plans.len()).sum();
    let stats = micros(rounds, || amorsize::stats().functions.len());
    let all = micros(rounds, || amorsize::snapshot().functions.len());
    let count = snapshot.functions.len();
    println!("{count:5} functions, {plans:5} plans: stats() {stats:8.1} us, snapshot() {all:8.1} us");
}

fn micros(rounds: usize, mut ask: impl FnMut() -> usize) -> f64 {
    let times: Vec<f64> = (0..rounds)
        .map(|_| {
            let start = Instant::now();
            black_box(ask());
            start.elapsed().as_secs_f64() * 1e6
        })
        .collect();
    median(&times)
}
