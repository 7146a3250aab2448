//! `cargo bench -p benches --bench overhead`: what the wrapper adds to a call whose plan is serial, and what a fresh
//! process pays for what others learned.

use std::hint::black_box;
use std::time::Instant;
use std::{env, fs, process};

use benches::assembly::{cheap_ours, cheap_plain, squares_ours, squares_plain};
use benches::callgrind::{instructions_added, was_child};
use benches::fresh::{self, Fresh};
use benches::keys::with_keys;
use benches::options::is_bench_run;
use benches::random::Random;
use benches::shared::{Shared, shared};
use benches::statistics::median;

/// Calls in one sample: some tens of microseconds, so that reading the clock does not count.
const CALLS: u32 = 1_000;
/// Pairs of samples.
const ROUNDS: usize = 2_000;
const BAR_NS: f64 = 10.0;
const BAR_INSTRUCTIONS: f64 = 40.0;
const BAR_KEYS: f64 = 50.0;
const BAR_LOOK_UP: f64 = 50.0;
const BAR_WARM: f64 = 5.0;
const BAR_BYTES: f64 = 200.0;
const BAR_SHARED: f64 = 500.0;
const BAR_SHARED_WARM: f64 = 10.0;
const BAR_DEAD: f64 = 2.0;

fn main() {
    if !is_bench_run() || fresh::was_child() {
        return;
    }
    amorsize::Config::new().cache(amorsize::CacheMode::Off).install().expect("nothing was mapped yet");
    if was_child() {
        return;
    }
    println!("a call of f::map on cheap items, serial plan, hot: the plain loop, ours, what ours adds");
    println!("{:>16} {:>11} {:>11} {:>11}   instructions", "items", "plain", "ours", "added");
    let mut ten = (f64::NAN, f64::NAN);
    let mut counted = true;
    for count in [0_usize, 1, 10, 100] {
        let items: Vec<u64> = (0..count as u64).collect();
        let added = row(&count.to_string(), &items, cheap_plain, cheap_ours);
        let instructions = if counted { instructions_added(count) } else { Ok(f64::NAN) };
        let instructions = instructions.unwrap_or_else(|error| {
            eprintln!("instructions are not counted: {error}");
            counted = false;
            f64::NAN
        });
        println!("   {instructions:+.0}");
        if count == 10 {
            ten = (added, instructions);
        }
    }
    let floats: Vec<f32> = (0..1_000_u16).map(f32::from).collect();
    row("1000 f32 squares", &floats, squares_plain, squares_ours);
    println!("\n\nthe same on ten items, with a plan for each of many keys");
    let mut added_by_keys = f64::NAN;
    for keys in [1, 256, 2_000, 10_000] {
        let (plain, ours) = with_keys(keys);
        added_by_keys = ours - plain;
        println!("{keys:>16} {plain:8.1} ns {ours:8.1} ns {added_by_keys:+8.1} ns");
    }
    let (fresh, shared) = (remembered(), shared_by_redis());
    println!("\n\n{:58} {:>6} {:>6}", "figure (of calls: with ten cheap items)", "bar", "is");
    bar("added per call, nanoseconds", BAR_NS, ten.0);
    bar("added per call, instructions", BAR_INSTRUCTIONS, ten.1);
    bar("added per call with ten thousand keys, nanoseconds", BAR_KEYS, added_by_keys);
    if let Some(fresh) = fresh {
        bar("plan found on disk by a fresh process, microseconds", BAR_LOOK_UP, fresh.look_up / 1e3);
        bar("warm() with 1,000 functions on disk, milliseconds", BAR_WARM, fresh.warm / 1e6);
        bar("on disk, bytes a plan", BAR_BYTES, fresh.bytes);
    }
    if let Some(shared) = shared {
        bar("plan found in Redis by a fresh process, microseconds", BAR_SHARED, shared.look_up / 1e3);
        bar("warm() with 1,000 functions in Redis, milliseconds", BAR_SHARED_WARM, shared.warm / 1e6);
        let more = (shared.calls_with_a_dead_one / shared.calls_without - 1.0) * 100.0;
        bar("first calls with a dead Redis: more than without, percent", BAR_DEAD, more);
    }
}

/// What a fresh process pays, in a folder for as long as it takes.
fn remembered() -> Option<Fresh> {
    let place = env::temp_dir().join(format!("amorsize-overhead-{}", process::id()));
    let measured = fresh::fresh(&place);
    // It may never have been made.
    let _ = fs::remove_dir_all(&place);
    let fresh = measured.inspect_err(|error| eprintln!("fresh processes are not measured: {error}")).ok()?;
    println!("\na fresh process, page cache warm, microseconds (medians of processes)");
    for (what, nanos) in [
        ("from the question to the plan that is on disk", fresh.look_up),
        ("from the question to the answer that there is none", fresh.look_in_vain),
        ("the former on a machine not seen before", fresh.look_up_on_a_new_machine),
        ("of which: asking the system what machine it is", fresh.machine),
        ("writing one plan, as at the end of the process", fresh.write),
        ("warm(): the plans of 1,000 functions", fresh.warm),
    ] {
        println!("{what:>52} {:9.1}", nanos / 1e3);
    }
    Some(fresh)
}

/// What a fresh process pays for what is shared, if there is a `redis-server`.
fn shared_by_redis() -> Option<Shared> {
    let place = env::temp_dir().join(format!("amorsize-shared-{}", process::id()));
    let measured = shared(&place);
    let _ = fs::remove_dir_all(&place);
    let shared = measured.inspect_err(|error| eprintln!("what is shared by Redis is not measured: {error}")).ok()?;
    println!("\na fresh process, plans in a Redis on this machine, microseconds (medians of processes)");
    for (what, nanos) in [
        ("from the question to the plan that is in Redis", shared.look_up),
        ("the same on a machine not seen before", shared.look_up_on_a_new_machine),
        ("warm(): the plans of 1,000 functions", shared.warm),
        ("first calls of 1,000 functions, without a Redis", shared.calls_without),
        ("the same with one that is dead", shared.calls_with_a_dead_one),
    ] {
        println!("{what:>52} {:9.1}", nanos / 1e3);
    }
    Some(shared)
}

/// A way to map.
type Map<T> = fn(&[T]) -> Vec<T>;

/// Shows the medians of both, a call, and that of the difference within each pair, which it returns.
fn row<T>(what: &str, items: &[T], plain: Map<T>, ours: Map<T>) -> f64 {
    let sample = |map: Map<T>| {
        let start = Instant::now();
        for _ in 0..CALLS {
            black_box(map(black_box(items)));
        }
        start.elapsed().as_nanos() as f64 / f64::from(CALLS)
    };
    let mut random = Random::new(items.len() as u64);
    let (mut plains, mut all_ours, mut added) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        let ours_first = random.bits() & 1 == 0;
        let first = sample(if ours_first { ours } else { plain });
        let second = sample(if ours_first { plain } else { ours });
        let (a, b) = if ours_first { (second, first) } else { (first, second) };
        if round >= ROUNDS / 10 {
            plains.push(a);
            all_ours.push(b);
            added.push(b - a);
        }
    }
    let added = median(&added);
    print!("{what:>16} {:8.1} ns {:8.1} ns {added:+8.1} ns", median(&plains), median(&all_ours));
    added
}

fn bar(what: &str, bar: f64, is: f64) {
    let met = match is {
        _ if is.is_nan() => "not measured",
        _ if is <= bar => "met",
        _ => "NOT MET",
    };
    println!("{what:58} {bar:6.1} {is:6.1}  {met}");
}
