//! What a process does that is started to measure one thing.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::hint::black_box;
use std::time::Instant;

use super::sample::{Sample, Task};
use super::workloads::{
    Workload, digest, frequencies, integral, most_frequent, odd_numbers, records, smallest_factor, texts,
};
use crate::failure::Failure;

/// Calls until a plan is known well.
const LEARNING_CALLS: usize = 25;
/// Calls of a process after the first, and plain loops.
const LATER: usize = 3;

/// Does what `words` say, in the environment that the parent made. Returns what is to be printed for it.
pub(super) fn measure(words: &str) -> Result<String, Failure> {
    let (task, workload) =
        Task::parse(words).ok_or_else(|| Failure::wrong_use(format!("there is nothing to measure called {words}")))?;
    let sample = match workload {
        Workload::Text => run(task, &texts(), |text| most_frequent(text), |items| most_frequent::map(items)),
        Workload::Hashes => run(task, &records(), |bytes| digest(bytes), |items| digest::map(items)),
        Workload::Floats => run(task, &frequencies(), |a| integral(*a), |items| integral::map(items)),
        Workload::Skewed => run(task, &odd_numbers(), |n| smallest_factor(*n), |items| smallest_factor::map(items)),
    }?;
    serde_json::to_string(&sample).map_err(|error| Failure::new(format!("this cannot be said in JSON: {error}")))
}

fn run<T>(
    task: Task,
    items: &[T],
    plain: impl Fn(&T) -> u64,
    map: impl Fn(&[T]) -> Vec<u64>,
) -> Result<Sample, Failure> {
    let tuned = || timed(|| map(black_box(items)));
    let (first_ns, answers) = tuned();
    let stats = amorsize::stats();
    let look_ups = stats.tiers.iter().rev().find(|tier| tier.hits > 0);
    let mut sample = Sample {
        first_ns,
        found: stats.recalled > 0,
        look_up_ns: look_ups.map(|tier| tier.latency_ns as f64 / tier.lookups.max(1) as f64),
        answers: of_all(&answers),
        ..Sample::default()
    };
    let mut is_same = true;
    let mut again = |(time, again): (f64, Vec<u64>)| {
        is_same &= again == answers;
        time
    };
    match task {
        Task::Learn => {
            for _ in 0..LEARNING_CALLS {
                again(tuned());
            }
            amorsize::flush().map_err(|error| Failure::new(format!("the plan cannot be kept: {error}")))?;
        }
        Task::Without => {
            let loops = || timed(|| black_box(items).iter().map(&plain).collect());
            sample.plain_ns = (0..LATER).map(|_| again(loops())).collect();
        }
        // The plan is in memory now, as well known as it was on disk.
        Task::Disk => sample.memory_ns = (0..LATER).map(|_| again(tuned())).collect(),
        Task::Redis => {}
    }
    if is_same { Ok(sample) } else { Err(Failure::new("the answers of two calls differ")) }
}

/// What it takes, ns, and what comes out.
fn timed(call: impl FnOnce() -> Vec<u64>) -> (f64, Vec<u64>) {
    let start = Instant::now();
    let answers = black_box(call());
    (start.elapsed().as_nanos() as f64, answers)
}

fn of_all(answers: &[u64]) -> u64 {
    let mut hasher = DefaultHasher::new();
    answers.hash(&mut hasher);
    hasher.finish()
}
