//! The measurements: in rounds, each in random order, so that what else the machine does falls upon all alike.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use super::sample::{Sample, Task};
use super::workloads::{Workload, numbers};
use super::workplace::Workplace;
use crate::failure::Failure;

/// Between two processes.
pub(super) const PAUSE: Duration = Duration::from_millis(20);

/// What was measured of one workload: a process each.
#[derive(Debug)]
pub(super) struct Measured {
    pub(super) workload: Workload,
    pub(super) without: Vec<Sample>,
    pub(super) disk: Vec<Sample>,
    /// Empty if there is no Redis.
    pub(super) redis: Vec<Sample>,
}

/// Learns every workload, then measures it so many times without the cache and with it.
pub(super) fn measure(place: &Workplace, queries: usize, with_redis: bool) -> Result<Vec<Measured>, Failure> {
    let tasks = [Task::Without, Task::Disk, Task::Redis];
    let tasks = if with_redis { &tasks[..] } else { &tasks[..2] };
    let mut order: Vec<(usize, Task)> =
        (0..Workload::ALL.len()).flat_map(|at| tasks.iter().map(move |&task| (at, task))).collect();
    let bar = progress(Workload::ALL.len() + queries * order.len());
    let mut all = Vec::new();
    let mut answers = Vec::new();
    for workload in Workload::ALL {
        bar.set_message(format!("{}, learning", workload.name()));
        answers.push(place.measure(Task::Learn, workload)?.answers);
        bar.inc(1);
        all.push(Measured { workload, without: Vec::new(), disk: Vec::new(), redis: Vec::new() });
    }
    let mut random = numbers();
    for round in 1..=queries {
        shuffle(&mut order, &mut random);
        for &(at, task) in &order {
            let measured = &mut all[at];
            bar.set_message(format!("{}, round {round} of {queries}", measured.workload.name()));
            place.pause(PAUSE)?;
            let sample = place.measure(task, measured.workload)?;
            if sample.answers != answers[at] {
                let name = measured.workload.name();
                return Err(Failure::new(format!("the answers of the workload {name} are not always the same")));
            }
            match task {
                Task::Disk => measured.disk.push(sample),
                Task::Redis => measured.redis.push(sample),
                Task::Without | Task::Learn => measured.without.push(sample),
            }
            bar.inc(1);
        }
    }
    bar.finish_and_clear();
    Ok(all)
}

fn shuffle<T>(items: &mut [T], random: &mut impl Iterator<Item = u64>) {
    for at in (1..items.len()).rev() {
        let with = random.next().unwrap_or(0) % (at as u64 + 1);
        items.swap(at, with as usize);
    }
}

/// On standard error, and nothing where that is no terminal.
fn progress(steps: usize) -> ProgressBar {
    let style = ProgressStyle::with_template("{wide_bar} {pos}/{len} {msg}");
    let bar = ProgressBar::new(steps as u64);
    match style {
        Ok(style) => bar.with_style(style.progress_chars("=> ")),
        Err(_) => bar,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_lost_by_shuffling() {
        let (mut items, mut random) = ([0, 1, 2, 3, 4, 5, 6, 7], numbers());
        shuffle(&mut items, &mut random);
        assert_ne!(items, [0, 1, 2, 3, 4, 5, 6, 7]);
        items.sort_unstable();
        assert_eq!(items, [0, 1, 2, 3, 4, 5, 6, 7]);
    }
}
