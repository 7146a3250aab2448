#[amorsize::auto]
fn double(x: u32) -> u32 {
    2 * x
}

fn use_it() -> Vec<u32> {
    double::map((0..10).filter(|x| x % 2 == 0))
}

fn main() {}
