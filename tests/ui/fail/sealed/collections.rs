use std::slice::{Chunks, Iter};

use amorsize::{IntoItems, Items, KnownLength, LendAll};

struct Numbers(Vec<u32>);

impl<'s> IntoItems for &'s Numbers {
    type Item = &'s u32;
    type Items = Iter<'s, u32>;

    fn into_items(self) -> Iter<'s, u32> {
        self.0.iter()
    }
}

struct Names(Vec<String>);

impl<'s> LendAll<'s, String> for &'s Names {
    fn lend_all(self) -> impl Items<&'s String> {
        self.0.iter()
    }
}

#[derive(Clone)]
struct Endless;

impl Iterator for Endless {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        Some(7)
    }
}

impl KnownLength for Endless {
    type Access = <Chunks<'static, u32> as KnownLength>::Access;
    type Adapted = <Chunks<'static, u32> as KnownLength>::Adapted;
    type Zipped = <Chunks<'static, u32> as KnownLength>::Zipped;
    type Chained = <Chunks<'static, u32> as KnownLength>::Chained;
}

fn main() {
    let numbers = Numbers(vec![1]);
    println!("{:?}", amorsize::map!(&numbers, |n| *n));
}
