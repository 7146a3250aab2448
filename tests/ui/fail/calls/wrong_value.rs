#[amorsize::auto]
fn double(x: u64) -> u64 {
    2 * x
}

fn use_it(numbers: Vec<i32>) -> Vec<u64> {
    double::map(numbers)
}

fn main() {}
