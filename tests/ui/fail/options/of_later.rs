#[amorsize::auto(rigor = "patient", n_jobs = 2)]
fn double(x: u32) -> u32 {
    2 * x
}

fn main() {}
