fn helper(x: u32) -> u32 {
    x
}

#[amorsize::auto(depends(helper))]
fn double(x: u32) -> u32 {
    2 * helper(x)
}

fn main() {}
