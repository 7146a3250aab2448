//! The workloads: from ten items of a nanosecond to files of megabytes.

use std::iter::repeat_n;

use crate::contenders::{self, Case};
use crate::functions;
use crate::random::Random;

/// A named list of items with its function.
#[derive(Clone, Copy)]
pub struct Workload {
    /// What it is called in the output and by `--filter`.
    pub name: &'static str,
    /// Makes the items; every page of them is written.
    pub build: fn() -> Box<dyn Case>,
}

/// A workload: its name, a way to pass items, the function, its items.
macro_rules! workload {
    ($name:literal, $case:ident, $function:ident, $items:expr) => {
        Workload {
            name: $name,
            build: || {
                contenders::$case(
                    $items,
                    |item| functions::$function(item),
                    |items| functions::$function::map(items),
                    |items, n_jobs, chunksize| {
                        let run = functions::$function::on(items).use_cache(false).n_jobs(n_jobs);
                        match chunksize {
                            Some(chunksize) => run.chunksize(chunksize).map(),
                            None => run.map(),
                        }
                    },
                    |items| functions::$function::on(items).plan().to_string(),
                )
            },
        }
    };
}

/// All of them, by growing weight within each group.
#[must_use]
pub fn all() -> Vec<Workload> {
    let mut all = Vec::from(CHEAP);
    all.extend(FLAT);
    all.extend(UNEVEN);
    all.extend(ALLOCATING);
    all.extend(MEMORY);
    all.extend(DATA);
    all.extend(WAITING);
    all
}

/// A nanosecond an item or less.
const CHEAP: [Workload; 7] = [
    workload!("10 squares", lent, square_10, numbers(10)),
    workload!("100 squares", lent, square_100, numbers(100)),
    workload!("1k squares", lent, square_1k, numbers(1_000)),
    workload!("10k squares f32", lent, square_10k, floats(10_000)),
    workload!("100k squares f32", lent, square_100k, floats(100_000)),
    workload!("1M squares f32", lent, square_1m, floats(1_000_000)),
    workload!("300k scrambled numbers", lent, scramble, numbers(300_000)),
];

/// The same work for every item.
const FLAT: [Workload; 14] = [
    workload!("10 x 100 ns", lent, spin_10x100ns, flat(10, 80)),
    workload!("250 x 100 ns", lent, spin_250x100ns, flat(250, 80)),
    workload!("1k x 100 ns", lent, spin_1k_x100ns, flat(1_000, 80)),
    workload!("10k x 100 ns", lent, spin_10k_x100ns, flat(10_000, 80)),
    workload!("50k x 100 ns", lent, spin_50k_x100ns, flat(50_000, 80)),
    workload!("15 x 1 us", lent, spin_15x1us, flat(15, 800)),
    workload!("100 x 1 us", lent, spin_100x1us, flat(100, 800)),
    workload!("1k x 1 us", lent, spin_1k_x1us, flat(1_000, 800)),
    workload!("5k x 1 us", lent, spin_5k_x1us, flat(5_000, 800)),
    workload!("10 x 10 us", lent, spin_10x10us, flat(10, 8_000)),
    workload!("100 x 10 us", lent, spin_100x10us, flat(100, 8_000)),
    workload!("500 x 10 us", lent, spin_500x10us, flat(500, 8_000)),
    workload!("3 x 2 ms", lent, spin_3x2ms, flat(3, 1_600_000)),
    workload!("7 x 700 us", lent, spin_7x700us, flat(7, 560_000)),
];

/// Work that differs between items.
const UNEVEN: [Workload; 8] = [
    workload!("ramp up, 1k x 0-2 us", lent, ramp_up, (0..1_600).step_by(2).collect()),
    workload!("ramp down, 500 x 8-0 us", lent, ramp_down, (0..6_400).rev().step_by(13).collect()),
    workload!("one heavy item first", lent, heavy_first, one_heavy(0)),
    workload!("one heavy item last", lent, heavy_last, one_heavy(999)),
    workload!("one heavy item in the middle", lent, heavy_middle, one_heavy(500)),
    workload!("heavy-tailed, 2k items", lent, heavy_tailed, heavy_tail(2_000)),
    workload!("8 x 1 ms, then 100k x 10 ns", lent, heavy_head, eight_heavy().into_iter().rev().collect()),
    workload!("100k x 10 ns, then 8 x 1 ms", lent, heavy_end, eight_heavy()),
];

/// Results on the heap.
const ALLOCATING: [Workload; 4] = [
    workload!("200 small strings", lent, label_few, numbers(200)),
    workload!("20k small strings", lent, label, numbers(20_000)),
    workload!("1k vectors", lent, divisors, (0..1_000).collect()),
    workload!("3k titled lines", lent, titled, lines(3_000)),
];

/// Much memory read for little work.
const MEMORY: [Workload; 2] = [
    workload!("totals of 200 rows, 13 MB", lent, total, rows(200, 16_384)),
    workload!("totals of 40 rows, 160 kB", lent, total_few, rows(40, 1_000)),
];

/// Text, blobs and files; by value.
const DATA: [Workload; 7] = [
    workload!("words in 60 lines", lent, words_few, lines(60)),
    workload!("words in 8k lines", lent, words, lines(8_000)),
    workload!("SHA-256 of 100 blobs of 8 kB", lent, digest_blob, blobs(100, 8_192)),
    workload!("SHA-256 of 12 files, to 2 MB", lent, digest_file, files(12, 60_000, 2_000_000)),
    workload!("SHA-256 of 200 files, heavy-tailed", lent, digest_tree, files(200, 2_000, 400_000)),
    workload!("by value: spaces in 20k strings", owned, spaces, lines(20_000)),
    workload!("by value: 300 sorted lists", owned, sorted, lists(300, 500)),
];

/// Waits, which two threads can do at once on one core.
const WAITING: [Workload; 3] = [
    workload!("30 waits of 100 us", lent, wait_100us, numbers(30)),
    workload!("3 waits of 100 us", lent, wait_few, numbers(3)),
    workload!("6 waits of 1 ms", lent, wait_1ms, numbers(6)),
];

fn numbers(count: u64) -> Vec<u64> {
    (0..count).map(|number| number * 7 + 3).collect()
}

fn floats(count: usize) -> Vec<f32> {
    let mut random = Random::new(1);
    (0..count).map(|_| random.unit() as f32).collect()
}

fn flat(count: usize, rounds: u32) -> Vec<u32> {
    vec![rounds; count]
}

/// A thousand items of 100 ns, and one as heavy as 400 us at `place`.
fn one_heavy(place: usize) -> Vec<u32> {
    let mut items = flat(1_000, 80);
    items[place] = 320_000;
    items
}

/// A hundred thousand items of 10 ns, then eight of 1 ms.
fn eight_heavy() -> Vec<u32> {
    let mut items = flat(100_000, 8);
    items.extend(flat(8, 800_000));
    items
}

/// 100 ns at least, a few a thousand times that.
fn heavy_tail(count: usize) -> Vec<u32> {
    let mut random = Random::new(2);
    (0..count).map(|_| (80.0 * random.heavy_tailed(1.1)).min(400_000.0) as u32).collect()
}

/// Lines of 20 to 200 characters.
fn lines(count: usize) -> Vec<String> {
    const WORDS: [&str; 10] = ["a", "of", "the", "loop", "thread", "12", "faster,", "parallel", "--", "workers sleep"];
    let mut random = Random::new(3);
    let line = |_| {
        let length = 20 + random.below(180);
        let mut line = String::new();
        while line.len() < length {
            line.push_str(WORDS[random.below(WORDS.len())]);
            line.extend(repeat_n(' ', 1 + random.below(8) / 7));
        }
        line
    };
    (0..count).map(line).collect()
}

fn rows(count: usize, width: usize) -> Vec<Vec<f32>> {
    (0..count).map(|row| (0..width).map(|column| (row ^ column) as f32).collect()).collect()
}

fn blobs(count: usize, length: usize) -> Vec<Vec<u8>> {
    let mut random = Random::new(4);
    (0..count).map(|_| random.bytes(length)).collect()
}

/// Heavy-tailed sizes, as in a source tree.
fn files(count: usize, shortest: usize, longest: usize) -> Vec<Vec<u8>> {
    let mut random = Random::new(5);
    (0..count)
        .map(|_| {
            let length = (shortest as f64 * random.heavy_tailed(0.8)) as usize;
            random.bytes(length.min(longest))
        })
        .collect()
}

fn lists(count: usize, length: usize) -> Vec<Vec<u32>> {
    let mut random = Random::new(6);
    (0..count).map(|_| (0..length).map(|_| random.bits() as u32).collect()).collect()
}
