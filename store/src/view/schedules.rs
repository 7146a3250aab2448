//! How a loop is run, and whether what is said of that was measured or is only predicted.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::record::entry::Entry;
use crate::record::evidence::{Arm, Evidence};

/// What a time or a gain rests on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Basis {
    /// Calls with this number of threads, while the pool was awake or asleep as it says.
    Measured,
    /// Calls with this number of threads, while the pool was the opposite: awake instead of asleep, or asleep instead of
    /// awake.
    MeasuredAtOther,
    /// No call with this number of threads: the cost model, and what items took in other calls.
    #[default]
    Predicted,
}

/// How the loop is run at one temperature of the pool (awake or asleep).
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ScheduleInfo {
    /// Threads, the caller included; 1 for the plain loop.
    pub n_jobs: usize,
    /// The fewest items that a thread takes at once.
    pub chunksize: usize,
    /// Whether nothing is left that is worth trying.
    pub settled: bool,
    /// What an item takes, ns. What was measured at either temperature is preferred to a prediction.
    pub expected_ns: f64,
    /// What `expected_ns` rests on.
    pub basis: Basis,
    /// How many times as fast as the plain loop that is.
    pub gain: f64,
    /// What `gain` rests on: it is a prediction, too, if the plain loop was never measured.
    pub gain_basis: Basis,
}

/// A number of threads that was tried, and what an item took with it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Tried {
    /// Threads, the caller included; 1 for the plain loop.
    pub n_jobs: usize,
    /// What it took while the pool was awake.
    pub awake: Option<Measurement>,
    /// What it took while the pool slept. The plain loop takes the same at both.
    pub asleep: Option<Measurement>,
}

/// What an item took, and in how many calls that was measured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Measurement {
    /// What an item took, ns.
    pub ns: f64,
    /// Calls that were measured.
    pub calls: u32,
}

impl Tried {
    /// All that was tried, from the plain loop to the most threads.
    pub(super) fn all(evidence: &Evidence) -> Vec<Self> {
        let mut tried = BTreeMap::<usize, Self>::new();
        let found = |arm: &Arm| (arm.count > 0).then_some(Measurement { ns: f64::from(arm.cost), calls: arm.count });
        if let Some(serial) = evidence.serial.as_ref().and_then(found) {
            tried.insert(1, Self { n_jobs: 1, awake: Some(serial), asleep: Some(serial) });
        }
        for (is_awake, shared) in [false, true].into_iter().zip(&evidence.shared) {
            for arm in &shared.arms {
                let n_jobs = arm.n_jobs as usize;
                let entry = tried.entry(n_jobs).or_insert(Self { n_jobs, ..Self::default() });
                *(if is_awake { &mut entry.awake } else { &mut entry.asleep }) = found(arm);
            }
        }
        tried.into_values().filter(|tried| tried.awake.or(tried.asleep).is_some()).collect()
    }
}

impl Basis {
    /// Whether it was measured, at either temperature.
    #[must_use]
    pub fn is_measured(self) -> bool {
        self != Self::Predicted
    }
}

impl ScheduleInfo {
    /// Whether it is the plain loop.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        self.n_jobs < 2
    }

    /// How `entry` runs the loop while the pool is awake, or asleep.
    pub(super) fn new(entry: &Entry, awake: bool) -> Self {
        let schedule = if awake { entry.awake } else { entry.asleep };
        let serial = serial_basis(entry);
        let (expected_ns, basis) = if schedule.is_plain() {
            (schedule.expected, serial)
        } else {
            let measured = |awake: bool| {
                let arms = &entry.evidence.shared[usize::from(awake)].arms;
                let arm = arms.iter().find(|arm| arm.n_jobs as usize == schedule.n_jobs && arm.count > 0)?;
                Some(arm.cost)
            };
            match (measured(awake), measured(!awake)) {
                (Some(cost), _) => (cost, Basis::Measured),
                (None, Some(cost)) => (cost, Basis::MeasuredAtOther),
                (None, None) => (schedule.expected, Basis::Predicted),
            }
        };
        let is_faster = !schedule.is_plain() && expected_ns > 0.0;
        let gain = if is_faster { f64::from(entry.cost) / f64::from(expected_ns) } else { 1.0 };
        let gain_basis = if serial.is_measured() { basis } else { Basis::Predicted };
        Self {
            n_jobs: schedule.n_jobs,
            chunksize: schedule.chunksize,
            settled: schedule.settled,
            expected_ns: f64::from(expected_ns),
            basis,
            gain,
            gain_basis,
        }
    }
}

/// Whether the plain loop was measured, or what it takes is an estimate from the items of other calls.
pub(super) fn serial_basis(entry: &Entry) -> Basis {
    let is_measured = entry.evidence.serial.is_some_and(|arm| arm.count > 0);
    if is_measured { Basis::Measured } else { Basis::Predicted }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::entry::tests::entry;
    use crate::record::evidence::Arm;

    #[test]
    fn a_gain_is_measured_only_if_both_sides_of_it_are() {
        let arm = |n_jobs, cost, count| Arm { n_jobs, cost, count };
        let mut entry = entry(10, 5);
        entry.asleep = entry.awake;
        let bases = |entry: &Entry| {
            [true, false].map(|awake| {
                let schedule = ScheduleInfo::new(entry, awake);
                (schedule.expected_ns, schedule.basis, schedule.gain_basis)
            })
        };
        assert_eq!(bases(&entry), [(60.0, Basis::Predicted, Basis::Predicted); 2]);
        entry.evidence.shared[1].arms = vec![arm(4, 30.0, 9), arm(2, 80.0, 3)];
        assert_eq!(
            bases(&entry),
            [(80.0, Basis::Measured, Basis::Predicted), (80.0, Basis::MeasuredAtOther, Basis::Predicted)],
            "the plain loop was never measured"
        );
        entry.evidence.serial = Some(arm(1, 100.0, 2));
        assert_eq!(
            bases(&entry),
            [(80.0, Basis::Measured, Basis::Measured), (80.0, Basis::MeasuredAtOther, Basis::MeasuredAtOther)]
        );
        assert!((ScheduleInfo::new(&entry, false).gain - 1.25).abs() < 1e-9);
        entry.evidence.shared[1].arms[1].count = 0;
        assert_eq!(bases(&entry)[0].1, Basis::Predicted);
    }
}
