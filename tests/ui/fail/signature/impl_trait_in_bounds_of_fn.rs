//! What rustc refuses in an `impl Trait` is its own error, and only that.

#[amorsize::auto]
fn through(x: u32, by: &impl Fn(impl Copy) -> u32) -> u32 {
    x
}

#[amorsize::auto]
fn first(x: impl IntoIterator<Item = &u32>) -> u32 {
    0
}

fn main() {}
