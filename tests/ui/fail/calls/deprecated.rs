#![deny(deprecated)]

#[amorsize::auto]
#[deprecated = "use `triple`"]
fn double(x: u32) -> u32 {
    2 * x
}

fn use_it() -> Vec<u32> {
    double::map([1, 2])
}

fn main() {}
