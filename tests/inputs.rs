//! What goes in: each collection gives what std's iterator over it gives, in the plain loop and shared.

#![allow(clippy::needless_pass_by_value)] // lists read best by value

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap, HashSet, LinkedList, VecDeque};
use std::fmt::Debug;
use std::iter::{once, repeat_n};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use amorsize::{IntoItems, on, product};

/// The plain loop, one thread of a run that may be shared, several, and chunks of other lengths. Every time the items are
/// those of `expected`.
#[track_caller]
fn same<C: IntoItems<Item: Debug + PartialEq + Send>>(collection: impl Fn() -> C, expected: Vec<C::Item>) {
    let give = |item| item;
    assert_eq!(on!(collection(), n_jobs = 1, give).map(), expected, "plain");
    assert_eq!(on!(collection(), give).map(), expected, "learning");
    for (n_jobs, chunksize) in [(2, 1), (2, 3), (3, 7), (2, 1_000)] {
        assert_eq!(
            on!(collection(), n_jobs = n_jobs, chunksize = chunksize, give).map(),
            expected,
            "{n_jobs} {chunksize}"
        );
    }
}

/// Tests of `same`: the collection, and the iterator of std that has the same items, where it is another expression.
macro_rules! inputs {
    ($($name:ident: $($collection:expr $(=> $expected:expr)?),*;)*) => {$(
        #[test]
        fn $name() {
            $(inputs!(@one $collection $(=> $expected)?);)*
        }
    )*};
    (@one $collection:expr) => { same(|| $collection, $collection.into_iter().collect()) };
    (@one $collection:expr => $expected:expr) => { same(|| $collection, $expected.collect()) };
}

/// A collection that is there until the end.
fn kept<T>(collection: T) -> &'static T {
    Box::leak(Box::new(collection))
}

/// A number of them that some chunks divide, and others do not.
fn numbers() -> &'static Vec<u32> {
    kept((0..101).map(|n| n * n % 257).collect())
}

fn tree() -> &'static BTreeMap<u32, i32> {
    kept(numbers().iter().copied().zip(0..).collect())
}

inputs! {
    slices: numbers(), &numbers()[1..], &[3, 1, 2], numbers().clone(), [5; 9], numbers().iter(),
        numbers().clone().into_boxed_slice() => numbers().iter().copied(),
        kept(Arc::<[u32]>::from(&numbers()[..])) => numbers().iter(),
        kept(numbers().clone().into_boxed_slice()) => numbers().iter(),
        kept(Arc::new(numbers().clone())) => numbers().iter(), kept(Rc::new(numbers().clone())) => numbers().iter(),
        kept(Rc::<[u32]>::from(&numbers()[..])) => numbers().iter(), kept(Cow::Borrowed(&numbers()[..])) => numbers().iter(),
        kept(&numbers()[..]) => numbers().iter(), kept(numbers()) => numbers().iter(),
        numbers().split_at(40) => numbers()[..40].iter().zip(&numbers()[40..]);
    text: "many letters, and é".bytes(), "many letters".bytes().rev().skip(2), "many letters".bytes().enumerate().step_by(3),
        "many letters".bytes().zip("and more".bytes()), "many".bytes().chain("more".bytes());
    characters: 'a'..'x', 'a'..='z', '\u{d7f0}'..'\u{e010}', '\u{d7f0}'..='\u{e010}', ('a'..='z').rev().skip(2), ('a'..'x').step_by(3),
        ('a'..'x').chain('0'..'7'), ('a'..='z').chain('0'..='9'), ('a'..'x').zip('A'..='Z'), ('a'..='z').enumerate(), 'z'..'a',
        ('a'..'x', 0..9) => ('a'..'x').zip(0..9);
    parts_of_slices: numbers().chunks(7), numbers().chunks_exact(7), numbers().rchunks(7), numbers().rchunks_exact(7),
        numbers().windows(7), numbers().windows(101), numbers().windows(102), numbers().chunks(1_000), [0_u8; 0].chunks(3);
    adaptors: numbers().iter().rev(), numbers().iter().skip(7), numbers().iter().skip(1_000), numbers().iter().take(33),
        numbers().iter().step_by(7), numbers().iter().copied(), numbers().iter().enumerate(),
        numbers().chunks(7).enumerate(), numbers().iter().skip(3).step_by(5).take(9).rev().enumerate().skip(2),
        numbers().iter().chain(&[1, 2, 3]), numbers().iter().zip(&numbers()[5..]), numbers().iter().rev().zip(numbers()),
        numbers().iter().zip(0..), numbers().chunks(5).zip(numbers().windows(2)).enumerate(),
        numbers().iter().copied().chain(0..5), numbers().iter().enumerate().rev(), numbers().iter().zip(5..40).rev();
    ranges: 0..101, 5..=5, 5..5_u8, -128_i8..127, -128_i8..=127, (0..101).rev(), (0..101).step_by(7),
        (-128_i8..=127).step_by(100), (0..1_u128 << 6).step_by(63), (3..101_u64).skip(5).take(50), (0..50).chain(80..101),
        (0..0).step_by(3), (0..1).step_by(3), (0..101).enumerate(), (0..101).step_by(2).rev(), (0..101).zip(50..200_i64);
    other_collections: VecDeque::from(numbers().clone()), kept(VecDeque::from(numbers().clone())),
        kept(numbers().iter().copied().collect::<BTreeSet<_>>()), numbers().iter().copied().collect::<BTreeSet<_>>(),
        tree(), tree().clone(), tree().keys(), tree().values(), numbers().iter().copied().collect::<LinkedList<_>>(),
        kept(numbers().iter().copied().collect::<LinkedList<_>>());
    parts_of_collections: tree().clone().into_keys(), tree().clone().into_values(), tree().values().step_by(3),
        kept(VecDeque::from(numbers().clone())).range(7..50), numbers().clone().into_iter().step_by(3),
        repeat_n("a", 40), repeat_n(String::from("a"), 40), numbers().iter().copied().chain(once(7)),
        numbers().rchunks_exact(2).step_by(3), numbers().rchunks_exact(2).skip(3).rev(), numbers().iter().step_by(3).step_by(5);
    owned_items: numbers().iter().map(u32::to_string).collect::<Vec<_>>(),
        numbers().iter().map(u32::to_string).collect::<VecDeque<_>>(), [(); 33].map(|()| String::from("a"));
    side_by_side: (numbers(), 0..40) => numbers().iter().zip(0..40),
        (0.., numbers().clone()) => (0..).zip(numbers().iter().copied()),
        (numbers(), numbers().chunks(3), numbers().iter().rev())
            => numbers().iter().zip(numbers().chunks(3)).zip(numbers().iter().rev()).map(|((a, b), c)| (a, b, c)),
        (numbers().clone(), vec!["a".to_string(); 20], 1_u8.., 0..=9_u8)
            => (0..10).map(|n| (numbers()[usize::from(n)], "a".to_string(), n + 1, n)),
        ((0..5, 10..15), 20..) => (0..5).zip(10..15).zip(20..),
        (0..30_usize, numbers(), 5_u8.., numbers().clone(), numbers().chunks(3))
            => (0..30).map(|n| (n, &numbers()[n], n as u8 + 5, numbers()[n], &numbers()[3 * n..numbers().len().min(3 * n + 3)]));
    grids: product(0..11, 0..9), product(3..5, 7..50).skip(13), product(0..0, 0..9), product(0..9, 4..4),
        product(0..11, 0..9).enumerate(), product(0..11, 0..9).step_by(4);
}

#[test]
fn hashed_collections_give_each_item_once() {
    let map: HashMap<u32, String> = (0..200).map(|n| (n, n.to_string())).collect();
    let set: HashSet<u32> = map.keys().copied().collect();
    for n_jobs in [1, 2] {
        let mut sum = on!(&map, n_jobs = n_jobs, |(n, text)| *n as usize + text.len()).sum::<usize>();
        assert_eq!(sum, 199 * 100 + 10 + 180 + 300);
        sum = on!(&set, n_jobs = n_jobs, |n| *n as usize).sum::<usize>();
        sum += on!(map.keys(), n_jobs = n_jobs, |n| *n as usize).sum::<usize>();
        sum += on!(map.clone(), n_jobs = n_jobs, |(n, _)| n as usize).sum::<usize>();
        sum += on!(set.iter().enumerate(), n_jobs = n_jobs, |(_, n)| *n as usize).sum::<usize>();
        sum += on!(BinaryHeap::from_iter(set.clone()), n_jobs = n_jobs, |n| n as usize).sum::<usize>();
        sum += on!(map.clone().into_keys(), n_jobs = n_jobs, |n| n as usize).sum::<usize>();
        assert_eq!(sum, 6 * 199 * 100);
        sum = on!(map.values(), n_jobs = n_jobs, String::len).sum();
        sum += on!(map.clone().into_values(), n_jobs = n_jobs, |text| text.len()).sum::<usize>();
        assert_eq!(sum, 2 * (10 + 180 + 300));
    }
}

/// What is drained is gone, and the rest stays.
#[test]
fn collections_are_drained() {
    for n_jobs in [1, 2] {
        let mut list = numbers().clone();
        assert_eq!(on!(list.drain(5..70), n_jobs = n_jobs, chunksize = 1, |n| n).map(), numbers()[5..70]);
        assert_eq!(list, [&numbers()[..5], &numbers()[70..]].concat());
        assert_eq!(on!(list.drain(1..), n_jobs = n_jobs, chunksize = 1, |n| n).find(|_| true), Some(numbers()[1]));
        assert_eq!(list, numbers()[..1]);
        let mut queue = VecDeque::from(numbers().clone());
        assert_eq!(on!(queue.drain(..), n_jobs = n_jobs, |n| n).map(), *numbers());
        let mut map: HashMap<u32, u32> = (0..50).map(|n| (n, n)).collect();
        assert_eq!(on!(map.drain(), n_jobs = n_jobs, |(key, value)| key + value).sum::<u32>(), 2 * 25 * 49);
        let mut set: HashSet<u32> = (0..50).collect();
        assert_eq!(on!(set.drain(), n_jobs = n_jobs, |n| n).sum::<u32>(), 25 * 49);
        let mut heap: BinaryHeap<u32> = (0..50).collect();
        assert_eq!(on!(heap.drain(), n_jobs = n_jobs, |n| n).sum::<u32>(), 25 * 49);
        assert!(queue.is_empty() && map.is_empty() && set.is_empty() && heap.is_empty());
    }
}

/// A sum of `Result`s is a `Result`, and `flat_map` keeps what is `Ok`, as std has it.
#[test]
fn results_are_summed_and_kept() {
    for n_jobs in [1, 2] {
        let parse = |texts: &[&str]| on!(texts, n_jobs = n_jobs, |text| text.parse::<u32>()).sum::<Result<u32, _>>();
        assert_eq!(parse(&["1", "2", "3"]), Ok(6));
        assert_eq!(parse(&["1", "x", ""]), "x".parse());
        assert_eq!(on!(&["1", "x", "3"], n_jobs = n_jobs, |text| text.parse::<u32>()).flat_map(), [1, 3]);
    }
}

#[test]
fn items_are_changed_in_place() {
    for n_jobs in [1, 2, 3] {
        let mut image = vec![0_u32; 100];
        let rows = |image: &mut Vec<u32>| {
            on!(image.chunks_mut(7).enumerate(), n_jobs = n_jobs, |(y, row)| row
                .iter_mut()
                .for_each(|pixel| *pixel += y as u32))
            .for_each();
            on!(image.iter_mut().zip(1..), n_jobs = n_jobs, |(pixel, n)| *pixel += n).for_each();
            on!((image.chunks_exact_mut(10), 0..), n_jobs = n_jobs, |(row, n)| row[0] += 1_000 * n).for_each();
            on!(image.iter_mut().rev().step_by(99), n_jobs = n_jobs, |pixel| *pixel += 7).for_each();
            on!(image, n_jobs = n_jobs, |pixel| *pixel *= 2).for_each();
        };
        rows(&mut image);
        let expected = (0..100_u32).map(|n| {
            let row = if n % 10 == 0 { 1_000 * (n / 10) } else { 0 };
            2 * (n / 7 + n + 1 + row + if n % 99 == 0 { 7 } else { 0 })
        });
        assert_eq!(image, expected.collect::<Vec<_>>());
        let mut map: BTreeMap<u32, u32> = (0..50).map(|n| (n, n)).collect();
        on!(&mut map, n_jobs = n_jobs, |(key, value)| *value += key).for_each();
        on!(map.values_mut(), n_jobs = n_jobs, |value| *value += 1).for_each();
        assert!(map.iter().all(|(key, value)| *value == 2 * key + 1));
        let mut queue: VecDeque<u32> = (0..50).collect();
        queue.rotate_left(7);
        on!(&mut queue, n_jobs = n_jobs, |n| *n += 1).for_each();
        assert!((1..51).all(|n| queue.contains(&n)));
    }
}

#[amorsize::auto]
fn length(text: &str) -> usize {
    text.len()
}

#[amorsize::auto]
fn total(numbers: &[u32]) -> u32 {
    numbers.iter().sum()
}

#[amorsize::auto]
fn square(n: u32) -> u32 {
    n * n
}

#[amorsize::auto]
fn scale((n, by): (u32, f64)) -> f64 {
    f64::from(n) * by
}

#[amorsize::auto]
fn blur(row: &mut [u32], by: u32) {
    for pixel in row {
        *pixel += by;
    }
}

#[amorsize::auto]
fn number((y, row): (usize, &mut [u32])) {
    row.fill(y as u32);
}

/// What closures go over, functions do as well.
#[test]
fn functions_go_over_iterators_too() {
    let words: Vec<String> = ["a", "bb", "ccc", "dddd"].map(String::from).to_vec();
    assert_eq!(length::map(words.iter().rev()), [4, 3, 2, 1]);
    assert_eq!(length::map(words.iter().skip(1).step_by(2)), [2, 4]);
    assert_eq!(length::map(&VecDeque::from(words.clone())), [1, 2, 3, 4]);
    assert_eq!(length::map(&Arc::<[String]>::from(words.clone())), [1, 2, 3, 4]);
    assert_eq!(length::map(&Cow::Borrowed(&words[..])), [1, 2, 3, 4]);
    assert_eq!(length::map(&Rc::new(words.clone())), [1, 2, 3, 4]);
    assert_eq!(length::map(&mut words.clone()), [1, 2, 3, 4]);
    assert_eq!(length::map(&words.iter().cloned().collect::<BTreeSet<_>>()), [1, 2, 3, 4]);
    assert_eq!(length::map(&BTreeMap::from([(1, "a"), (0, "bb")]).into_values().collect::<Vec<_>>()), [2, 1]);
    assert_eq!(
        total::map(numbers().chunks(50)),
        numbers().chunks(50).map(|part| part.iter().sum()).collect::<Vec<u32>>()
    );
    assert_eq!(total::map(numbers().windows(2)).len(), 100);
    assert_eq!(square::map(numbers()[..3].iter().copied()), [0, 1, 16]);
    assert_eq!(square::map((0..4).rev()), [9, 4, 1, 0]);
    assert_eq!(square::map(VecDeque::from([1, 2])), [1, 4]);
    assert_eq!(scale::map((&[1, 2, 3], &[0.5, 2.0])), [0.5, 4.0]);
    assert_eq!(scale::map(vec![1, 2].into_iter().zip([0.5, 2.0])), [0.5, 4.0]);
    let mut image = [0; 6];
    blur::for_each(image.chunks_mut(4), 2);
    number::on(image.chunks_exact_mut(3).enumerate()).n_jobs(2).for_each();
    blur::for_each(image.rchunks_mut(3).rev(), 1);
    assert_eq!(image, [1, 1, 1, 2, 2, 2]);
}

/// Counts its drops.
struct Counted<'c>(&'c AtomicUsize);

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.fetch_add(1, Relaxed);
    }
}

#[test]
fn what_a_shorter_neighbour_leaves_is_dropped() {
    for n_jobs in [1, 2] {
        let dropped = AtomicUsize::new(0);
        let items: Vec<_> = (0..100).map(|_| Counted(&dropped)).collect();
        on!((items, 0..60), n_jobs = n_jobs, |(item, _)| drop(item)).for_each();
        assert_eq!(dropped.load(Relaxed), 100);
        let items: VecDeque<_> = (0..100).map(|_| Counted(&dropped)).collect();
        let found = on!((0.., items, 0..60), n_jobs = n_jobs, |(n, ..)| n).find(|n| *n == 20);
        assert_eq!((found, dropped.load(Relaxed)), (Some(20), 200));
    }
}

/// Of items side by side, the longer are cut to length before the work is shared, and what a destructor does then is its own.
#[test]
fn a_destructor_of_a_neighbour_that_panics_leaks_nothing() {
    struct Item<'c> {
        is_last: bool,
        _counted: Counted<'c>,
    }
    impl Drop for Item<'_> {
        fn drop(&mut self) {
            assert!(!self.is_last, "the last one");
        }
    }
    for n_jobs in [1, 2] {
        let dropped = AtomicUsize::new(0);
        let counted = |count: usize| (0..count).map(|_| Counted(&dropped)).collect::<Vec<_>>();
        let lasts = || (0..101).map(|n| Item { is_last: n == 100, _counted: Counted(&dropped) }).collect::<Vec<_>>();
        let first = || on!((counted(100), lasts()), n_jobs = n_jobs, |(item, _)| drop(item)).for_each();
        assert!(catch_unwind(AssertUnwindSafe(first)).is_err());
        assert_eq!(dropped.swap(0, Relaxed), 201);
        let second = || on!((lasts(), counted(100), 0..), n_jobs = n_jobs, |(item, ..)| drop(item)).for_each();
        assert!(catch_unwind(AssertUnwindSafe(second)).is_err());
        assert_eq!(dropped.load(Relaxed), 201);
    }
}

/// Where one loop ends early, another may go on for ever.
#[test]
fn a_range_without_end_is_searched() {
    assert_eq!(on!(1_u64.., |n| n * n).find(|square| square % 1_000 == 444), Some(1_444));
}
