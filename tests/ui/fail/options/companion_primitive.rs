#[amorsize::auto(companion = f64)]
fn parse(x: u32) -> u32 {
    x
}

fn main() {}
