//! A snapshot that nobody took, so that it is known what there is to show of it.

use amorsize_store::id::FunctionId;
use amorsize_store::view::functions::PlanInfo;
use amorsize_store::view::schedules::{Basis, ScheduleInfo};
use amorsize_store::view::snapshot::{Counts, Day, FunctionSnapshot, Snapshot, TierState, TierStats};

/// 2026-01-02T02:47:01.451643Z.
pub(crate) const TAKEN_US: u64 = 1_767_322_021_451_643;

/// A snapshot with nothing in it, but switched on.
pub(crate) fn nothing() -> Snapshot {
    let mut snapshot = Snapshot::default();
    snapshot.taken_us = TAKEN_US;
    snapshot.settings.enabled = true;
    snapshot.settings.cache = "write";
    snapshot.settings.ttl = 604_800;
    snapshot.settings.max_size = 64 << 20;
    snapshot
}

/// Some functions of a program that reads text, and two weeks of counts.
pub(crate) fn plausible() -> Snapshot {
    let mut all = nothing();
    all.uptime_seconds = 11_532.25;
    let functions: [(&str, &[Size], u64, f64); 6] = [
        ("search::index::tokenize", &[(12, 820.0, 4, 3.41), (15, 790.0, 4, 3.72), (18, 802.0, 4, 3.79)], 41_204, 0.998),
        ("search::rank::score", &[(10, 2_150.0, 4, 3.05), (14, 2_230.0, 4, 3.83)], 18_390, 0.991),
        ("images::thumbnail::scale_down", &[(6, 1_840_000.0, 4, 3.88), (8, 1_910_000.0, 4, -3.7)], 962, 0.942),
        ("checksum::blake", &[(7, 61_000.0, 3, 2.64), (10, 59_500.0, 4, 3.55)], 7_411, 0.987),
        ("text::normalise::fold_case", &[(5, 41.0, 1, 1.0), (11, 38.5, 1, 1.0), (16, 39.0, 2, 1.62)], 120_833, 0.999),
        ("geo::simplify::<impl geo::Line>::shorten", &[(9, 310.0, 2, -1.48)], 57, 0.61),
    ];
    for (at, (path, sizes, calls, rate)) in functions.into_iter().enumerate() {
        let mut function = function(0x64ff_c906_u64.wrapping_mul(at as u64 + 0x9e37_79b9), path);
        function.plans = sizes.iter().map(|&size| plan(size)).collect();
        function.counts = counts(calls, rate, sizes);
        all.functions.push(function);
    }
    all.functions[2].counts.drift_alarms = 2;
    all.functions[4].plans[2].instantiation = Some("alloc::string::String".into());
    all.functions[1].plans[0].asleep = schedule(1, 1.0, 2_150.0);
    all.functions.sort_by(|a, b| a.function.cmp(&b.function));
    for function in &all.functions {
        all.counts.add(&function.counts);
    }
    all.days = (0..14).map(|back| day(20_455 - 13 + back, back)).collect();
    all.tiers = vec![
        tier("memory", TierState::Active, (188_120, 737), 13, 7_904, 24),
        tier("disk", TierState::Active, (11, 2), 13, 1_642, 118_000),
        tier("redis", TierState::Disconnected, (2, 0), 0, 0, 640_000),
    ];
    (all.tiers[2].entries, all.tiers[2].bytes) = (None, None);
    all.tiers[2].errors = 3;
    all.tiers[2].fault = Some("redis://plans.internal:6379 does not answer; asked again in 30 s".into());
    all.rejected = vec![("expired".into(), 4), ("fingerprint".into(), 1)];
    all
}

/// The logarithm of its number of items, what an item takes in the plain loop, threads, and the gain: negative if it is
/// only predicted.
pub(crate) type Size = (u32, f64, usize, f64);

/// A function without plans and counts.
pub(crate) fn function(id: u64, path: &str) -> FunctionSnapshot {
    let mut function = FunctionSnapshot::default();
    (function.id, function.function) = (FunctionId::from_u64(id), path.into());
    function
}

/// A plan.
pub(crate) fn plan((log2, serial_ns, n_jobs, gain): Size) -> PlanInfo {
    let mut plan = PlanInfo::default();
    let first = 1_u64 << log2;
    plan.items = (first, 2 * first - 1);
    (plan.size, plan.time) = ("large", "instant");
    (plan.serial_ns, plan.serial_basis) = (serial_ns, Basis::Measured);
    plan.awake = schedule(n_jobs, gain, serial_ns);
    plan.asleep = plan.awake;
    (plan.pool, plan.samples, plan.ttl, plan.age) = (4, 12, 604_800, 240);
    plan
}

fn schedule(n_jobs: usize, gain: f64, serial_ns: f64) -> ScheduleInfo {
    let mut schedule = ScheduleInfo::default();
    let basis = if gain < 0.0 { Basis::Predicted } else { Basis::Measured };
    (schedule.n_jobs, schedule.chunksize) =
        (n_jobs, if n_jobs > 1 { (50_000.0 / serial_ns).ceil() as usize } else { 1 });
    (schedule.gain, schedule.gain_basis, schedule.basis) = (gain.abs(), basis, basis);
    (schedule.expected_ns, schedule.settled) = (serial_ns / gain.abs(), basis == Basis::Measured);
    schedule
}

fn counts(calls: u64, rate: f64, sizes: &[Size]) -> Counts {
    let mut counts = Counts::default();
    counts.hits = (calls as f64 * rate) as u64;
    counts.misses = calls - counts.hits;
    let mut shared = 0;
    for (log2, serial_ns, n_jobs, gain) in sizes.iter().filter(|size| size.2 > 1) {
        let calls = calls / sizes.len() as u64 / *n_jobs as u64;
        let serial = serial_ns * 2.0_f64.powf(f64::from(*log2) + 0.5) * calls as f64;
        shared += calls;
        counts.serial_ns += serial as u64;
        counts.wall_ns += (serial / gain.abs()) as u64;
    }
    counts.shared = shared;
    counts.saved_ns = counts.serial_ns.cast_signed() - counts.wall_ns.cast_signed();
    (counts.timed_hits, counts.timed_misses) = (counts.hits / 64, counts.misses);
    (counts.hit_ns, counts.miss_ns) = (counts.timed_hits * 24, counts.misses * 17_400);
    counts
}

fn day(day: u32, at: u32) -> Day {
    let mut all = Day::default();
    all.day = day;
    let wave = f64::from(at * 7 % 5) / 5.0;
    let rate = 0.62 + 0.37 * (1.0 - (-f64::from(at) / 3.0).exp()) - 0.02 * wave;
    all.counts = counts(9_000 + u64::from(at) * 900, rate, &[(12, 820.0, 4, 3.4)]);
    all.counts.hit_ns = all.counts.timed_hits * (22 + u64::from(at % 4) * 3);
    all.counts.miss_ns = all.counts.timed_misses * (16_000 + u64::from(at * 5 % 7) * 1_100);
    all
}

fn tier(
    name: &'static str,
    state: TierState,
    (hits, misses): (u64, u64),
    entries: u64,
    bytes: u64,
    ns: u64,
) -> TierStats {
    let mut tier = TierStats::default();
    (tier.tier, tier.state, tier.hits, tier.misses) = (name, state, hits, misses);
    (tier.entries, tier.bytes) = (Some(entries), Some(bytes));
    (tier.lookups, tier.latency_ns) = (hits + misses, (hits + misses) * ns);
    tier
}
