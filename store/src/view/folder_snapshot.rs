//! The snapshot of a cache folder: what all processes that share it have counted, and the plans for this machine.

use std::collections::BTreeMap;

use super::settings::settings;
use super::snapshot::{FunctionSnapshot, Scope, Snapshot, TierState, TierStats};
use super::survey::Survey;
use super::totals::Totals;
use crate::clock::{unix_micros, unix_seconds};
use crate::config::config;
use crate::id::FunctionId;

/// The snapshot of a folder with these functions and counts, which takes so many bytes on disk.
#[must_use]
pub fn folder_snapshot(survey: Survey, totals: Totals, bytes: u64) -> Snapshot {
    let entries = survey.functions.iter().map(|function| function.plans.len() as u64).sum();
    let disk = TierStats {
        tier: "disk",
        state: if config().reads() { TierState::Active } else { TierState::Disabled },
        entries: Some(entries),
        bytes: Some(bytes),
        ..TierStats::default()
    };
    let mut functions: BTreeMap<FunctionId, FunctionSnapshot> = BTreeMap::new();
    for stats in totals.functions {
        let (function, id, counts) = (stats.function, stats.id, stats.counts);
        functions.insert(id, FunctionSnapshot { function, id, counts, plans: Vec::new() });
    }
    for found in survey.functions.into_iter().filter(|function| function.here) {
        let known = functions.entry(found.id).or_default();
        (known.id, known.function) = (found.id, found.function);
        known.plans.extend(found.plans);
    }
    let mut functions: Vec<_> = functions.into_values().collect();
    functions.iter_mut().for_each(FunctionSnapshot::sort);
    functions.sort_by(|a, b| (&a.function, a.id).cmp(&(&b.function, b.id)));
    let counted_for = if totals.since == 0 { 0 } else { unix_seconds().saturating_sub(totals.since) };
    Snapshot {
        scope: Scope::Folder,
        taken_us: unix_micros(),
        uptime_seconds: counted_for as f64,
        settings: settings(),
        counts: totals.counts,
        rejected: totals.rejected,
        faults: Vec::new(),
        // What is counted of a tier (its hits, misses, errors, and the time of requests) does not outlive a process. What is
        // counted of functions is of all tiers: of the hits that were recalled some may be from Redis, and errors may be
        // anybody's.
        tiers: vec![disk],
        functions,
        days: totals.days,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::counts::Counts;
    use crate::record::statistics::Statistics;
    use crate::record::stats::FunctionStats;

    #[test]
    fn what_all_tiers_did_is_not_said_of_the_disk() {
        let counts = Counts { hits: 9, recalled: 5, errors: 3, ..Counts::NONE };
        let statistics = Statistics {
            errors: 4,
            functions: vec![FunctionStats { counts, ..FunctionStats::default() }],
            ..Statistics::default()
        };
        let snapshot = folder_snapshot(Survey::default(), Totals::of(statistics), 77);
        let [disk] = &snapshot.tiers[..] else { panic!("{:?}", snapshot.tiers) };
        assert_eq!((disk.hits, disk.errors, disk.bytes, disk.entries), (0, 0, Some(77), Some(0)));
        assert_eq!((snapshot.counts.recalled, snapshot.counts.errors), (5, 4));
    }
}
