#![deny(unused_must_use)]

#[amorsize::auto]
fn double(x: u32) -> u32 {
    2 * x
}

fn use_it() {
    double::on([1, 2]);
}

fn main() {}
