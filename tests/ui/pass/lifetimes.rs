#![allow(mismatched_lifetime_syntaxes)]

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Display;
use std::str::Chars;

#[derive(Clone, Copy)]
struct Record<'a> {
    name: &'a str,
}

#[amorsize::auto]
fn trim(line: &str) -> &str {
    line.trim()
}

#[amorsize::auto]
fn first<'a>(line: &'a str, _sep: &str) -> &'a str {
    line
}

#[amorsize::auto]
fn lookup<'t>(word: &str, table: &'t BTreeMap<String, String>) -> Option<&'t str> {
    table.get(word).map(|found| &**found)
}

#[amorsize::auto]
fn either<'a>(a: &'a str, b: &'a str) -> &'a str {
    if a.is_empty() { b } else { a }
}

#[amorsize::auto]
fn name<'a>(record: &Record<'a>) -> &'a str {
    record.name
}

#[amorsize::auto]
fn elided_in_a_path(record: Record<'_>) -> &str {
    record.name
}

#[amorsize::auto]
fn in_a_tuple((a, b): (&str, Record<'_>)) -> usize {
    a.len() + b.name.len()
}

#[amorsize::auto]
fn of_references<'s>(words: &[&'s str]) -> &'s str {
    words[0]
}

#[amorsize::auto]
fn twice_elided(words: &[&str]) -> usize {
    words.len()
}

#[amorsize::auto]
fn outlives<'a, 'b: 'a>(a: &'a str, b: &'b str) -> &'a str
where
    'b: 'a,
{
    if a.is_empty() { b } else { a }
}

#[amorsize::auto]
fn implied<'a, 'b>(x: &'a &'b str) -> &'a str {
    x
}

#[amorsize::auto]
fn forever(x: &'static str) -> &'static str {
    x
}

#[amorsize::auto]
fn shows(x: &u32, with: &(dyn for<'z> Fn(&'z u32) -> &'z (dyn Display + 'z) + Sync)) -> String {
    with(x).to_string()
}

#[amorsize::auto]
fn called(x: &u32, with: fn(&u32) -> &u32) -> u32 {
    *with(x)
}

#[amorsize::auto]
fn taken<'s, 'x, 'c>(a: &'s str, b: &'x str, c: &'c str, d: &str) -> (&'s str, &'x str, &'c str, usize) {
    (a, b, c, d.len())
}

#[amorsize::auto]
fn boxed(x: &str) -> Box<dyn Display + Send + '_> {
    Box::new(x)
}

/// Types of the standard library whose lifetime need not be written.
#[amorsize::auto]
fn hidden(text: Cow<str>) -> usize {
    text.len()
}

#[amorsize::auto]
fn hidden_behind_a_reference(text: &std::borrow::Cow<[u8]>) -> usize {
    text.len()
}

#[amorsize::auto]
fn hidden_in_a_slice(texts: &[Cow<str>]) -> usize {
    texts.len()
}

#[amorsize::auto]
fn hidden_in_a_row(text: &mut Cow<str>) {
    text.to_mut().push('!');
}

#[amorsize::auto]
fn hidden_in_the_result(text: &str) -> Cow<str> {
    Cow::Borrowed(text)
}

#[amorsize::auto]
fn hidden_everywhere(text: Option<Cow<str>>, _: Cow<'static, str>, _: &Cow<str>) -> usize {
    text.map_or(0, |text| text.len())
}

#[amorsize::auto]
fn hidden_without_types(chars: Chars) -> usize {
    chars.count()
}

fn main() {
    let cows = [Cow::Borrowed("ab")];
    assert_eq!(hidden::map(cows.to_vec()), [2]);
    assert_eq!(hidden_behind_a_reference::map(&[Cow::Borrowed(&b"ab"[..])]), [2]);
    assert_eq!(hidden_in_a_slice::map(&[cows.clone()]), [1]);
    let mut rows = cows.clone();
    hidden_in_a_row::for_each(&mut rows);
    assert_eq!(rows, ["ab!"]);
    assert_eq!(hidden_in_the_result::map(&rows), ["ab!"]);
    assert_eq!(hidden_everywhere::map(vec![Some(cows[0].clone()), None], "".into(), &cows[0]), [2, 0]);
    assert_eq!(hidden_without_types::map(vec!["ab".chars()]), [2]);
    let owned = vec![" a ".to_owned()];
    assert_eq!(trim::map(&owned), ["a"]);
    // What borrows from references outlives the slice of them.
    let trimmed = {
        let lines: Vec<&str> = owned.iter().map(|line| &**line).collect();
        trim::map(&lines)
    };
    assert_eq!(trimmed, ["a"]);
    assert_eq!(trim::stream(owned.iter().map(|line| &**line)).collect::<Vec<_>>(), ["a"]);
    let kept = first::map(&owned, &String::from("temporary"));
    assert_eq!(kept, [" a "]);
    let table = BTreeMap::from([("k".to_owned(), "v".to_owned())]);
    let found = lookup::map(&["k".to_owned()], &table);
    assert_eq!(found, [Some("v")]);
    assert_eq!(either::map(&owned, "b"), [" a "]);
    let records = [Record { name: "n" }];
    assert_eq!(name::map(&records), ["n"]);
    assert_eq!(elided_in_a_path::map(&records), ["n"]);
    assert_eq!(in_a_tuple::map([("ab", records[0])]), [3]);
    assert_eq!(of_references::map(&[vec!["p", "q"]]), ["p"]);
    assert_eq!(twice_elided::map(&[vec!["p", "q"]]), [2]);
    assert_eq!(outlives::map(&["", "a"], "b"), ["b", "a"]);
    assert_eq!(implied::map(&["a"]), ["a"]);
    assert_eq!(forever::map(&["a"]), ["a"]);
    assert_eq!(shows::map(&[1], &|x| x), ["1"]);
    assert_eq!(called::map(&[1], |x| x), [1]);
    assert_eq!(taken::map(&["a"], "b", "c", "d"), [("a", "b", "c", 1)]);
    assert_eq!(boxed::map(&owned)[0].to_string(), " a ");
}
