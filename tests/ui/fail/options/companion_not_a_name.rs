#[amorsize::auto(companion = "scoring")]
fn score(x: u32) -> u32 {
    x
}

fn main() {}
