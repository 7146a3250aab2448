//! `cargo bench -p benches --bench streams`: what a stream adds to the plain iterator, how far its results come behind
//! their items, and what it gains.

use std::hint::black_box;
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};

use benches::options::is_bench_run;
use benches::random::Random;
use benches::statistics::median;

/// Pairs of samples.
const ROUNDS: usize = 61;
/// Items of a long stream.
const MILLION: u64 = 1_000_000;
/// Streams of ten items in one sample.
const SHORT: u32 = 1_000;
const BAR_PLAIN: f64 = 0.9;
const BAR_ITEM: f64 = 1.0;
const BAR_LAG: f64 = 2.0;
const BAR_LINES: f64 = 0.95;
const BAR_GAIN: f64 = 1.5;
const BAR_NOTICED: f64 = 5.0;

#[amorsize::auto]
fn trivial(x: u64) -> u64 {
    (x ^ (x >> 3)).wrapping_mul(3)
}

#[amorsize::auto]
fn words(line: &str) -> usize {
    line.split(' ').filter(|word| word.contains("er")).count()
}

#[amorsize::auto]
fn spin(rounds: u32) -> (u32, ThreadId) {
    ((0..rounds).fold(rounds, |x, _| black_box(x.wrapping_mul(747_796_405).rotate_left(5))), thread::current().id())
}

fn main() {
    if !is_bench_run() {
        return;
    }
    amorsize::Config::new().cache(amorsize::CacheMode::Off).install().expect("nothing was mapped yet");
    println!("a million trivial items, ns an item: the plain iterator, the stream, plain / stream");
    let items = || 0..black_box(MILLION);
    let plain = || items().map(trivial);
    let ours = || trivial::stream(items());
    let million = MILLION as f64;
    let by_for = pair("for", million, || by_for(plain()), || by_for(ours()));
    let by_sum = pair("sum", million, || plain().sum(), || ours().sum());
    let all = |results: Vec<u64>| black_box(results).len() as u64;
    let by_collect = pair("collect", million, || all(plain().collect()), || all(ours().collect()));
    println!("\nten trivial items, ns a stream");
    let ten = || 0..black_box(10_u64);
    let many = |one: &dyn Fn() -> u64| (0..SHORT).map(|_| one()).sum();
    let short =
        pair("sum", f64::from(SHORT), || many(&|| ten().map(trivial).sum()), || many(&|| trivial::stream(ten()).sum()));
    println!("\nlines that are read, ns a line");
    let text = text();
    let count = text.lines().count() as f64;
    let lines = || text.lines().map(str::to_owned);
    let by_lines = pair(
        "words",
        count,
        || lines().map(|line| words(&line) as u64).sum(),
        || words::stream(lines()).map(|words| words as u64).sum(),
    );
    println!("\nitems that take 20 us, 2,000 of them, ns an item");
    let rounds = rounds_of(20_000.0);
    let add = |sum: u64, (x, _): (u32, ThreadId)| sum ^ u64::from(x);
    let heavy = || (0..2_000).map(|i| rounds + i % 2);
    let by_heavy = pair("spin", 2e3, || heavy().map(spin).fold(0, add), || spin::stream(heavy()).fold(0, add));
    let lag = lag(Duration::from_millis(1), rounds_of(500.0));
    let noticed: Vec<f64> = (0..15).map(|_| noticed(rounds)).collect();

    println!("\n\n{:64} {:>6} {:>7}", "figure", "bar", "is");
    for (what, pair) in [("for", by_for), ("sum", by_sum), ("collect", by_collect)] {
        least(&format!("a million trivial items by {what}: plain / stream"), BAR_PLAIN, pair.ratio);
        most(&format!("a million trivial items by {what}: added an item, ns"), BAR_ITEM, pair.added);
    }
    println!("{:64} {:>6} {:7.1}", "ten trivial items: added a stream, ns", "", short.added);
    least("lines that are read: plain / stream", BAR_LINES, by_lines.ratio);
    least("items of 20 us: plain / stream", BAR_GAIN, by_heavy.ratio);
    most("items of 0.5 us that come every ms: longest lag behind one, ms", BAR_LAG, lag);
    most("100,000 trivial items, then 20 us: work until shared, ms, median", BAR_NOTICED, median(&noticed));
}

#[inline(never)]
fn by_for(results: impl Iterator<Item = u64>) -> u64 {
    let mut last = 0;
    for result in results {
        last = black_box(result);
    }
    last
}

struct Pair {
    /// The time of the plain iterator over ours.
    ratio: f64,
    /// What ours adds, ns.
    added: f64,
}

/// Shows the medians of both, and the median of the ratios within each pair.
fn pair(what: &str, count: f64, plain: impl Fn() -> u64, ours: impl Fn() -> u64) -> Pair {
    let sample = |run: &dyn Fn() -> u64| {
        let start = Instant::now();
        let answer = black_box(run());
        (start.elapsed().as_nanos() as f64 / count, answer)
    };
    let mut random = Random::new(count as u64);
    let (mut plains, mut all_ours, mut ratios, mut added) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        let (a, b) = if random.bits() & 1 == 0 {
            let a = sample(&plain);
            (a, sample(&ours))
        } else {
            let b = sample(&ours);
            (sample(&plain), b)
        };
        assert_eq!(a.1, b.1, "the stream gives the answer of the plain iterator");
        if round >= ROUNDS / 10 {
            plains.push(a.0);
            all_ours.push(b.0);
            ratios.push(a.0 / b.0);
            added.push(b.0 - a.0);
        }
    }
    let (ratio, added) = (median(&ratios), median(&added));
    println!("{what:>16} {:9.2} {:9.2} {ratio:8.2}", median(&plains), median(&all_ours));
    Pair { ratio, added }
}

/// A few megabytes of lines of about 60 characters.
fn text() -> String {
    const WORDS: [&str; 8] = ["upstream", "timed", "out", "after", "of", "server", "requests", "in"];
    let mut random = Random::new(7);
    let mut text = String::new();
    for _ in 0..60_000 {
        for _ in 0..10 {
            text.push_str(WORDS[random.below(WORDS.len())]);
            text.push(' ');
        }
        text.push('\n');
    }
    text
}

/// How many rounds of [`spin`] take this time.
fn rounds_of(nanoseconds: f64) -> u32 {
    const ROUNDS: u32 = 100_000;
    let samples: Vec<f64> = (0..15)
        .map(|_| {
            let start = Instant::now();
            black_box(spin(ROUNDS));
            start.elapsed().as_nanos() as f64
        })
        .collect();
    (nanoseconds / median(&samples) * f64::from(ROUNDS)) as u32
}

/// The longest time from an item to its result, ms, where an item comes every `period`.
fn lag(period: Duration, rounds: u32) -> f64 {
    let came = std::cell::RefCell::new(Vec::new());
    let items = (0..1_000).map(|_| {
        thread::sleep(period);
        came.borrow_mut().push(Instant::now());
        rounds
    });
    let mut lags = Vec::new();
    for (index, _) in spin::stream(items).enumerate() {
        lags.push(came.borrow()[index].elapsed().as_secs_f64() * 1e3);
    }
    lags.into_iter().fold(0.0, f64::max)
}

/// How long the stream works on heavy items after light ones until another thread helps, ms.
fn noticed(rounds: u32) -> f64 {
    let items = (0..101_000).map(|index| if index < 100_000 { 0 } else { rounds });
    let mut heavy = spin::stream(items).skip(99_999);
    let me = thread::current().id();
    heavy.next();
    let start = Instant::now();
    heavy.position(|(_, thread)| thread != me);
    start.elapsed().as_secs_f64() * 1e3
}

fn least(what: &str, bar: f64, is: f64) {
    println!("{what:64} {bar:6.2} {is:7.2}  {}", if is >= bar { "met" } else { "NOT MET" });
}

fn most(what: &str, bar: f64, is: f64) {
    println!("{what:64} {bar:6.2} {is:7.2}  {}", if is <= bar { "met" } else { "NOT MET" });
}
