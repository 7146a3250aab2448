use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

#[amorsize::auto]
fn lookup(word: &str, table: &HashMap<String, u32>, default: u32) -> u32 {
    table.get(word).copied().unwrap_or(default)
}

#[amorsize::auto]
fn tagged(x: u32, tag: String, more: Arc<str>) -> String {
    format!("{x}{tag}{more}")
}

#[amorsize::auto]
fn count(x: u32, seen: &AtomicU32) {
    seen.fetch_add(x, Ordering::Relaxed);
}

#[amorsize::auto]
fn through(x: u32, by: fn(u32) -> u32, also: &(dyn Fn(u32) -> u32 + Sync)) -> u32 {
    also(by(x))
}

#[amorsize::auto]
fn with<F: Fn(u32) -> u32 + Sync>(x: u32, by: &F) -> u32 {
    by(x)
}

/// Called like the function.
#[amorsize::auto(key(base + 1, add))]
fn add(item: u32, add: u32, base: u32) -> u32 {
    item + add + base
}

/// Called like what the wrapper calls its own.
#[amorsize::auto]
fn names(item: u32, items: u32, tuned: u32, run: &u32, site: u32) -> u32 {
    item + items + tuned + run + site
}

fn main() {
    let table = HashMap::from([("a".to_owned(), 1)]);
    assert_eq!(lookup::map(&["a", "b"], &table, 7), [1, 7]);
    assert_eq!(lookup::on(&["a", "b"], &table, 7).sum::<u32>(), 8);
    assert_eq!(lookup::stream(["a", "b"], &table, 7).collect::<Vec<_>>(), [1, 7]);
    assert_eq!(tagged::map([1, 2], "x".into(), "y".into()), ["1xy", "2xy"]);
    let seen = AtomicU32::new(0);
    count::for_each([1, 2, 3], &seen);
    assert_eq!(seen.into_inner(), 6);
    assert_eq!(through::map([1], |x| x + 1, &|x| x * 2), [4]);
    let by = 3;
    assert_eq!(with::map([1, 2], &|x| x * by), [3, 6]);
    assert_eq!(add::map([1, 2], 10, 100), [111, 112]);
    assert_eq!(names::map([1], 2, 3, &4, 5), [15]);
}
