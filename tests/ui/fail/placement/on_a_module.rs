#[amorsize::auto(n_jobs = 2)]
mod inner {
    pub fn score(x: u32) -> u32 {
        x
    }
}

fn main() {}
