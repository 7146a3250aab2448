//! Figures that several documents have.

use amorsize_store::view::snapshot::{Counts, Snapshot, TierState, TierStats};

/// What a plan in memory takes where the tier does not say: with its samples, rounded up.
const PLAN_MB: f64 = 0.004;

/// Nanoseconds as milliseconds.
pub(super) fn ms(ns: f64) -> f64 {
    ns / 1e6
}

/// What a shared call took, and what it would have taken as a plain loop, ms. 0 if none was shared.
pub(super) fn response_ms(counts: &Counts) -> (f64, f64) {
    let each = |ns: u64| if counts.shared == 0 { 0.0 } else { ms(ns as f64 / counts.shared as f64) };
    (each(counts.wall_ns), each(counts.serial_ns))
}

/// What shared calls saved for each call whose plan was known, ms.
pub(super) fn saved_per_hit_ms(counts: &Counts) -> f64 {
    if counts.hits == 0 { 0.0 } else { ms(counts.saved_ns as f64 / counts.hits as f64) }
}

/// The tier of that name.
pub(super) fn tier<'a>(snapshot: &'a Snapshot, name: &str) -> Option<&'a TierStats> {
    snapshot.tiers.iter().find(|tier| tier.tier == name)
}

/// How the tier of that name is. One that is not there is disabled.
pub(super) fn state(snapshot: &Snapshot, name: &str) -> TierState {
    tier(snapshot, name).map_or(TierState::Disabled, |tier| tier.state)
}

/// How many plans there are: those in memory or, where these were not counted, all that are known.
pub(super) fn entries(snapshot: &Snapshot) -> u64 {
    let known = || snapshot.functions.iter().map(|function| function.plans.len() as u64).sum();
    tier(snapshot, "memory").and_then(|memory| memory.entries).unwrap_or_else(known)
}

/// What they take in memory, MB.
pub(super) fn memory_mb(snapshot: &Snapshot) -> f64 {
    let bytes = tier(snapshot, "memory").and_then(|memory| memory.bytes);
    // Three digits after the point: it is an estimate.
    let mb = bytes.map_or_else(|| PLAN_MB * entries(snapshot) as f64, |bytes| bytes as f64 / 1e6);
    (1000.0 * mb).round() / 1000.0
}
