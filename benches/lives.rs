//! `cargo bench -p benches --bench lives`: what a process of one or a few calls pays for the cache on disk, and gains by it.
//! Each sample is a process of its own; those that are compared run in turns.

use std::hint::black_box;
use std::io::{self, Read};
use std::path::Path;
use std::process::{self, Command, Stdio};
use std::time::{Instant, SystemTime, UNIX_EPOCH};
use std::{env, fs};

use benches::options::is_bench_run;
use benches::statistics::median;

/// The hidden option by which a process knows that it is a child. What follows says what it does.
const CHILD: &str = "--life";
/// Processes for each figure.
const PROCESSES: usize = 201;
/// Calls of the process that learns.
const LEARN: u32 = 300;
/// Rounds of [`spin`] for about a microsecond on the machine of the guide's figures.
const MICROSECOND: u32 = 1_800;

#[amorsize::auto]
#[inline(never)]
fn spin(rounds: u32) -> u32 {
    (0..rounds).fold(rounds, |x, i| x.rotate_left(5) ^ i.wrapping_mul(0x9e37_79b9))
}

/// What a child does: this many calls, each with this many items of this many rounds.
#[derive(Clone, Copy, Debug)]
struct Life {
    rounds: u32,
    items: usize,
    calls: u32,
    is_plain: bool,
}

/// What a child says, and when its output ended.
#[derive(Clone, Copy, Debug, Default)]
struct Said {
    /// Nanoseconds.
    first_call: f64,
    /// Nanoseconds.
    later_calls: f64,
    /// From the end of `main` until the process has closed its files, nanoseconds.
    exit: f64,
    recalled: f64,
}

fn main() -> io::Result<()> {
    if !is_bench_run() {
        return Ok(());
    }
    let words: Vec<String> = env::args().collect();
    if let Some(place) = words.iter().position(|word| word == CHILD) {
        live(&words[place + 1..]);
        return Ok(());
    }
    let place = env::temp_dir().join(format!("amorsize-lives-{}", process::id()));
    let result = measure(&place);
    // It may never have been made.
    let _ = fs::remove_dir_all(&place);
    result
}

fn live(numbers: &[String]) {
    let number = |at: usize| numbers[at].parse::<u32>().expect("a number");
    let (items, is_plain) = (vec![number(0); number(1) as usize], number(3) == 1);
    let mut times = Vec::new();
    for _ in 0..number(2) {
        let start = Instant::now();
        drop(black_box(if is_plain { items.iter().copied().map(spin).collect() } else { spin::map(&items) }));
        times.push(start.elapsed().as_nanos() as f64);
    }
    let (recalled, last) = (amorsize::stats().recalled, *times.last().expect("a call"));
    print!("{} {last} {recalled} {}", times[0], now());
}

/// Nanoseconds since 1970.
fn now() -> u128 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_nanos())
}

fn run(life: Life, cache: &str, folder: &Path) -> io::Result<Said> {
    let numbers =
        [life.rounds, life.items as u32, life.calls, u32::from(life.is_plain)].map(|number| number.to_string());
    let mut child = Command::new(env::current_exe()?)
        .args(["--bench", CHILD])
        .args(numbers)
        .envs([("AMORSIZE_CACHE", cache.as_ref()), ("AMORSIZE_CACHE_DIR", folder.as_os_str())])
        .stdout(Stdio::piped())
        .spawn()?;
    let mut text = String::new();
    child.stdout.take().expect("its output is piped").read_to_string(&mut text)?;
    let end = now();
    let status = child.wait()?;
    let words: Vec<&str> = text.split(' ').collect();
    let ([first, last, recalled, at], true) = (words.as_slice(), status.success()) else {
        return Err(io::Error::other(format!("a child printed {text:?} and ended with {status}")));
    };
    let number = |word: &str| word.parse::<f64>().map_err(io::Error::other);
    let at: u128 = at.parse().map_err(io::Error::other)?;
    Ok(Said {
        first_call: number(first)?,
        later_calls: number(last)?,
        exit: end.saturating_sub(at) as f64,
        recalled: number(recalled)?,
    })
}

/// The medians of two kinds of processes that run in turns, and of the differences of their first calls and exits.
#[derive(Clone, Copy, Debug)]
struct Pair {
    one: Said,
    other: Said,
    more: f64,
    more_at_exit: f64,
}

fn in_turns(one: impl Fn() -> io::Result<Said>, other: impl Fn() -> io::Result<Said>) -> io::Result<Pair> {
    // The first processes find the caches cold.
    one()?;
    other()?;
    let mut samples = Vec::with_capacity(PROCESSES);
    for round in 0..PROCESSES {
        samples.push(if round % 2 == 0 {
            let one = one()?;
            (one, other()?)
        } else {
            let other = other()?;
            (one()?, other)
        });
    }
    let middle = |of: &dyn Fn(&(Said, Said)) -> f64| median(&samples.iter().map(of).collect::<Vec<_>>());
    let said = |which: fn(&(Said, Said)) -> Said| Said {
        first_call: middle(&|pair| which(pair).first_call),
        later_calls: middle(&|pair| which(pair).later_calls),
        exit: middle(&|pair| which(pair).exit),
        recalled: middle(&|pair| which(pair).recalled),
    };
    Ok(Pair {
        one: said(|pair| pair.0),
        other: said(|pair| pair.1),
        more: middle(&|(one, other)| one.first_call - other.first_call),
        more_at_exit: middle(&|(one, other)| one.exit - other.exit),
    })
}

fn measure(place: &Path) -> io::Result<()> {
    println!(
        "one call in a fresh process, its plan on disk, against AMORSIZE_CACHE=off; medians of {PROCESSES} processes, us"
    );
    println!(
        "{:>20} {:>10} {:>10} {:>10} {:>10} {:>14}",
        "plain loop", "off", "with", "more", "recalled", "more at exit"
    );
    for microseconds in [50, 200, 600, 1_200, 2_000, 5_000] {
        let folder = place.join(microseconds.to_string());
        let life = Life { rounds: MICROSECOND, items: microseconds, calls: 1, is_plain: false };
        run(Life { calls: LEARN, ..life }, "write", &folder)?;
        let plain = run(Life { is_plain: true, ..life }, "off", &folder)?;
        let pair = in_turns(|| run(life, "write", &folder), || run(life, "off", &folder))?;
        let [plain, off, with, more] =
            [plain.first_call, pair.other.first_call, pair.one.first_call, pair.more].map(|time| time / 1e3);
        let (recalled, at_exit) = (pair.one.recalled, pair.more_at_exit / 1e3);
        println!("{plain:20.1} {off:10.1} {with:10.1} {more:+10.1} {recalled:10.0} {at_exit:+14.1}");
    }
    few_calls(place)?;
    heavier(place)
}

/// Forty calls of 0.3 ms: when does a process start to use what the first one learned?
fn few_calls(place: &Path) -> io::Result<()> {
    let folder = place.join("few");
    let life = Life { rounds: MICROSECOND, items: 300, calls: 40, is_plain: false };
    run(life, "write", &folder)?;
    println!("\nforty calls of 0.3 ms: the call from which on each of ten processes used what the first one learned");
    for _ in 0..10 {
        let mut from = None;
        for calls in 1..=5 {
            if from.is_none() && run(Life { calls, ..life }, "read", &folder)?.recalled > 0.0 {
                from = Some(calls);
            }
        }
        print!(" {}", from.map_or("later".to_owned(), |calls| calls.to_string()));
    }
    let pair = in_turns(|| run(life, "write", &folder), || run(life, "off", &folder))?;
    println!("\nexit of such a process, more than with AMORSIZE_CACHE=off: {:+.1} us", pair.more_at_exit / 1e3);
    let pair = in_turns(|| run(life, "read", &folder), || run(life, "off", &folder))?;
    println!("the same with AMORSIZE_CACHE=read: {:+.1} us", pair.more_at_exit / 1e3);
    Ok(())
}

/// Items that became 150 times heavier since their plan was learned.
fn heavier(place: &Path) -> io::Result<()> {
    let folder = place.join("heavier");
    let light = Life { rounds: 20, items: 3_000, calls: 2_000, is_plain: false };
    let heavy = Life { rounds: 3_000, calls: 1, ..light };
    let learn = || {
        fs::remove_dir_all(&folder).or_else(|error| if folder.exists() { Err(error) } else { Ok(()) })?;
        run(light, "write", &folder)
    };
    learn()?;
    let pair = in_turns(|| run(heavy, "read", &folder), || run(Life { is_plain: true, ..heavy }, "off", &folder))?;
    let gain = pair.other.first_call / pair.one.first_call;
    println!("\nitems 150 times as heavy as those of the plan on disk, first call: {gain:.2}x the plain loop");
    Ok(())
}
