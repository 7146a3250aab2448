#[amorsize::auto(depends(pong))]
fn ping(x: u32) -> u32 {
    if x == 0 { 0 } else { pong(x - 1) }
}

#[amorsize::auto(depends(ping))]
fn pong(x: u32) -> u32 {
    if x == 0 { 1 } else { ping(x - 1) }
}

fn main() {}
