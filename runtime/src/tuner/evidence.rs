//! What of [`Learned`] outlives the process, and back.

use amorsize_store::record::evidence::{Arm, Evidence, SharedEvidence};

use super::arms::{self, Learned, SharedRuns};
use super::drift::DriftWatch;
use super::times::Times;
use super::unevenness::Unevenness;

impl Learned {
    /// What is kept of it.
    pub(crate) fn evidence(&self) -> Evidence {
        Evidence {
            serial: arm(1, &self.serial),
            // Which of the two is to be believed was decided.
            estimate: self.estimate.and(self.serial()).map(|cost| cost as f32),
            bound: self.bound.map(|cost| cost as f32),
            cpu: self.cpu.filter(|_| !self.is_embedded).map(|cost| cost as f32),
            shared: [0, 1].map(|hot| {
                let SharedRuns { arms, spent, lost, .. } = &self.shared[hot];
                SharedEvidence {
                    arms: arms.iter().filter_map(|one| arm(one.n_jobs, &one.times)).collect(),
                    spent: *spent as f32,
                    lost: *lost as f32,
                }
            }),
        }
    }

    /// The reverse of [`evidence`](Self::evidence): each arm comes back with its value as every sample.
    pub(crate) fn recalled(evidence: &Evidence) -> Self {
        Self {
            serial: evidence.serial.map_or_else(Times::default, |arm| Times::recalled(arm.cost, arm.count)),
            estimate: evidence.estimate.map(f64::from),
            bound: evidence.bound.map(f64::from),
            is_even: true,
            unevenness: Unevenness::default(),
            shared: [0, 1].map(|hot| {
                let SharedEvidence { arms, spent, lost } = &evidence.shared[hot];
                let arm = |arm: &Arm| arms::Arm {
                    n_jobs: arm.n_jobs as usize,
                    times: Times::recalled(arm.cost, arm.count),
                    work: Times::default(),
                };
                let (spent, lost) = (f64::from(*spent), f64::from(*lost));
                SharedRuns { arms: arms.iter().map(arm).collect(), spent, lost, ..SharedRuns::default() }
            }),
            cpu: evidence.cpu.map(f64::from),
            calls: evidence.samples(),
            drift: DriftWatch::default(),
            unconfirmed: true,
            is_embedded: false,
        }
    }

    /// The same, if its plan is for items that differ much.
    pub(crate) fn with_unevenness(self, is_uneven: bool) -> Self {
        if is_uneven { Self { unevenness: Unevenness::FOUND, ..self } } else { self }
    }

    /// The same for plans that are embedded in the program. They say what to begin with: whatever this process measures, or
    /// another one has measured here, takes their place.
    pub(crate) fn embedded(evidence: &Evidence) -> Self {
        let mut learned = Self { bound: None, calls: 0, is_embedded: true, ..Self::recalled(evidence) };
        learned.serial.is_embedded = true;
        let arms = learned.shared.iter_mut().flat_map(|shared| &mut shared.arms);
        arms.for_each(|arm| arm.times.is_embedded = true);
        learned
    }
}

/// What was embedded in this program is not for others.
fn arm(n_jobs: usize, times: &Times) -> Option<Arm> {
    if times.is_embedded {
        return None;
    }
    Some(Arm { n_jobs: n_jobs as u32, cost: times.value()? as f32, count: times.count })
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Random, Truth, pool};
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
                    let time = truth.time(choice.schedule.n_jobs, true) * random.noise();
                    learned.record(1000, choice.schedule.n_jobs, true, time, &truth.pool);
                }
                let recalled = Learned::recalled(&learned.evidence());
                let [was, is] = [learned, recalled].map(|learned| learned.choose(1000, &truth.pool, true));
                let [was, is] =
                    [was, is].map(|choice| truth.time(choice.expect("much is known").schedule.n_jobs, true));
                assert!(is <= 1.15 * was, "{is} for {was}: {threads} threads, {serial} ns");
            }
        }
    }

    #[test]
    fn what_is_measured_here_takes_the_place_of_what_was_embedded() {
        let mut elsewhere = Learned::default();
        for _ in 0..500 {
            elsewhere.record(1000, 1, true, 1e6, &pool(2));
            elsewhere.record(1000, 2, true, 4e5, &pool(2));
        }
        let mut learned = Learned::embedded(&elsewhere.evidence());
        let n_jobs = |learned: &Learned| learned.choose(1000, &pool(2), true).map(|it| it.schedule.n_jobs);
        assert_eq!((n_jobs(&learned), learned.calls(), learned.is_embedded()), (Some(2), 0, true));
        assert!(learned.evidence().arms().next().is_none(), "nothing was measured here");
        assert!(learned.confirm(1000.0));
        learned.record(1000, 2, true, 2e6, &pool(2));
        assert!(!learned.is_embedded());
        assert_eq!(learned.measured(2, true), Some(2000.0));
        assert_eq!(n_jobs(&learned), Some(1), "here it is slower in parallel");
        assert_eq!(learned.evidence().samples(), 1);
    }

    /// Whatever is in a file, as long as its numbers are within bounds.
    #[test]
    fn no_evidence_asks_for_more_threads_than_there_are() {
        let mut random = Random(5);
        for round in 0..20_000 {
            let mut time = || [0.0, 1.0, 1e3, 1e9, 3e16][(random.unit() * 5.0) as usize] * random.unit() as f32;
            let mut arm = |n_jobs| Arm { n_jobs, cost: time(), count: [0, 1, 2, 3, u32::MAX][round % 5] };
            let serial = (round % 3 > 0).then(|| arm(1));
            let shared = [2, 5].map(|first| SharedEvidence {
                arms: (0..round as u32 % 4).map(|i| arm(first << (5 * i))).collect(),
                spent: round as f32,
                lost: 2.0 * round as f32,
            });
            let evidence =
                Evidence { serial, estimate: (round % 2 > 0).then_some(1.5), bound: Some(0.0), cpu: None, shared };
            let mut learned = Learned::recalled(&evidence);
            for (threads, len) in [(1, 1), (2, 1000), (64, usize::MAX)] {
                for hot in [false, true] {
                    let selection = learned.choose(len, &pool(threads), hot);
                    let n_jobs = selection.map_or(1, |selection| selection.schedule.n_jobs);
                    assert!((1..=threads).contains(&n_jobs), "{evidence:?}: {selection:?}");
                    learned.record(len, threads.max(2), hot, 1e6, &pool(threads));
                }
            }
        }
    }
}
