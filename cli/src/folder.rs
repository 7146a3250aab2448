//! The snapshot of a folder: what all processes that share it have counted, and what is in it.

use std::collections::HashMap;
use std::time::{SystemTime, UNIX_EPOCH};

use amorsize_store::error::Error;
use amorsize_store::id::FunctionId;
use amorsize_store::store::Store;
use amorsize_store::view::functions::Function;
use amorsize_store::view::settings::settings;
use amorsize_store::view::snapshot::{Counts, FunctionSnapshot, Scope, Snapshot, TierSnapshot, TierState};
use amorsize_store::view::totals::Totals;

/// What is known of the folder now. If it cannot be read, the snapshot says so and has nothing else.
pub(crate) fn folder_snapshot(store: &Store) -> Snapshot {
    let mut all = Snapshot::default();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    all.scope = Scope::Folder;
    all.taken_us = u64::try_from(now.as_micros()).unwrap_or(u64::MAX);
    all.settings = settings();
    let mut disk = TierSnapshot::default();
    disk.tier = "disk".into();
    disk.state = TierState::Active;
    match read(store) {
        Ok((functions, totals, bytes)) => {
            if totals.since > 0 {
                all.uptime_seconds = now.as_secs().saturating_sub(totals.since) as f64;
            }
            disk.entries = Some(functions.iter().map(|function| function.plans.len() as u64).sum());
            disk.bytes = Some(bytes);
            all.functions = join(functions, &totals);
            for function in &all.functions {
                all.counts.add(&function.counts);
            }
            all.counts.errors = totals.errors;
            all.rejected = totals.rejected;
        }
        Err(error) => {
            all.faults.push(error.to_string());
            disk.fault = Some(error.to_string());
        }
    }
    all.tiers.push(disk);
    all
}

fn read(store: &Store) -> Result<(Vec<Function>, Totals, u64), Error> {
    Ok((store.functions()?, store.totals()?, store.disk_usage()?))
}

/// Each function once: with its counts on all machines, and its plans for this one.
fn join(functions: Vec<Function>, totals: &Totals) -> Vec<FunctionSnapshot> {
    let mut joined: HashMap<FunctionId, FunctionSnapshot> = HashMap::new();
    for stats in &totals.functions {
        let function = joined.entry(stats.id).or_insert_with(|| named(stats.id, &stats.function));
        let mut counts = Counts::default();
        (counts.hits, counts.recalled, counts.misses) = (stats.hits, stats.recalled, stats.misses);
        (counts.errors, counts.saved_ns) = (stats.errors, stats.saved_ns);
        function.counts.add(&counts);
    }
    for known in functions.into_iter().filter(|function| function.here) {
        let function = joined.entry(known.id).or_insert_with(|| named(known.id, &known.function));
        function.plans.extend(known.plans);
    }
    let mut all: Vec<_> = joined.into_values().collect();
    all.sort_by(|a, b| (&a.function, a.id).cmp(&(&b.function, b.id)));
    all
}

fn named(id: FunctionId, path: &str) -> FunctionSnapshot {
    let mut function = FunctionSnapshot::default();
    (function.id, function.function) = (id, path.to_owned());
    function
}
