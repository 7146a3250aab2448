mod score {}

#[amorsize::auto]
fn score(x: u32) -> u32 {
    x
}

fn main() {}
