#[amorsize::auto(n_jobs = "4")]
fn double(x: u32) -> u32 {
    2 * x
}

fn main() {}
