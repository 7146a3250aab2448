#[amorsize::auto(n_jobs = 64, blocking(n_jobs = 64))]
fn double(x: u32) -> u32 {
    2 * x
}

fn main() {}
