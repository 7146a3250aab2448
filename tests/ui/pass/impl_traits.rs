//! `impl Trait` in parameters.
#![deny(warnings)]
#![forbid(unsafe_code)]

use std::collections::HashMap;
use std::fmt::{Debug, Display};

#[amorsize::auto]
fn by_value(x: impl Into<u64>) -> u64 {
    x.into()
}

#[amorsize::auto]
fn by_reference(x: &impl Display) -> String {
    x.to_string()
}

#[amorsize::auto]
fn by_row(x: &mut impl Extend<u32>) {
    x.extend([1]);
}

#[amorsize::auto]
fn several_bounds(x: &(impl Display + Send), y: &(impl Debug + Sync)) -> String {
    format!("{x}{y:?}")
}

#[amorsize::auto]
fn maybe_unsized(x: &(impl AsRef<[u8]> + ?Sized), y: &(impl Debug + ?Sized)) -> String {
    format!("{}{y:?}", x.as_ref().len())
}

#[amorsize::auto]
fn applied(x: u32, by: impl Fn(u32) -> u32) -> u32 {
    by(x)
}

#[amorsize::auto]
fn applied_lent(x: &str, by: &impl Fn(&str) -> bool, and: &impl for<'a> Fn(&'a str) -> &'a str) -> bool {
    by(and(x))
}

#[amorsize::auto]
fn nested(row: Vec<impl Into<u64>>, others: &[impl Debug]) -> u64 {
    row.into_iter().map(Into::into).sum::<u64>() + others.len() as u64
}

#[amorsize::auto]
fn nested_lent(row: &[impl Display], table: &HashMap<String, impl Clone + Into<u64>>) -> u64 {
    row.iter().map(|x| table[&x.to_string()].clone().into()).sum()
}

#[amorsize::auto]
fn nested_row(row: &mut [impl From<u8>]) {
    row.fill_with(|| 7.into());
}

#[amorsize::auto]
fn of_a_tuple((x, y): (impl Into<u64>, &impl Debug)) -> String {
    format!("{}{y:?}", x.into())
}

#[amorsize::auto]
fn inside_a_bound(x: impl IntoIterator<Item = impl Into<u64>>) -> u64 {
    x.into_iter().map(Into::into).sum()
}

#[amorsize::auto]
fn of_an_object(x: &u32, more: &(dyn Fn() -> u32 + Sync), by: &impl Fn(&dyn Debug) -> u32) -> u32 {
    by(x) + more()
}

/// Beside explicit parameters, and with one of these in a bound.
#[amorsize::auto(key(N, by))]
fn explicit<T: From<u8> + Debug, const N: usize>(x: u8, by: u32, with: impl Fn(T) -> u32) -> [u32; N] {
    [with(T::from(x)) + by; N]
}

#[amorsize::auto]
fn declared_lifetime<'a>(x: &str, words: impl Iterator<Item = &'a str> + Clone) -> Option<&'a str> {
    words.clone().find(|word| *word == x)
}

/// What the bounds mention is not what an elided lifetime of the result means.
#[amorsize::auto]
fn elided<'a>(x: &str, words: impl Iterator<Item = &'a str> + 'a) -> &str {
    if words.count() > 0 { x } else { "" }
}

#[amorsize::auto]
fn lifetime_of_items<'a>(x: impl Iterator<Item = &'a str> + 'a) -> Vec<&'a str> {
    x.collect()
}

/// Called like what the wrapper calls its own.
#[amorsize::auto]
fn function(item: u32, function: &impl Fn(u32) -> u32) -> u32 {
    function(item)
}

/// In an `impl`, too.
struct Model<T> {
    bias: T,
}

impl<T: Clone + Into<u64> + Sync> Model<T> {
    #[amorsize::auto]
    fn score(&self, x: &impl AsRef<str>, by: &impl Fn(u64) -> u64) -> u64 {
        by(x.as_ref().len() as u64) + self.bias.clone().into()
    }

    #[amorsize::auto(in_impl)]
    fn through<U: From<u32>>(x: u32, by: impl Fn(U) -> U) -> U {
        by(x.into())
    }
}

mod without_a_prelude {
    #![no_implicit_prelude]

    #[::amorsize::auto]
    pub(super) fn shown(x: &impl ::std::fmt::Debug) -> ::std::string::String {
        ::std::format!("{x:?}")
    }
}

fn main() {
    assert_eq!(by_value::map(vec![1u32]), [1]);
    assert_eq!(by_value::map(&[1u8, 2]), [1, 2]);
    assert_eq!(by_value::map(0..3u16), [0, 1, 2]);
    assert_eq!(by_value::stream([1u32]).collect::<Vec<_>>(), [1]);
    assert_eq!(by_reference::map(&["a"]), ["a"]);
    assert_eq!(by_reference::map::<i8>(&[1]), ["1"]);
    assert_eq!(by_reference::stream(&[1]).collect::<Vec<_>>(), ["1"]);
    let mut rows = [vec![], vec![0]];
    by_row::for_each(&mut rows);
    assert_eq!(rows, [vec![1], vec![0, 1]]);
    assert_eq!(several_bounds::map(&["a"], &'b'), ["a'b'"]);
    assert_eq!(maybe_unsized::map::<str, str>(&["ab".to_owned()], "c"), ["2\"c\""]);
    let add = 3;
    assert_eq!(applied::map([1, 2], |x| x + add), [4, 5]);
    assert_eq!(applied::on([1, 2], |x| x + add).n_jobs(2).map(), [4, 5]);
    assert_eq!(applied_lent::map(&["a", "b"], &|x| x == "a", &|x| x.trim()), [true, false]);
    assert_eq!(applied_lent::stream(["a"], &|x| x == "a", &|x| x.trim()).collect::<Vec<_>>(), [true]);
    assert_eq!(nested::map(vec![vec![1u8, 2]], &["x"]), [4]);
    let table = HashMap::from([("1".to_owned(), 5u32)]);
    assert_eq!(nested_lent::map(&[vec![1, 1]], &table), [10]);
    assert_eq!(nested_lent::stream([[1, 1]], &table).collect::<Vec<_>>(), [10]);
    let mut rows = [[0u16; 2]];
    nested_row::for_each(&mut rows);
    assert_eq!(rows, [[7, 7]]);
    assert_eq!(of_a_tuple::map(vec![(1u8, &'a')]), ["1'a'"]);
    assert_eq!(inside_a_bound::map(vec![vec![1u8, 2]]), [3]);
    assert_eq!(of_an_object::map(&[1], &|| 2, &|x| format!("{x:?}").len() as u32), [3]);
    assert_eq!(explicit::<u16, 2>(1, 2, |x| x.into()), [3, 3]);
    assert_eq!(explicit::map::<u16, 2, _>([1], 2, |x| x.into()), [[3, 3]]);
    let words = ["a".to_owned()];
    let found = { declared_lifetime::map(&["a".to_owned()], words.iter().map(String::as_str)) };
    assert_eq!(found, [Some("a")]);
    assert_eq!(elided::map(&["x"], [].into_iter()), [""]);
    assert_eq!(lifetime_of_items::map(vec!["a b".split(' ')]), [["a", "b"]]);
    assert_eq!(function::map([1], &|x| x + 1), [2]);
    let model = Model { bias: 1u8 };
    assert_eq!(model.score_map(&["ab"], &|x| 2 * x), [5]);
    assert_eq!(model.score_stream(&["ab"], &|x| 2 * x).collect::<Vec<_>>(), [5]);
    assert_eq!(Model::<u8>::through_map::<u64, _>([1], |x| x + 1), [2]);
    assert_eq!(without_a_prelude::shown::map(&[1]), ["1"]);
}
