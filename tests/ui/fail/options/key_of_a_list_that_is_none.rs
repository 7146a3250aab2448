#[amorsize::auto(key(by +))]
fn scale(x: u32, by: u32) -> u32 {
    x * by
}

fn main() {}
