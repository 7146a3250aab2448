//! `cargo bench -p benches --bench everyday`: each input and each terminal against the plain loop and rayon, with items that
//! are trivial and with items that are heavy.

#![allow(clippy::needless_for_each, clippy::too_many_lines)] // a row a line, each in the words of iterators

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::hint::black_box;
use std::time::Instant;

use amorsize::{for_each, map, on, product};
use benches::options::is_bench_run;
use benches::random::Random;
use benches::statistics::median;
use rayon::prelude::*;

/// Samples of each contender.
const ROUNDS: usize = 41;
/// A sample is as many calls as take this long, ns.
const SAMPLE: f64 = 50_000.0;
/// Calls of each contender before its first sample.
const CALLS_BEFORE: usize = 12;
/// From this time of the plain loop on, ns, the ratio counts; below it, what was added.
const RATIO_FROM: f64 = 1_000.0;
const BAR_RATIO: f64 = 0.95;
const BAR_ADDED: f64 = 15.0;
const BAR_FIND: f64 = 1.6;

/// What the rows are about.
struct Data {
    len: usize,
    numbers: Vec<u64>,
    others: Vec<u64>,
    deque: VecDeque<u64>,
    set: HashSet<u64>,
    tree: BTreeMap<u64, u64>,
}

impl Data {
    fn new(len: usize) -> Self {
        let mut random = Random::new(len as u64);
        let numbers: Vec<u64> = (0..len).map(|_| random.bits() >> 24).collect();
        let others = numbers.iter().map(|n| n ^ 0x55).collect();
        let (deque, set) = (numbers.iter().copied().collect(), numbers.iter().copied().collect());
        let tree = numbers.iter().map(|n| (*n, n + 1)).collect();
        Self { len, numbers, others, deque, set, tree }
    }
}

fn mix(n: u64) -> u64 {
    (n ^ (n >> 3)).wrapping_mul(3)
}

/// The medians of plain loop, ours and rayon, in ns a call; interleaved in random order, one call untimed before each sample.
fn medians(contenders: &mut [&mut dyn FnMut() -> u64; 3]) -> [f64; 3] {
    let mut samples = [const { Vec::new() }; 3];
    let mut repeats = 1_u32;
    for contender in contenders.iter_mut() {
        for _ in 0..CALLS_BEFORE {
            black_box(contender());
        }
    }
    let start = Instant::now();
    black_box(contenders[0]());
    let one = (start.elapsed().as_nanos() as f64).max(1.0);
    if one < SAMPLE {
        repeats = (SAMPLE / one).ceil() as u32;
    }
    let mut random = Random::new(7);
    for _ in 0..ROUNDS {
        let first = random.below(3);
        for next in 0..3 {
            let which = (first + next) % 3;
            black_box(contenders[which]());
            let start = Instant::now();
            for _ in 0..repeats {
                black_box(contenders[which]());
            }
            samples[which].push(start.elapsed().as_nanos() as f64 / f64::from(repeats));
        }
    }
    samples.map(|samples| median(&samples))
}

/// One line, and whether it keeps to its bar.
fn row(
    name: &str,
    len: usize,
    mut plain: impl FnMut() -> u64,
    mut ours: impl FnMut() -> u64,
    mut rayon: impl FnMut() -> u64,
) -> bool {
    assert_eq!(plain(), ours(), "{name}");
    assert_eq!(plain(), rayon(), "{name}");
    let [plain, ours, rayon] = medians(&mut [&mut plain, &mut ours, &mut rayon]);
    let kept = if plain < RATIO_FROM { ours - plain <= BAR_ADDED } else { plain / ours >= BAR_RATIO };
    let word = if kept { "met" } else { "missed" };
    println!(
        "{name:24} {len:>8} {plain:>12.0} {ours:>12.0} {rayon:>12.0} {:>8.2} {:>9.1} {word:>7}",
        plain / ours,
        ours - plain
    );
    kept
}

fn sum(results: impl IntoIterator<Item = u64>) -> u64 {
    results.into_iter().fold(0, u64::wrapping_add)
}

fn inputs(data: &Data) -> Vec<bool> {
    let Data { len, numbers, others, deque, set, tree } = data;
    let len = *len;
    let mut image = numbers.clone();
    let mut ours_image = numbers.clone();
    let mut rayon_image = numbers.clone();
    vec![
        row(
            "&Vec",
            len,
            || sum(numbers.iter().map(|n| mix(*n)).collect::<Vec<_>>()),
            || sum(map!(numbers, |n| mix(*n))),
            || sum(numbers.par_iter().map(|n| mix(*n)).collect::<Vec<_>>()),
        ),
        row(
            "0..n",
            len,
            || sum((0..len as u64).map(mix).collect::<Vec<_>>()),
            || sum(map!(0..len as u64, mix)),
            || sum((0..len as u64).into_par_iter().map(mix).collect::<Vec<_>>()),
        ),
        row(
            "Vec by value",
            len,
            || sum(numbers.clone().into_iter().map(mix).collect::<Vec<_>>()),
            || sum(map!(numbers.clone(), mix)),
            || sum(numbers.clone().into_par_iter().map(mix).collect::<Vec<_>>()),
        ),
        row(
            "rev",
            len,
            || sum(numbers.iter().rev().map(|n| mix(*n)).collect::<Vec<_>>()),
            || sum(map!(numbers.iter().rev(), |n| mix(*n))),
            || sum(numbers.par_iter().rev().map(|n| mix(*n)).collect::<Vec<_>>()),
        ),
        row(
            "copied, skip, step_by",
            len,
            || sum(numbers.iter().copied().skip(3).step_by(2).map(mix).collect::<Vec<_>>()),
            || sum(map!(numbers.iter().copied().skip(3).step_by(2), mix)),
            || sum(numbers.par_iter().copied().skip(3).step_by(2).map(mix).collect::<Vec<_>>()),
        ),
        row(
            "enumerate",
            len,
            || sum(numbers.iter().enumerate().map(|(i, n)| mix(*n) + i as u64).collect::<Vec<_>>()),
            || sum(map!(numbers.iter().enumerate(), |(i, n)| mix(*n) + i as u64)),
            || sum(numbers.par_iter().enumerate().map(|(i, n)| mix(*n) + i as u64).collect::<Vec<_>>()),
        ),
        row(
            "zip",
            len,
            || sum(numbers.iter().zip(others).map(|(a, b)| mix(*a) ^ b).collect::<Vec<_>>()),
            || sum(map!(numbers.iter().zip(others), |(a, b)| mix(*a) ^ b)),
            || sum(numbers.par_iter().zip(others).map(|(a, b)| mix(*a) ^ b).collect::<Vec<_>>()),
        ),
        row(
            "(a, b)",
            len,
            || sum(numbers.iter().zip(others).map(|(a, b)| mix(*a) ^ b).collect::<Vec<_>>()),
            || sum(map!((numbers, others), |(a, b)| mix(*a) ^ b)),
            || sum(numbers.par_iter().zip(others).map(|(a, b)| mix(*a) ^ b).collect::<Vec<_>>()),
        ),
        row(
            "chunks(8)",
            len,
            || sum(numbers.chunks(8).map(|c| c.iter().fold(0, |s, n| s ^ mix(*n))).collect::<Vec<_>>()),
            || sum(map!(numbers.chunks(8), |c| c.iter().fold(0, |s, n| s ^ mix(*n)))),
            || sum(numbers.par_chunks(8).map(|c| c.iter().fold(0, |s, n| s ^ mix(*n))).collect::<Vec<_>>()),
        ),
        row(
            "windows(2)",
            len,
            || sum(numbers.windows(2).map(|w| mix(w[0]) ^ w[1]).collect::<Vec<_>>()),
            || sum(map!(numbers.windows(2), |w| mix(w[0]) ^ w[1])),
            || sum(numbers.par_windows(2).map(|w| mix(w[0]) ^ w[1]).collect::<Vec<_>>()),
        ),
        row(
            "chain",
            len,
            || sum(numbers.iter().chain(others).map(|n| mix(*n)).collect::<Vec<_>>()),
            || sum(map!(numbers.iter().chain(others), |n| mix(*n))),
            || sum(numbers.par_iter().chain(others).map(|n| mix(*n)).collect::<Vec<_>>()),
        ),
        row(
            "&VecDeque",
            len,
            || sum(deque.iter().map(|n| mix(*n)).collect::<Vec<_>>()),
            || sum(map!(deque, |n| mix(*n))),
            || sum(deque.par_iter().map(|n| mix(*n)).collect::<Vec<_>>()),
        ),
        row(
            "&HashSet",
            len,
            || sum(set.iter().map(|n| mix(*n)).collect::<Vec<_>>()),
            || sum(map!(set, |n| mix(*n))),
            || sum(set.par_iter().map(|n| mix(*n)).collect::<Vec<_>>()),
        ),
        row(
            "&BTreeMap",
            len,
            || sum(tree.iter().map(|(a, b)| mix(*a) ^ b).collect::<Vec<_>>()),
            || sum(map!(tree, |(a, b)| mix(*a) ^ b)),
            || sum(tree.par_iter().map(|(a, b)| mix(*a) ^ b).collect::<Vec<_>>()),
        ),
        row(
            "product",
            len,
            || sum((0..len / 10).flat_map(|y| (0..10).map(move |x| mix((y ^ x) as u64))).collect::<Vec<_>>()),
            || sum(map!(product(0..len / 10, 0..10), |(y, x)| mix((y ^ x) as u64))),
            || {
                sum((0..len / 10)
                    .into_par_iter()
                    .flat_map_iter(|y| (0..10).map(move |x| mix((y ^ x) as u64)))
                    .collect::<Vec<_>>())
            },
        ),
        row(
            "&mut Vec",
            len,
            || {
                image.iter_mut().for_each(|n| *n = mix(*n) >> 1);
                0
            },
            || {
                for_each!(&mut ours_image, |n| *n = mix(*n) >> 1);
                0
            },
            || {
                rayon_image.par_iter_mut().for_each(|n| *n = mix(*n) >> 1);
                0
            },
        ),
        row(
            "chunks_mut, enumerate",
            len,
            || {
                image.chunks_mut(64).enumerate().for_each(|(y, row)| row.iter_mut().for_each(|n| *n ^= y as u64));
                0
            },
            || {
                for_each!(ours_image.chunks_mut(64).enumerate(), |(y, row)| row
                    .iter_mut()
                    .for_each(|n| *n ^= y as u64));
                0
            },
            || {
                rayon_image
                    .par_chunks_mut(64)
                    .enumerate()
                    .for_each(|(y, row)| row.iter_mut().for_each(|n| *n ^= y as u64));
                0
            },
        ),
    ]
}

fn terminals(data: &Data) -> Vec<bool> {
    let Data { len, numbers, .. } = data;
    let len = *len;
    let wanted = |n: &u64| n % 1_000_003 == 1;
    let mixed = || numbers.iter().map(|n| mix(*n));
    let par = || numbers.par_iter().map(|n| mix(*n));
    let ours = || on!(numbers, |n| mix(*n));
    vec![
        row(
            "sum",
            len,
            || mixed().fold(0, u64::wrapping_add),
            || ours().fold(0, u64::wrapping_add),
            || par().reduce(|| 0, u64::wrapping_add),
        ),
        row(
            "reduce",
            len,
            || mixed().reduce(|a, b| a ^ b).unwrap_or(0),
            || ours().reduce(|| 0, |a, b| a ^ b),
            || par().reduce(|| 0, |a, b| a ^ b),
        ),
        row(
            "count",
            len,
            || mixed().filter(|n| n & 1 == 0).count() as u64,
            || ours().count(|n| n & 1 == 0) as u64,
            || par().filter(|n| n & 1 == 0).count() as u64,
        ),
        row("min", len, || mixed().min().unwrap_or(0), || ours().min().unwrap_or(0), || par().min().unwrap_or(0)),
        row(
            "max_by_key",
            len,
            || mixed().max_by_key(|n| n & 0xFFFF).unwrap_or(0) & 0xFFFF,
            || ours().max_by_key(|n| n & 0xFFFF).unwrap_or(0) & 0xFFFF,
            || par().max_by_key(|n| n & 0xFFFF).unwrap_or(0) & 0xFFFF,
        ),
        row(
            "all",
            len,
            || u64::from(mixed().all(|n| !wanted(&n))),
            || u64::from(ours().all(|n| !wanted(n))),
            || u64::from(par().all(|n| !wanted(&n))),
        ),
        row(
            "find",
            len,
            || mixed().find(wanted).unwrap_or(0),
            || ours().find(wanted).unwrap_or(0),
            || par().find_first(wanted).unwrap_or(0),
        ),
        row(
            "filter_map",
            len,
            || sum(mixed().filter(|n| n & 1 == 0).collect::<Vec<_>>()),
            || sum(on!(numbers, |n| Some(mix(*n)).filter(|n| n & 1 == 0)).filter_map()),
            || sum(par().filter(|n| n & 1 == 0).collect::<Vec<_>>()),
        ),
        row(
            "flat_map",
            len,
            || sum(numbers.iter().flat_map(|n| [mix(*n), *n]).collect::<Vec<_>>()),
            || sum(on!(numbers, |n| [mix(*n), *n]).flat_map()),
            || sum(numbers.par_iter().flat_map_iter(|n| [mix(*n), *n]).collect::<Vec<_>>()),
        ),
        row(
            "try_map",
            len,
            || sum(numbers.iter().map(|n| Some(mix(*n))).collect::<Option<Vec<_>>>().unwrap()),
            || sum(on!(numbers, |n| Some(mix(*n))).try_map().unwrap()),
            || sum(numbers.par_iter().map(|n| Some(mix(*n))).collect::<Option<Vec<_>>>().unwrap()),
        ),
        row(
            "unzip",
            len,
            || numbers.iter().map(|n| (mix(*n), *n)).unzip::<_, _, Vec<_>, Vec<_>>().0.len() as u64,
            || on!(numbers, |n| (mix(*n), *n)).unzip::<_, _, Vec<_>, Vec<_>>().0.len() as u64,
            || numbers.par_iter().map(|n| (mix(*n), *n)).unzip::<_, _, Vec<_>, Vec<_>>().0.len() as u64,
        ),
        row(
            "collect, HashMap",
            len,
            || numbers.iter().map(|n| (mix(*n), *n)).collect::<HashMap<_, _>>().len() as u64,
            || on!(numbers, |n| (mix(*n), *n)).collect::<HashMap<_, _>>().len() as u64,
            || numbers.par_iter().map(|n| (mix(*n), *n)).collect::<HashMap<_, _>>().len() as u64,
        ),
        row(
            "scratch",
            len,
            || {
                sum(numbers
                    .iter()
                    .map(|n| {
                        let mut b = Vec::with_capacity(8);
                        b.extend(n.to_le_bytes());
                        u64::from(black_box(&b)[3])
                    })
                    .collect::<Vec<_>>())
            },
            || {
                sum(map!(numbers, scratch = Vec::new(), |n, b| {
                    b.clear();
                    b.extend(n.to_le_bytes());
                    u64::from(black_box(&*b)[3])
                }))
            },
            || {
                sum(numbers
                    .par_iter()
                    .map_init(Vec::new, |b, n| {
                        b.clear();
                        b.extend(n.to_le_bytes());
                        u64::from(black_box(&*b)[3])
                    })
                    .collect::<Vec<_>>())
            },
        ),
    ]
}

/// A search that hits at a tenth of its heavy items.
fn heavy_find() {
    let heavy = |n: &u64| (0..20_000_u64).fold(*n, |sum, _| black_box(mix(sum)));
    let numbers: Vec<u64> = (0..1_000).collect();
    let sought = heavy(&100);
    let [plain, ours, rayon] = medians(&mut [
        &mut || numbers.iter().map(heavy).find(|n| *n == sought).unwrap_or(0),
        &mut || on!(&numbers, heavy).find(|n| *n == sought).unwrap_or(0),
        &mut || numbers.par_iter().map(heavy).find_first(|n| *n == sought).unwrap_or(0),
    ]);
    println!(
        "\nfind that hits at a tenth of heavy items: plain / ours {:.2} (bar {BAR_FIND}), rayon / ours {:.2}",
        plain / ours,
        rayon / ours
    );
}

fn main() {
    if !is_bench_run() {
        return;
    }
    amorsize::Config::new().cache(amorsize::CacheMode::Off).install().expect("nothing was mapped yet");
    println!("ns a call");
    println!("{:24} {:>8} {:>12} {:>12} {:>12} {:>8} {:>9}", "", "items", "plain", "ours", "rayon", "pl/ours", "added");
    let mut kept = Vec::new();
    for len in [10, 1_000, 100_000] {
        let data = Data::new(len);
        kept.extend(inputs(&data));
        kept.extend(terminals(&data));
    }
    heavy_find();
    println!(
        "\n{} of {} rows keep to their bar: {BAR_RATIO} from 1 us on, {BAR_ADDED} ns added below",
        kept.iter().filter(|kept| **kept).count(),
        kept.len()
    );
}
