struct Job(u32);

#[amorsize::auto]
fn work(job: Job) -> u32 {
    job.0
}

fn all(jobs: Vec<Job>) -> Vec<u32> {
    work::map(&jobs)
}

fn main() {}
