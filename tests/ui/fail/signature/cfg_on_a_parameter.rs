#[amorsize::auto]
fn either(x: u32, #[cfg(unix)] y: u32) -> u32 {
    #[cfg(unix)]
    return x + y;
    #[cfg(not(unix))]
    x
}

fn main() {}
