#[amorsize::auto]
fn nothing() -> u32 {
    1
}

fn main() {}
