#[amorsize::auto(memory = 64)]
fn double(x: u32) -> u32 {
    2 * x
}

#[amorsize::auto(memory = "64")]
fn triple(x: u32) -> u32 {
    3 * x
}

fn main() {
    amorsize::map!(0..4, memory = "much", |x: i32| x);
}
