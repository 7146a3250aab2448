//! Raw identifiers, companions, and names that the wrapper uses itself.
#![deny(warnings)]

#[amorsize::auto]
fn r#type(r#fn: &str, r#match: u32) -> usize {
    r#fn.len() + r#match as usize
}

#[amorsize::auto(companion = r#mod)]
fn raw_companion(x: u32) -> u32 {
    x
}

/// A module has the name: the companion takes another.
mod score {
    #[amorsize::auto(companion = scoring)]
    pub(crate) fn score(x: u32) -> u32 {
        x
    }
}
use score::score;
use score::scoring;

#[amorsize::auto(companion = unsigned)]
fn u32(x: u64) -> u64 {
    x
}

#[amorsize::auto]
fn map(x: u32) -> u32 {
    x
}

#[amorsize::auto]
fn on(x: u32) -> u32 {
    x
}

#[amorsize::auto]
fn item(x: u32) -> u32 {
    x
}

#[amorsize::auto]
fn items(x: u32) -> u32 {
    x
}

#[amorsize::auto]
fn tuned(x: u32, items: u32) -> u32 {
    x + items
}

#[amorsize::auto]
fn __amorsize_site(x: u32) -> u32 {
    x
}

fn main() {
    assert_eq!(r#type::map(&["a"], 1), [2]);
    assert_eq!(r#mod::map([1]), [1]);
    assert_eq!(raw_companion(1), 1);
    assert_eq!((score(1), scoring::map([1])), (1, vec![1]));
    assert_eq!((u32(1), unsigned::map([1])), (1, vec![1]));
    assert_eq!(map::map([1]), [1]);
    assert_eq!(on::on([1]).map(), [1]);
    assert_eq!(item::map([1]), [1]);
    assert_eq!(items::map([1]), [1]);
    assert_eq!(tuned::map([1], 2), [3]);
    assert_eq!(__amorsize_site::map([1]), [1]);
}
