#[amorsize::auto(n_jobs = -1)]
fn double(x: u32) -> u32 {
    2 * x
}

fn main() {}
