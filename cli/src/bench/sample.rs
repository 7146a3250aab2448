//! What one process measured, and how it is told to do so.

use serde::{Deserialize, Serialize};

use super::workloads::Workload;

/// What a process is to do with a workload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Task {
    /// Calls it until its plan is known well, and has that written.
    Learn,
    /// Nothing is remembered: the first call, then the plain loop.
    Without,
    /// The plan is on disk: the first call, then calls from memory.
    Disk,
    /// The plan is in Redis, and the disk is empty: the first call.
    Redis,
}

/// What one process measured.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Sample {
    /// What the first call took, ns.
    pub(super) first_ns: f64,
    /// Calls after one whose plan was on disk, ns: it is in memory now.
    pub(super) memory_ns: Vec<f64>,
    /// The plain loop, ns.
    pub(super) plain_ns: Vec<f64>,
    /// Whether the first call used a plan from outside of the process.
    pub(super) found: bool,
    /// What asking for that plan took, ns.
    pub(super) look_up_ns: Option<f64>,
    /// A digest of the answers.
    pub(super) answers: u64,
}

impl Task {
    const NAMES: [(&str, Self); 4] =
        [("learn", Self::Learn), ("without", Self::Without), ("disk", Self::Disk), ("redis", Self::Redis)];

    /// The words by which a process is told, as in `disk:text`.
    pub(super) fn words(self, workload: Workload) -> String {
        let name = Self::NAMES.iter().find(|(_, task)| *task == self).map_or("", |(name, _)| name);
        format!("{name}:{}", workload.name())
    }

    /// What [`words`](Self::words) say.
    pub(super) fn parse(words: &str) -> Option<(Self, Workload)> {
        let (name, workload) = words.split_once(':')?;
        let (_, task) = Self::NAMES.into_iter().find(|(known, _)| *known == name)?;
        Some((task, Workload::ALL.into_iter().find(|known| known.name() == workload)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_understood() {
        for (_, task) in Task::NAMES {
            for workload in Workload::ALL {
                assert_eq!(Task::parse(&task.words(workload)), Some((task, workload)));
            }
        }
        assert_eq!(["", "disk", "disk:", "x:text"].map(Task::parse), [None; 4]);
    }
}
