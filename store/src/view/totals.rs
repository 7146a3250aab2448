//! Counts over all processes that share a cache folder.

use serde::{Serialize, Serializer};

use crate::record::counts::{Counts, Day};
use crate::record::statistics::Statistics;
use crate::record::stats::FunctionStats;

/// Counts over all processes that share a cache folder.
#[derive(Clone, Debug, Default, Serialize)]
#[non_exhaustive]
pub struct Totals {
    /// When a process first added its counts, seconds since 1970; 0 if none did.
    pub since: u64,
    /// When a process last added its counts, seconds since 1970; 0 if none did.
    pub until: u64,
    /// Processes that added their counts.
    pub processes: u64,
    /// The counts of all functions together. The errors are all faults of the cache and of the configuration.
    #[serde(flatten)]
    pub counts: Counts,
    /// Plans that were found and not used, by the reason's name.
    #[serde(serialize_with = "as_map")]
    pub rejected: Vec<(String, u64)>,
    /// Each function, the one that saved most first.
    pub functions: Vec<FunctionStats>,
    /// What was counted on each of the last 60 days on which anything was, the oldest first.
    pub days: Vec<Day>,
}

impl Totals {
    /// All counts together.
    pub(crate) fn of(all: Statistics) -> Self {
        let counts = all.sum();
        let Statistics { since, until, processes, rejected, mut functions, days, .. } = all;
        functions.sort_by(|a, b| b.counts.saved_ns.cmp(&a.counts.saved_ns).then_with(|| a.function.cmp(&b.function)));
        Self { since, until, processes, counts, rejected, functions, days }
    }
}

/// Names and numbers as a map.
fn as_map<S: Serializer>(pairs: &[(String, u64)], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(pairs.iter().map(|(name, count)| (name, count)))
}
