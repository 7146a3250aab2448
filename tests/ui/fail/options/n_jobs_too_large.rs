#[amorsize::auto(n_jobs = 99999999999999999999)]
fn double(x: u32) -> u32 {
    2 * x
}

fn main() {}
