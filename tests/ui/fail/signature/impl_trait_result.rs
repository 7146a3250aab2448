#[amorsize::auto]
fn digits(x: u32) -> Vec<impl Iterator<Item = u32>> {
    vec![0..x]
}

fn main() {}
