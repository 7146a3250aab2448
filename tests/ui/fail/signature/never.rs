#[amorsize::auto]
fn fail(x: u32) -> ! {
    panic!("{x}")
}

fn main() {}
