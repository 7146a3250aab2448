#[amorsize::auto(blocking = 64)]
fn double(x: u32) -> u32 {
    2 * x
}

fn main() {}
