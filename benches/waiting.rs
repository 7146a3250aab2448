//! `cargo bench -p benches --bench waiting`: functions that wait, with and without the option `blocking`, and what the option costs
//! functions that do not.

use std::env;
use std::hint::black_box;
use std::process::Command;
use std::thread::{self, sleep};
use std::time::{Duration, Instant};

use benches::options::is_bench_run;
use benches::random::Random;
use benches::statistics::median;
use rayon::prelude::*;

/// Calls of each contender before its first sample.
const CALLS_BEFORE: usize = 12;
/// Everybody rests so long before a sample.
const REST: Duration = Duration::from_millis(3);
/// Fresh processes.
const PROCESSES: usize = 21;
/// In a fresh process: which of the two first calls it makes.
const FIRST: &str = "AMORSIZE_BENCH_FIRST";

/// Sleeps, then works: each for so many microseconds.
#[derive(Clone, Copy)]
struct Item {
    sleep: u64,
    work: u64,
}

impl Item {
    fn take(self) -> u64 {
        if self.sleep > 0 {
            sleep(Duration::from_micros(self.sleep));
        }
        // About a nanosecond a round.
        (0..self.work * 700).fold(self.work, |sum, i| (sum ^ i).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29))
    }
}

/// Each workload has plans of its own.
#[amorsize::auto(key(workload))]
fn unmarked(item: Item, workload: &str) -> u64 {
    let _ = workload;
    item.take()
}

#[amorsize::auto(blocking, key(workload))]
fn marked(item: Item, workload: &str) -> u64 {
    let _ = workload;
    item.take()
}

type Contender<'c> = (&'static str, &'c dyn Fn() -> Vec<u64>);

/// Medians of all contenders, ms a call: interleaved, in random order, with one untimed call before each sample if the pool is to
/// be awake, and with a rest if not.
fn medians(contenders: &[Contender<'_>], rounds: usize, is_hot: bool) -> Vec<f64> {
    let expected = contenders[0].1();
    for (name, run) in contenders {
        assert_eq!(run(), expected, "{name}");
        for _ in 0..CALLS_BEFORE.min(rounds) {
            black_box(run());
        }
    }
    let mut samples = vec![Vec::new(); contenders.len()];
    let mut random = Random::new(7);
    for _ in 0..rounds {
        let first = random.below(contenders.len());
        for next in 0..contenders.len() {
            let which = (first + next) % contenders.len();
            if is_hot {
                black_box(contenders[which].1());
            } else {
                sleep(REST);
            }
            let start = Instant::now();
            black_box(contenders[which].1());
            samples[which].push(start.elapsed().as_nanos() as f64 / 1e6);
        }
    }
    samples.iter().map(|samples| median(samples)).collect()
}

/// One line: what a workload takes everybody.
fn row(name: &str, items: &[Item], rounds: usize) {
    let threads = || {
        thread::scope(|scope| {
            let all: Vec<_> = items.iter().map(|item| scope.spawn(|| item.take())).collect();
            all.into_iter().map(|one| one.join().expect("no panic")).collect()
        })
    };
    let plain = || items.iter().map(|item| item.take()).collect::<Vec<_>>();
    let rayon = || items.par_iter().map(|item| item.take()).collect::<Vec<_>>();
    let unmarked = || unmarked::map(items, name);
    let marked = || marked::map(items, name);
    let mut contenders: Vec<Contender<'_>> =
        vec![("plain", &plain), ("rayon", &rayon), ("unmarked", &unmarked), ("marked", &marked)];
    if items[0].sleep > 0 {
        contenders.push(("a thread each", &threads));
    }
    for is_hot in [true, false] {
        let medians = medians(&contenders, rounds, is_hot);
        let threads = medians.get(4).map_or_else(String::new, |ms| format!("{ms:>10.3}"));
        let [plain, rayon, unmarked, marked, ..] = medians[..] else { unreachable!("there are four at least") };
        println!(
            "{name:26} {:5} {plain:>10.3} {rayon:>10.3} {unmarked:>10.3} {marked:>10.3} {:>10.2} {threads:>14}",
            if is_hot { "hot" } else { "cold" },
            unmarked / marked
        );
    }
}

/// The first call of a process, ms: a median over fresh ones.
fn first_call(which: &str) -> f64 {
    let samples = (0..PROCESSES).map(|_| {
        let mut child = Command::new(env::current_exe().expect("this program has a path"));
        let said = child.env(FIRST, which).env("AMORSIZE_CACHE", "off").output().expect("it runs").stdout;
        String::from_utf8_lossy(&said).trim().parse().expect("a number")
    });
    median(&samples.collect::<Vec<f64>>())
}

fn main() {
    let sleeps = vec![Item { sleep: 2_000, work: 0 }; 64];
    if let Ok(which) = env::var(FIRST) {
        let start = Instant::now();
        black_box(if which == "marked" { marked::map(&sleeps, "") } else { unmarked::map(&sleeps, "") });
        return println!("{}", start.elapsed().as_nanos() as f64 / 1e6);
    }
    if !is_bench_run() {
        return;
    }
    println!(
        "{:26} {:5} {:>10} {:>10} {:>10} {:>10} {:>10} {:>14}",
        "ms a call", "pool", "plain", "rayon", "unmarked", "marked", "unm./mark.", "a thread each"
    );
    row("64 sleeps of 2 ms", &sleeps, 15);
    row("16 sleeps of 20 ms", &[Item { sleep: 20_000, work: 0 }; 16], 7);
    row("64 sleeps of 200 us", &[Item { sleep: 200, work: 0 }; 64], 31);
    row("64 x 1 ms sleep, 1 ms work", &[Item { sleep: 1_000, work: 1_000 }; 64], 9);
    row("64 x 10 us of work", &[Item { sleep: 0, work: 10 }; 64], 401);
    row("100 x 100 us of work", &[Item { sleep: 0, work: 100 }; 100], 101);
    row("64 x 1 ms of work", &[Item { sleep: 0, work: 1_000 }; 64], 41);
    for which in ["unmarked", "marked"] {
        println!("64 sleeps of 2 ms, first call of a process, {which}: {:.1} ms", first_call(which));
    }
}
