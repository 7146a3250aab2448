//! Counts over all processes that share a cache folder.

use serde::{Serialize, Serializer};

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
    /// Calls whose plan was known.
    pub hits: u64,
    /// Of the hits, those whose plan was found on disk.
    pub recalled: u64,
    /// Calls whose plan was not known.
    pub misses: u64,
    /// Faults of the cache and of the configuration.
    pub errors: u64,
    /// What shared runs took less than the plain loop would have, ns; negative if they took more.
    pub saved_ns: i64,
    /// Plans that were found and not used, by the reason's name.
    #[serde(serialize_with = "as_map")]
    pub rejected: Vec<(String, u64)>,
    /// Each function, the one that saved most first.
    pub functions: Vec<FunctionStats>,
}

impl Totals {
    /// All counts together.
    pub(crate) fn of(all: Statistics) -> Self {
        let Statistics { since, until, processes, errors, rejected, mut functions } = all;
        let mut sum = FunctionStats::NONE;
        for stats in &functions {
            sum.add(stats);
        }
        functions.sort_by(|a, b| b.saved_ns.cmp(&a.saved_ns).then_with(|| a.function.cmp(&b.function)));
        let FunctionStats { hits, recalled, misses, saved_ns, .. } = sum;
        Self { since, until, processes, hits, recalled, misses, errors, saved_ns, rejected, functions }
    }
}

/// Names and numbers as a map.
fn as_map<S: Serializer>(pairs: &[(String, u64)], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(pairs.iter().map(|(name, count)| (name, count)))
}
