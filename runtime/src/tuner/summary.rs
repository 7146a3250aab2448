//! What is kept of [`Learned`] after the process, and the conversions from and to it.

use serde::{Deserialize, Serialize};

use super::arms::{Learned, SharedRuns};
use super::times::Times;

/// The part of [`Learned`] that is kept after the process.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Summary {
    /// The plain loop; none if it was never measured.
    serial: Option<Arm>,
    estimate: Option<f32>,
    bound: Option<f32>,
    /// Asleep, awake.
    shared: [SharedSummary; 2],
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct SharedSummary {
    arms: Vec<Arm>,
    spent: f32,
    lost: f32,
}

/// A number of threads, what an item took with them, and how often that was measured.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Arm {
    pub(crate) n_jobs: u32,
    pub(crate) cost: f32,
    pub(crate) count: u32,
}

impl Summary {
    /// Whether every pair of a number of threads and a time is `good`, and there are no more arms than there can be.
    pub(crate) fn all(&self, good: impl Fn(u32, f32) -> bool) -> bool {
        let times = self.estimate.into_iter().chain(self.bound);
        let sums = self.shared.iter().flat_map(|shared| [shared.spent, shared.lost]);
        self.arms().all(|arm| good(arm.n_jobs, arm.cost))
            && times.chain(sums).all(|time| good(1, time))
            && self.shared.iter().all(|shared| shared.arms.len() <= MOST_ARMS)
    }

    /// Everything that was measured, the plain loop first.
    pub(crate) fn arms(&self) -> impl Iterator<Item = Arm> {
        self.serial.into_iter().chain(self.shared.iter().flat_map(|shared| shared.arms.iter().copied()))
    }

    /// Calls that were measured.
    pub(crate) fn samples(&self) -> u64 {
        self.arms().map(|arm| u64::from(arm.count)).sum()
    }
}

/// The most arms that are accepted; their numbers of threads are halves of each other, so there are never as many.
const MOST_ARMS: usize = 32;

fn arm(n_jobs: usize, times: &Times) -> Option<Arm> {
    Some(Arm { n_jobs: n_jobs as u32, cost: times.value()? as f32, count: times.count })
}

impl Learned {
    /// The part that is kept.
    pub(crate) fn summary(&self) -> Summary {
        Summary {
            serial: arm(1, &self.serial),
            estimate: self.estimate.map(|cost| cost as f32),
            bound: self.bound.map(|cost| cost as f32),
            shared: [0, 1].map(|hot| {
                let SharedRuns { arms, spent, lost, .. } = &self.shared[hot];
                SharedSummary {
                    arms: arms.iter().filter_map(|(n_jobs, times)| arm(*n_jobs, times)).collect(),
                    spent: *spent as f32,
                    lost: *lost as f32,
                }
            }),
        }
    }

    /// The reverse of [`summary`](Self::summary): each arm comes back with its value as every sample.
    pub(crate) fn recalled(summary: &Summary) -> Self {
        Self {
            serial: summary.serial.map_or_else(Times::default, |arm| Times::recalled(arm.cost, arm.count)),
            estimate: summary.estimate.map(f64::from),
            bound: summary.bound.map(f64::from),
            shared: [0, 1].map(|hot| {
                let SharedSummary { arms, spent, lost } = &summary.shared[hot];
                let times = |arm: &Arm| (arm.n_jobs as usize, Times::recalled(arm.cost, arm.count));
                let (spent, lost) = (f64::from(*spent), f64::from(*lost));
                SharedRuns { arms: arms.iter().map(times).collect(), spent, lost, ..SharedRuns::default() }
            }),
            calls: summary.samples(),
            unconfirmed: true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::simulation::{Random, Truth, pool};
    use super::*;

    #[test]
    fn what_is_recalled_chooses_what_was_learned() {
        let mut random = Random(3);
        for threads in [2, 16, 64] {
            for serial in [1e5, 1e6, 1e8] {
                let truth = Truth { serial, competition: random.unit(), pool: pool(threads) };
                let mut learned = Learned::default();
                learned.record_estimate(1000, serial);
                for _ in 0..60 {
                    let choice = learned.choose(1000, &truth.pool, true).expect("an estimate is known");
                    let time = truth.time(choice.n_jobs, true) * random.noise();
                    if choice.n_jobs == 1 {
                        learned.record_loop(1000, time);
                    } else {
                        learned.record_shared(1000, choice.n_jobs, true, time, time * (choice.n_jobs - 1) as f64);
                    }
                }
                let recalled = Learned::recalled(&learned.summary());
                let [was, is] = [learned, recalled].map(|learned| learned.choose(1000, &truth.pool, true));
                let [was, is] = [was, is].map(|choice| truth.time(choice.expect("much is known").n_jobs, true));
                assert!(is <= 1.15 * was, "{is} for {was}: {threads} threads, {serial} ns");
            }
        }
    }
}
