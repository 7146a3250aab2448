#![deny(unused_must_use)]

#[amorsize::auto]
#[must_use = "it costs"]
fn double(x: u32) -> u32 {
    2 * x
}

fn use_it() {
    double::map([1, 2]);
}

fn main() {}
