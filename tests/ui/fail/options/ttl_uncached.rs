#[amorsize::auto(cache = false, ttl = "7d")]
fn double(x: u32) -> u32 {
    2 * x
}

fn use_it() -> Vec<u32> {
    double::map([1])
}

fn main() {}
