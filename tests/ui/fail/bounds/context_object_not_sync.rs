#[amorsize::auto]
fn through(x: u32, by: &dyn Fn(u32) -> u32) -> u32 {
    by(x)
}

fn main() {}
