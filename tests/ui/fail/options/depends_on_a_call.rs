#[amorsize::auto]
fn one(x: u32) -> u32 {
    x
}

#[amorsize::auto(depends(one(1)))]
fn two(x: u32) -> u32 {
    one(x)
}

fn main() {}
