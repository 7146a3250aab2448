#[amorsize::auto]
fn double(x: u32) -> u32 {
    2 * x
}

fn use_it() {
    double::for_each([1, 2]);
}

fn main() {}
