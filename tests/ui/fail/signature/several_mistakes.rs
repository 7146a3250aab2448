#[amorsize::auto(n_jobs = 0)]
async fn several(x: u32, total: &mut u32) -> impl Copy {
    *total += x;
}

fn main() {}
