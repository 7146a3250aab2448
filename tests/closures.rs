//! Closures: `map!`, `for_each!`, `on!` and `stream!`.

#![allow(clippy::redundant_closure_for_method_calls, clippy::needless_late_init)] // closures are what is tested

use std::cell::Cell;
use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::fmt::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use amorsize::{for_each, map, on, stream};

#[test]
fn whatever_into_iter_gives_is_given() {
    let words: Vec<String> = ["a", "bb", "ccc"].map(String::from).to_vec();
    assert_eq!(map!(&words, |word| word.len()), [1, 2, 3]);
    assert_eq!(map!(&words[1..], |word| word.len()), [2, 3]);
    assert_eq!(map!(words.clone(), |word: String| word + "!"), ["a!", "bb!", "ccc!"]);
    assert_eq!(map!(words.iter().rev(), String::len), [3, 2, 1]);
    assert_eq!(map!(0..4_u8, |n| n * n), [0, 1, 4, 9]);
    assert_eq!(map!((0..10).step_by(3), |n| n), [0, 3, 6, 9]);
    assert_eq!(map!([1, 2], |n| n + 1), [2, 3]);
    let queue: VecDeque<u8> = (0..5).collect();
    assert_eq!(map!(&queue, |n| *n + 1), [1, 2, 3, 4, 5]);
    let shared: Arc<[u8]> = Arc::from([1, 2]);
    assert_eq!(map!(&shared, |n| *n), [1, 2]);
    let map: BTreeMap<&str, u8> = BTreeMap::from([("a", 1), ("b", 2)]);
    assert_eq!(map!(&map, |(name, n)| format!("{name}{n}")), ["a1", "b2"]);
    let mut set: Vec<u32> = map!(HashSet::from([1, 2, 3]), |n| n);
    set.sort_unstable();
    assert_eq!(set, [1, 2, 3]);
}

#[test]
fn what_is_changed_in_place_has_its_number() {
    let mut image = vec![0_u8; 12];
    for_each!(image.chunks_mut(4).enumerate(), |(y, row)| row.fill(y as u8));
    assert_eq!(image, [0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2]);
    for_each!(&mut image, |pixel| *pixel += 1);
    for_each!((&mut image, 0..12), |(pixel, x)| *pixel += x);
    assert_eq!(image, [1, 2, 3, 4, 6, 7, 8, 9, 11, 12, 13, 14]);
    let mut prices: HashMap<&str, u32> = HashMap::from([("a", 1), ("b", 2)]);
    for_each!(&mut prices, |(_, price)| *price *= 2);
    assert_eq!(prices["b"], 4);
}

#[test]
fn several_go_side_by_side_as_far_as_the_shortest() {
    let (a, b) = (vec![1, 2, 3], vec![10, 20]);
    assert_eq!(map!((&a, &b), |(a, b)| a + b), [11, 22]);
    assert_eq!(map!((&a, &b, 0..), |(a, b, c)| a + b + c), [11, 23]);
    assert_eq!(map!((&a, b.clone(), 5..9, a.clone()), |(a, b, c, d)| a + b + c + d), [17, 30]);
    assert_eq!(map!(amorsize::product(0..2, 0..2), |(y, x)| 10 * y + x), [0, 1, 10, 11]);
}

#[test]
fn the_environment_is_borrowed_and_results_may_borrow_from_items() {
    let (by, words) = (String::from("a"), vec![String::from("banana")]);
    let parts: Vec<Vec<&str>> = map!(&words, |word| word.split(by.as_str()).collect());
    assert_eq!(parts[0], ["b", "n", "n", ""]);
    let found: Result<Vec<u8>, _> = on!(&["1", "x", "y"], |text| {
        let n: u8 = text.parse().map_err(|_| *text)?;
        if n == 0 {
            return Err("zero");
        }
        Ok(n)
    })
    .try_map();
    assert_eq!(found, Err("x"));
    let nested = map!(0..3_u64, |n| map!(0..n, move |m| n * m).len());
    assert_eq!(nested, [0, 1, 2]);
}

/// Only what is outside of the closure cannot be changed.
#[test]
fn what_the_closure_declares_it_may_change() {
    macro_rules! declare {
        ($name:ident) => {
            let mut $name = 5;
        };
    }
    let n = 7;
    let sums = map!([(1, [2, 3])], |(mut by, mut row)| {
        by += n;
        let mut sum = by;
        for n in row {
            sum += n;
        }
        let last;
        last = sum;
        declare!(declared);
        declared += last;
        row[0] += 1;
        if let Some(mut n) = Some(declared) {
            n -= 1;
            let mut count = |by| sum += by;
            count(row[0] + n);
        }
        let changed = &mut sum;
        *changed += n;
        sum
    });
    assert_eq!(sums, [8 + 2 + 3 + 3 + (5 + 13 - 1) + 7]);
}

#[test]
fn options_stand_before_the_closure() {
    let k = 3_u32;
    let calls = AtomicUsize::new(0);
    let some = map!(0..100_u32, key(k), n_jobs = 1 + 1, chunksize = 7, ttl = "1h", |n| {
        calls.fetch_add(1, Relaxed);
        n * k
    },);
    assert_eq!((some[99], calls.into_inner()), (297, 100));
    assert_eq!(map!([1, 2], cache = false, |n| n), [1, 2]);
}

fn each<T: Copy + Sync, U: Send>(items: &[T], f: impl Fn(T) -> U + Sync) -> Vec<U> {
    map!(items, |item| f(*item))
}

#[test]
fn in_generic_functions_each_instantiation_learns_for_itself() {
    assert_eq!(each(&[1, 2], |n: i32| n + 1), [2, 3]);
    assert_eq!(each(&["a"], |n: &str| n.len()), [1]);
}

fn buffer(made: &AtomicUsize) -> Vec<u64> {
    made.fetch_add(1, Relaxed);
    Vec::new()
}

#[test]
fn a_scratch_is_kept() {
    let made = AtomicUsize::new(0);
    let items: Vec<u64> = (0..1_000).collect();
    let lengths = map!(&items, scratch = buffer(&made), |n, buffer| {
        buffer.clear();
        buffer.extend(0..*n % 10);
        buffer.len()
    });
    assert!(lengths.iter().enumerate().all(|(n, len)| *len == n % 10));
    let made = made.into_inner();
    assert!((1..=rayon::current_num_threads() + 1).contains(&made), "{made}");
    // One that can be copied is kept from chunk to chunk as well.
    let calls = on!(&items, n_jobs = 2, chunksize = 1, scratch = 0_u64, |_, calls| {
        *calls += 1;
        std::hint::black_box(map!(0..*calls % 100, |n| n));
        *calls
    });
    let calls = calls.map();
    let threads = calls.iter().filter(|calls| **calls == 1).count();
    assert!((1..=rayon::current_num_threads() + 1).contains(&threads), "{threads}");
}

fn lengths_of_digits(limit: u64, capacity: usize) -> impl Iterator<Item = usize> {
    stream!(0..limit, n_jobs = 2, scratch = String::with_capacity(capacity), move |n, digits| {
        digits.clear();
        write!(digits, "{}", n % limit).expect("a string takes all");
        digits.len()
    })
}

#[test]
fn a_stream_keeps_a_scratch_too() {
    let made = AtomicUsize::new(0);
    let lengths = stream!(0..1_000, n_jobs = 2, scratch = buffer(&made), |n: u64, buffer| {
        buffer.clear();
        buffer.extend(0..n % 10);
        buffer.len()
    });
    assert!(lengths.enumerate().all(|(n, len)| len == n % 10));
    let made = made.into_inner();
    assert!((1..=rayon::current_num_threads() + 1).contains(&made), "{made}");
    // What a closure with `move` captures, and what its scratch is made of, outlives the function.
    assert_eq!(lengths_of_digits(200, 8).sum::<usize>(), 10 + 2 * 90 + 3 * 100);
}

#[test]
fn progress_is_told_on_the_calling_thread() {
    for n_jobs in [1, 2] {
        let caller = std::thread::current().id();
        let mut told = Vec::new();
        let tell = |done, total| {
            assert_eq!(std::thread::current().id(), caller);
            told.push((done, total));
        };
        let slow = on!(0..300_u64, n_jobs = n_jobs, |n| {
            std::thread::sleep(std::time::Duration::from_millis(1));
            n
        });
        assert_eq!(slow.progress(tell).sum::<u64>(), 299 * 150);
        assert!(told.len() >= 2 && told.is_sorted(), "{told:?}");
        assert_eq!(told.last(), Some(&(300, 300)));
    }
}

#[test]
fn they_are_shown_with_the_function_around_them_and_their_line() {
    let line = line!() + 1;
    assert_eq!(map!(0..3_u8, |n| n + 100), [100, 101, 102]);
    let items: Vec<u32> = (0..1_000).collect();
    let _ = map!(&items, |n| std::hint::black_box(n * 77));
    let stats = amorsize::stats();
    let shown = stats.functions.iter().map(|function| function.function.as_str()).collect::<Vec<_>>();
    let name = format!("{}::they_are_shown_with_the_function_around_them_and_their_line::{{closure}}", module_path!());
    assert!(shown.contains(&format!("{name}:{}", line + 2).as_str()), "{shown:#?}");
}

#[test]
fn a_cell_of_the_caller_is_fine_outside_of_the_closure() {
    let cell = Cell::new(1);
    let by = cell.get();
    assert_eq!(map!(0..2, |n| n + by), [1, 2]);
    cell.set(2);
}
