#[amorsize::auto(rigor = "exhaustive")]
fn double(x: u32) -> u32 {
    2 * x
}

#[amorsize::auto(rigor = patient)]
fn triple(x: u32) -> u32 {
    3 * x
}

fn main() {
    amorsize::map!(0..4, rigor = "", |x: i32| x);
}
