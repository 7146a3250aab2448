//! A crate without the standard library, but with what allocates.
#![no_std]
#![deny(warnings)]

extern crate alloc;

use alloc::string::{String, ToString};

#[amorsize::auto]
fn shown(x: &u32) -> String {
    x.to_string()
}

#[amorsize::auto]
fn ended(text: &mut String) {
    text.push('!');
}

struct Scale(u32);

impl Scale {
    #[amorsize::auto]
    fn times(&self, x: u32) -> u32 {
        x * self.0
    }
}

fn main() {
    let mut all = shown::map(&[1, 2]);
    ended::for_each(&mut all);
    assert_eq!(all, ["1!", "2!"]);
    assert_eq!(Scale(2).times_map([1]), [2]);
    assert_eq!(shown::stream([1]).count(), 1);
}
