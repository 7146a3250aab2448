//! Types that are written in other ways than as themselves.
#![deny(warnings)]

use std::collections::HashMap;
use std::sync::atomic::{AtomicU8, Ordering::Relaxed};

type Line<'a> = &'a str;
type Table = HashMap<String, u32>;

macro_rules! words {
    () => { [&'static str] };
}

trait Unit {
    type Scalar: Copy + Send + Sync;
    const ZERO: Self::Scalar;
}

struct Metres;

impl Unit for Metres {
    type Scalar = f64;
    const ZERO: f64 = 0.0;
}

/// An alias of a reference is a value like another.
#[amorsize::auto]
fn alias(line: Line<'_>, table: &Table) -> Option<u32> {
    table.get(line).copied()
}

#[amorsize::auto]
fn by_macro(words: &words!()) -> usize {
    words.len()
}

#[amorsize::auto]
fn projected<U: Unit>(x: U::Scalar, _: &<U as Unit>::Scalar) -> (U::Scalar, <U as Unit>::Scalar) {
    (x, U::ZERO)
}

#[amorsize::auto]
fn quantified<F>(x: &str, by: &F) -> usize
where
    for<'a> F: Fn(&'a str) -> &'a str + Sync,
{
    by(x).len()
}

#[amorsize::auto]
fn iterated<I>(items: I) -> u32
where
    I: IntoIterator,
    I::Item: Into<u32>,
{
    items.into_iter().map(Into::into).sum()
}

#[amorsize::auto]
#[allow(clippy::type_complexity)]
fn nested(x: &[(Option<&str>, [u8; 1 + 1])], by: &[fn(&str) -> Option<&str>; 1]) -> Vec<usize> {
    x.iter().filter_map(|(text, _)| text.and_then(by[0]).map(str::len)).collect()
}

#[amorsize::auto]
fn zero_sized(_: ()) {}

type Nothing = ();

#[amorsize::auto(n_jobs = 2, chunksize = 3)]
fn nothing_by_another_name(x: u8, sum: &AtomicU8) -> Nothing {
    sum.fetch_add(x, Relaxed);
}

#[amorsize::auto]
fn what_the_caller_says<T: From<u8>>(x: u8) -> T {
    T::from(x)
}

#[derive(Debug, PartialEq)]
struct Nought;
impl From<u8> for Nought {
    fn from(_: u8) -> Self {
        Self
    }
}

struct Counter(AtomicU8);

impl Counter {
    #[amorsize::auto]
    fn add(&self, x: &u8) -> Nothing {
        self.0.fetch_add(*x, Relaxed);
    }
}

#[amorsize::auto]
fn unsized_slice(bytes: &[u8]) -> &[u8] {
    &bytes[1..]
}

#[derive(Clone, Debug, PartialEq)]
struct Point(i32);

impl Point {
    #[amorsize::auto]
    fn distance(&self, other: &Self) -> i32 {
        (self.0 - other.0).abs()
    }

    #[amorsize::auto]
    fn moved(point: Self, by: &Self) -> Self {
        Self(point.0 + by.0)
    }

    #[amorsize::auto]
    fn boxed(&self, x: Box<Self>) -> Option<Box<Self>> {
        Some(x)
    }
}

fn main() {
    let table = Table::from([("a".to_owned(), 1)]);
    assert_eq!(alias::map(&["a", "b"], &table), [Some(1), None]);
    assert_eq!(by_macro::map(&[["a", "b"]]), [2]);
    assert_eq!(projected::map::<Metres>(vec![1.0], &2.0), [(1.0, 0.0)]);
    assert_eq!(quantified::map(&[" a "], &str::trim), [1]);
    assert_eq!(iterated::map(vec![vec![1u8, 2], vec![3]]), [3, 3]);
    assert_eq!(nested::map(&[vec![(Some("ab"), [0; 2])]], &[|text| Some(text)]), [[2]]);
    zero_sized::for_each(vec![(); 3]);
    let sum = AtomicU8::new(0);
    nothing_by_another_name::for_each([1, 2, 3], &sum);
    assert_eq!(sum.into_inner(), 6);
    assert_eq!(what_the_caller_says::map::<Nought>([1]), [Nought]);
    let counter = Counter(AtomicU8::new(0));
    counter.add_for_each(&[1, 2, 3]);
    assert_eq!(counter.0.into_inner(), 6);
    assert_eq!(unsized_slice::map(&["ab".as_bytes(), b"c"]), [&b"b"[..], b""]);
    let points = [Point(1), Point(5)];
    assert_eq!(points[0].distance_map(&points), [0, 4]);
    assert_eq!(Point::moved_map(points.to_vec(), &points[0]), [Point(2), Point(6)]);
    assert_eq!(points[0].boxed_map(vec![Box::new(Point(2))]), [Some(Box::new(Point(2)))]);
}
