//! Not even the primitive types are what they are called.
#![allow(non_camel_case_types, dead_code)]

mod numbers {
    pub type Number = u64;
    pub type Text = str;
    pub type Size = usize;
}
use numbers::{Number, Size, Text};

struct bool;
struct u8;
struct u64;
struct usize;
struct str;

#[amorsize::auto(n_jobs = 2, chunksize = 3, cache = false, key(by))]
fn scaled(text: &Text, by: Size) -> Size {
    text.len() * by
}

#[amorsize::auto(depends(scaled))]
fn doubled(x: Number) -> Number {
    2 * x
}

struct Scale(Number);

impl Scale {
    #[amorsize::auto]
    fn times<T: Copy + Into<Number>>(&self, x: &T) -> Number {
        self.0 * (*x).into()
    }
}

fn main() {
    assert_eq!(scaled::map(&["ab"], 2), [4]);
    assert_eq!(scaled::stream(["ab"], 2).collect::<Vec<_>>(), [4]);
    assert_eq!(doubled::map([1, 2]), [2, 4]);
    assert_eq!(Scale(3).times_map(&[1u32, 2]), [3, 6]);
}
