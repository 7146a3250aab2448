#[amorsize::auto(crate = no_such_crate)]
fn score(x: u32) -> u32 {
    x
}

fn main() {}
