//! Everything that is measured of this process, at one moment.

use amorsize_store::clock::{now, unix_micros};
use amorsize_store::config::config;
use amorsize_store::faults;
use amorsize_store::fork::is_forked_child;
use amorsize_store::redis::Redis;
use amorsize_store::rejection::Rejection;
use amorsize_store::view::settings::settings;
use amorsize_store::view::snapshot::{Counts, FunctionSnapshot, Scope, Snapshot, TierState, TierStats};

use crate::persist;
use crate::site::counters::all_hits;
use crate::site::site::{Site, used};

/// Everything that is measured of this process, at one moment: its counts, the tiers, the functions that were called with
/// their plans, and what was counted on each of the last days by all processes that share the cache folder.
///
/// Takes some microseconds and a few more for each plan. It reads the cache folder at most every five seconds; what others
/// counted, and what the plans take on disk, is as old as that. [`stats`](super::stats::stats) never does.
///
/// # Examples
///
/// ```
/// #[amorsize::auto]
/// fn double(x: u32) -> u32 { x * 2 }
///
/// double::map(0..100);
/// double::map(0..100);
/// let snapshot = amorsize::snapshot();
/// assert_eq!(snapshot.counts.requests(), 2);
/// assert_eq!(snapshot.tiers[0].tier, "memory");
/// for function in &snapshot.functions {
///     println!("{}: {:?} of its calls were hits", function.function, function.counts.hit_rate());
/// }
/// ```
#[must_use]
pub fn snapshot() -> Snapshot {
    // The configuration is read here if nothing was mapped yet, so that its mistakes are counted.
    let is_enabled = config().is_enabled();
    if is_forked_child() {
        // Its parent counted, and may hold any lock.
        let mut snapshot = Snapshot::default();
        (snapshot.taken_us, snapshot.settings, snapshot.faults) = (unix_micros(), settings(), faults::messages());
        return snapshot;
    }
    let sites = used();
    let hits = all_hits();
    let (mut counts, mut memory) = (Counts::NONE, TierStats::default());
    let (mut entries, mut bytes, mut embedded) = (0, 0, 0);
    let mut functions = Vec::with_capacity(sites.len());
    for site in sites {
        let function = function(site, hits.get(site.index()).copied().unwrap_or(0));
        counts.add(&function.counts);
        entries += function.plans.len();
        bytes += site.bytes(function.plans.len());
        embedded += site.tally.embedded();
        memory.evictions += site.evictions() as u64;
        functions.push(function);
    }
    functions.sort_by(|a, b| (&a.function, a.id).cmp(&(&b.function, b.id)));
    counts.errors = faults::count();
    (memory.entries, memory.bytes) = (Some(entries as u64), Some(bytes as u64));
    let history = persist::history(&counts);
    let mut snapshot = Snapshot::default();
    snapshot.scope = Scope::Process;
    snapshot.taken_us = unix_micros();
    snapshot.uptime_seconds = now() as f64 / 1e9;
    snapshot.settings = settings();
    snapshot.tiers = tiers(memory_tier(memory, &counts, embedded, is_enabled), history.bytes);
    snapshot.counts = counts;
    snapshot.rejected = rejected();
    snapshot.faults = faults::messages();
    snapshot.functions = functions;
    snapshot.days = history.days;
    snapshot
}

fn function(site: &'static Site, hits: u64) -> FunctionSnapshot {
    let mut function = FunctionSnapshot::default();
    function.function = site.path();
    function.id = site.id();
    function.counts = site.counts(hits);
    function.plans = persist::plans(site);
    function.sort();
    function
}

/// Plans that were found and not used, by the name of the reason.
fn rejected() -> Vec<(String, u64)> {
    let counted = Rejection::ALL.map(|reason| (reason.name().to_owned(), reason.counted()));
    counted.into_iter().filter(|(_, count)| *count > 0).collect()
}

/// What the memory of this process answered: all but the `embedded` hits, whose plans calls found in the program itself, and
/// those that they loaded. The time of its lookups is that of the ones that were timed, taken for all.
fn memory_tier(mut memory: TierStats, counts: &Counts, embedded: u64, is_enabled: bool) -> TierStats {
    memory.tier = "memory";
    memory.state = if is_enabled { TierState::Active } else { TierState::Disabled };
    let elsewhere = counts.recalled.saturating_add(embedded);
    memory.hits = counts.hits.saturating_sub(elsewhere);
    memory.misses = counts.misses.saturating_add(elsewhere);
    memory.lookups = counts.requests();
    memory.latency_ns = (counts.average_hit_ns().unwrap_or(0.0) * memory.lookups as f64) as u64;
    memory
}

/// The memory, then the tiers below it.
fn tiers(memory: TierStats, bytes: Option<u64>) -> Vec<TierStats> {
    let mut tiers = vec![memory];
    tiers.extend(persist::tiers());
    let is_known = |tiers: &[TierStats], name| tiers.iter().any(|tier| tier.tier == name);
    if !is_known(&tiers, "disk") {
        // Nothing was looked up or saved yet.
        tiers.push(unasked("disk", if config().reads() { TierState::Active } else { TierState::Disabled }));
    }
    if !is_known(&tiers, "redis") {
        let is_wanted = Redis::IS_BUILT_IN && config().redis_url().is_some();
        tiers.push(unasked("redis", if is_wanted { TierState::Disconnected } else { TierState::Disabled }));
    }
    if let Some(disk) = tiers.iter_mut().find(|tier| tier.tier == "disk") {
        disk.bytes = bytes;
    }
    tiers
}

fn unasked(name: &'static str, state: TierState) -> TierStats {
    let mut tier = TierStats::default();
    (tier.tier, tier.state) = (name, state);
    tier
}
