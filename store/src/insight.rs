//! What the figures of a snapshot advise.

pub mod waiting;

use serde::Serialize;

use crate::record::counts::Counts;
use crate::view::functions::PlanInfo;
use crate::view::snapshot::{FunctionSnapshot, Snapshot, TierState, TierStats};
use crate::words::{duration, percent, thousands};

/// Advice that follows from the figures of a [`Snapshot`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Recommendation {
    /// The path of the function that it is about; `None` if it is about all of them, or about a tier.
    pub function: Option<String>,
    /// What it is about.
    pub kind: RecommendationKind,
    /// How much it matters.
    pub severity: Severity,
    /// What was seen, with the figure, and what to do.
    pub text: String,
}

/// What a [`Recommendation`] is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RecommendationKind {
    /// How many calls find a plan.
    HitRate,
    /// Plans are found, and do not fit.
    OverCaching,
    /// Threads do not make calls faster.
    NoGain,
    /// Items wait for most of their time, and no more of them at once than there are cores.
    Waiting,
    /// Plans are removed to make room.
    Evictions,
    /// Plans expire, and nothing has changed.
    ExpiresTooSoon,
    /// Plans no longer hold before they expire.
    ExpiresTooLate,
    /// A tier does not answer.
    TierDown,
    /// A tier takes longer than doing without it.
    SlowTier,
}

/// How much a [`Recommendation`] matters. What matters most is the greatest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// All is well.
    Fine,
    /// To be watched.
    Watch,
    /// Worth a change.
    Act,
}

/// Fewer calls than this (or shared calls, or lookups) say nothing.
const ENOUGH: u64 = 20;
/// A higher share of hits is fine, ...
const GOOD: f64 = 0.8;
/// ... and a lower one is not.
const POOR: f64 = 0.5;
/// A share of hits that is too good if plans do not fit.
const TOO_GOOD: f64 = 0.95;
/// Plans do not fit if so many alarms were raised for each hit.
const ALARMING: f64 = 0.01;
/// Shared calls gain if they are so many times as fast as plain loops.
const GAIN: f64 = 1.05;
/// A folder that takes this part of what it may has been or will be swept.
const FULL: f64 = 0.9;
/// Fewer plans than this that were rejected for one reason say nothing.
const ROW: u64 = 3;
/// A tier that answers within this time, ns, is as quick as a network is.
const QUICK: f64 = 1e6;

/// What the figures advise, what matters most first. Too few calls give no advice.
#[must_use]
pub fn insight(snapshot: &Snapshot) -> Vec<Recommendation> {
    let mut all: Vec<_> = [hit_rate(&snapshot.counts, None)].into_iter().flatten().collect();
    for function in &snapshot.functions {
        // Of functions only what is not fine is worth a line.
        all.extend(hit_rate(&function.counts, Some(function)).filter(|it| it.severity > Severity::Fine));
        all.extend(over_caching(function));
        all.extend(no_gain(function));
        all.extend(
            waiting::advice(&function.plans)
                .map(|text| Recommendation::new(Some(function), RecommendationKind::Waiting, Severity::Act, text)),
        );
    }
    all.extend(ttl(snapshot));
    for tier in &snapshot.tiers {
        all.extend(evictions(tier, snapshot));
        all.extend(down(tier, snapshot));
        all.extend(slow(tier, &snapshot.counts));
    }
    all.sort_by_key(|it| std::cmp::Reverse(it.severity));
    all
}

impl Recommendation {
    fn new(function: Option<&FunctionSnapshot>, kind: RecommendationKind, severity: Severity, text: String) -> Self {
        Self { function: function.map(|function| function.function.clone()), kind, severity, text }
    }
}

fn hit_rate(counts: &Counts, function: Option<&FunctionSnapshot>) -> Option<Recommendation> {
    let rate = counts.hit_rate().filter(|_| counts.requests() >= ENOUGH)?;
    let found = format!("{} of {} calls found their plan", share(counts), counts.requests());
    let (severity, advice) = if rate > GOOD {
        (Severity::Fine, "fine")
    } else if rate >= POOR {
        (Severity::Watch, "more than 80% would be fine; watch it")
    } else {
        (
            Severity::Act,
            "a key(..) of many values, or lengths that are never the same, have each call learn anew; so has a TTL that is \
             shorter than the time between two calls",
        )
    };
    Some(Recommendation::new(function, RecommendationKind::HitRate, severity, format!("{found}: {advice}.")))
}

/// The share of calls that found their plan.
fn share(counts: &Counts) -> String {
    percent(counts.hits, counts.requests())
}

fn over_caching(function: &FunctionSnapshot) -> Option<Recommendation> {
    let Counts { hits, drift_alarms, .. } = function.counts;
    let rate = function.counts.hit_rate().filter(|_| function.counts.requests() >= ENOUGH)?;
    if rate <= TOO_GOOD || (drift_alarms as f64) < ALARMING * hits as f64 {
        return None;
    }
    let text = format!(
        "{} of the calls found their plan, but plans disagreed with what calls took {drift_alarms} times in {hits} \
         hits: one plan serves calls that differ. A key(..) of what makes them differ keeps them apart.",
        share(&function.counts)
    );
    Some(Recommendation::new(Some(function), RecommendationKind::OverCaching, Severity::Act, text))
}

fn no_gain(function: &FunctionSnapshot) -> Option<Recommendation> {
    let counts = &function.counts;
    let speedup = counts.speedup().filter(|_| is_without_gain(counts))?;
    // What calls took was measured. The gain is only measured if the plain loop was, too.
    let mut shared = function.plans.iter().filter(|plan| is_shared(plan)).peekable();
    let is_measured = shared.peek().is_some() && shared.all(|plan| plan.serial_basis.is_measured());
    let basis = if is_measured { "measured" } else { "predicted" };
    let text = format!(
        "{} calls were shared among threads, and their gain over the plain loop ({basis}) is {speedup:.2}x: threads bring \
         nothing here. If it stays so, n_jobs = 1 saves the attempts.",
        counts.shared
    );
    Some(Recommendation::new(Some(function), RecommendationKind::NoGain, Severity::Act, text))
}

/// Whether enough calls were shared among threads to say that this brings nothing.
#[must_use]
pub fn is_without_gain(counts: &Counts) -> bool {
    counts.shared >= ENOUGH && counts.speedup().is_some_and(|speedup| speedup < GAIN)
}

fn is_shared(plan: &PlanInfo) -> bool {
    !plan.awake.is_plain() || !plan.asleep.is_plain()
}

/// Whether plans are believed for too short or too long a time.
fn ttl(snapshot: &Snapshot) -> Option<Recommendation> {
    let count = |name: &str| snapshot.rejected.iter().find(|(known, _)| known == name).map_or(0, |(_, count)| *count);
    let (expired, changed) = (count("expired"), count("time_bucket"));
    if snapshot.counts.requests() < ENOUGH {
        return None;
    }
    // That of each is not known any more.
    let ttl = format!("their TTL ({}, where their function has none of its own)", duration(snapshot.settings.ttl));
    if changed >= ROW && changed > expired {
        let text = format!(
            "{changed} plans no longer fitted the items before {ttl} had ended, and {expired} had expired: a shorter TTL \
             has them learned anew before they are in the way."
        );
        return Some(Recommendation::new(None, RecommendationKind::ExpiresTooLate, Severity::Watch, text));
    }
    if expired >= ROW && changed == 0 && (snapshot.counts.drift_alarms as f64) < ALARMING * snapshot.counts.hits as f64
    {
        let text = format!(
            "{expired} plans had expired after {ttl}, and were learned anew, while no plan was found that did not fit: a \
             longer TTL spares that."
        );
        return Some(Recommendation::new(None, RecommendationKind::ExpiresTooSoon, Severity::Watch, text));
    }
    None
}

fn evictions(tier: &TierStats, snapshot: &Snapshot) -> Option<Recommendation> {
    let is_memory = tier.tier == "memory";
    let (limit, bytes) = (snapshot.settings.max_size, tier.bytes.unwrap_or(0));
    let text = if is_memory && tier.evictions > 0 {
        format!(
            "{} keys were forgotten in memory to make room, since a function has room for 16,384: a key(..) of fewer \
             values, such as ranges, keeps their plans.",
            tier.evictions
        )
    } else if tier.evictions > 0 {
        format!(
            "{} functions were removed from {} to make room: raise its limit of {} MiB (AMORSIZE_CACHE_SIZE).",
            tier.evictions,
            tier.tier,
            limit >> 20
        )
    } else if tier.tier == "disk" && limit > 0 && bytes as f64 >= FULL * limit as f64 {
        format!(
            "The plans on disk take {} of {} MiB, and beyond that the least recently used ones are removed: raise the \
             limit (AMORSIZE_CACHE_SIZE).",
            bytes >> 20,
            limit >> 20
        )
    } else {
        return None;
    };
    Some(Recommendation::new(None, RecommendationKind::Evictions, Severity::Act, text))
}

fn down(tier: &TierStats, snapshot: &Snapshot) -> Option<Recommendation> {
    // Without a fault nobody has asked it yet.
    if tier.state != TierState::Disconnected || tier.errors == 0 && tier.fault.is_none() {
        return None;
    }
    let is_kept = snapshot.tiers.iter().any(|tier| tier.tier == "disk" && tier.state == TierState::Active);
    let instead = if is_kept { "plans are kept on disk meanwhile" } else { "plans live in memory only meanwhile" };
    let name = name(tier);
    let why = tier.fault.as_ref().map_or_else(String::new, |fault| format!(" ({fault})"));
    // What is counted is functions: one request may be for many of them.
    let failed = match tier.errors {
        0 => String::new(),
        1 => ", 1 lookup or write of plans failed".into(),
        errors => format!(", {} lookups and writes of plans failed", thousands(errors)),
    };
    let text = format!("{name} does not answer{why}{failed}: {instead}.");
    Some(Recommendation::new(None, RecommendationKind::TierDown, Severity::Act, text))
}

/// A tier behind a connection that takes longer than to seek and choose a plan without it.
fn slow(tier: &TierStats, counts: &Counts) -> Option<Recommendation> {
    if tier.state != TierState::Connected || tier.lookups < ENOUGH {
        return None;
    }
    let (latency, miss) = (tier.average_latency_ns()?, counts.average_miss_ns()?);
    if latency <= miss || latency <= QUICK {
        return None;
    }
    let text = format!(
        "{} takes {:.1} ms to answer, on average of {}, and to choose a plan without it {:.3} ms: functions have learned by \
         themselves before it answers. A nearer one would help, or none.",
        name(tier),
        latency / 1e6,
        tier.lookups,
        miss / 1e6
    );
    Some(Recommendation::new(None, RecommendationKind::SlowTier, Severity::Watch, text))
}

/// The name of a tier at the start of a sentence.
fn name(tier: &TierStats) -> String {
    let mut letters = tier.tier.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::entry::Entry;
    use crate::record::entry::tests::entry;
    use crate::record::evidence::Arm;
    use crate::view::settings::Settings;
    use std::time::Duration;

    fn with(counts: Counts) -> Snapshot {
        let settings = Settings { ttl: 604_800, max_size: 64 << 20, ..Settings::default() };
        let function = FunctionSnapshot { function: "a::f".into(), counts, ..FunctionSnapshot::default() };
        Snapshot { counts, settings, functions: vec![function], ..Snapshot::default() }
    }

    fn calls(hits: u64, misses: u64) -> Counts {
        Counts { hits, misses, ..Counts::NONE }
    }

    /// What is advised, and whether that is about a function.
    fn kinds(snapshot: &Snapshot) -> Vec<(RecommendationKind, Severity, bool)> {
        insight(snapshot).into_iter().map(|it| (it.kind, it.severity, it.function.is_some())).collect()
    }

    #[track_caller]
    fn text(snapshot: &Snapshot, kind: RecommendationKind) -> String {
        insight(snapshot).into_iter().find(|it| it.kind == kind).unwrap().text
    }

    #[test]
    fn few_calls_give_no_advice() {
        assert_eq!(kinds(&Snapshot::default()), []);
        let mut few = with(Counts { drift_alarms: 9, shared: 19, serial_ns: 1, wall_ns: 9, ..calls(0, 19) });
        few.rejected = vec![("expired".into(), 9)];
        assert_eq!(kinds(&few), []);
    }

    #[test]
    fn a_rate_is_fine_to_be_watched_or_poor() {
        let all = |severity| {
            vec![(RecommendationKind::HitRate, severity, false), (RecommendationKind::HitRate, severity, true)]
        };
        assert_eq!(kinds(&with(calls(81, 19))), all(Severity::Fine)[..1]);
        assert_eq!(kinds(&with(calls(80, 20))), all(Severity::Watch));
        assert_eq!(kinds(&with(calls(50, 50))), all(Severity::Watch));
        assert_eq!(kinds(&with(calls(49, 51))), all(Severity::Act));
        assert!(
            text(&with(calls(49, 51)), RecommendationKind::HitRate)
                .starts_with("49.0% of 100 calls found their plan: ")
        );
    }

    #[test]
    fn a_rate_is_too_good_where_plans_do_not_fit() {
        let over = |hits, misses, drift_alarms| {
            kinds(&with(Counts { drift_alarms, ..calls(hits, misses) })).contains(&(
                RecommendationKind::OverCaching,
                Severity::Act,
                true,
            ))
        };
        assert!(over(960, 40, 10));
        assert!(!over(950, 50, 10), "95% are not over 95%");
        assert!(!over(960, 40, 9), "a few alarms come from a busy machine");
    }

    #[test]
    fn threads_without_gain_are_named_and_so_is_what_that_rests_on() {
        let mut snapshot = with(Counts { shared: 20, serial_ns: 104, wall_ns: 100, ..calls(100, 0) });
        assert_eq!(kinds(&snapshot)[0], (RecommendationKind::NoGain, Severity::Act, true));
        assert!(text(&snapshot, RecommendationKind::NoGain).contains("(predicted) is 1.04x"));
        let mut entry = entry(10, 5);
        entry.evidence.serial = Some(Arm { n_jobs: 1, cost: 100.0, count: 2 });
        let plan = |entry: &Entry| PlanInfo::in_use(entry, None, Duration::ZERO, 5);
        snapshot.functions[0].plans = vec![plan(&entry)];
        assert!(text(&snapshot, RecommendationKind::NoGain).contains("(measured) is 1.04x"));
        entry.evidence.serial = None;
        snapshot.functions[0].plans.push(plan(&entry));
        assert!(
            text(&snapshot, RecommendationKind::NoGain).contains("(predicted)"),
            "one plan of two is no measurement"
        );
        snapshot.functions[0].counts.serial_ns = 105;
        assert_eq!(kinds(&snapshot).len(), 1, "enough");
    }

    #[test]
    fn items_that_wait_are_named() {
        let mut snapshot = with(calls(100, 0));
        snapshot.functions[0].plans = vec![PlanInfo { blocking_share: Some(0.9), ..PlanInfo::default() }];
        assert_eq!(kinds(&snapshot)[0], (RecommendationKind::Waiting, Severity::Act, true));
    }

    #[test]
    fn a_ttl_is_too_short_or_too_long() {
        let with = |expired, changed, drift_alarms| {
            let mut snapshot = with(Counts { drift_alarms, ..calls(900, 100) });
            snapshot.rejected = vec![("expired".into(), expired), ("time_bucket".into(), changed)];
            snapshot
        };
        assert!(text(&with(3, 0, 8), RecommendationKind::ExpiresTooSoon).starts_with(
            "3 plans had expired after their TTL (7 days, where their function has none of its own), and"
        ));
        for (ttl, words) in [(30, "(30 seconds,"), (60, "(1 minute,"), (5400, "(1 hour 30 minutes,")] {
            let mut short = with(3, 0, 8);
            short.settings.ttl = ttl;
            assert!(text(&short, RecommendationKind::ExpiresTooSoon).contains(words), "{ttl}");
        }
        assert!(text(&with(3, 4, 8), RecommendationKind::ExpiresTooLate).starts_with("4 plans no longer fitted"));
        for fine in [with(2, 0, 0), with(0, 2, 0), with(3, 1, 0), with(4, 4, 0), with(3, 0, 9)] {
            assert_eq!(kinds(&fine), [(RecommendationKind::HitRate, Severity::Fine, false)], "{:?}", fine.rejected);
        }
    }

    #[test]
    fn a_tier_is_full_down_or_slow() {
        let tier = |tier, state| TierStats { tier, state, ..TierStats::default() };
        let (memory, disk) = (tier("memory", TierState::Active), tier("disk", TierState::Active));
        let redis = tier("redis", TierState::Connected);
        let kinds = |tiers: &[&TierStats]| -> Vec<_> {
            let mut snapshot = with(Counts { timed_misses: 2, miss_ns: 3_000_000, ..calls(100, 0) });
            snapshot.tiers = tiers.iter().copied().cloned().collect();
            insight(&snapshot)
                .into_iter()
                .filter(|it| it.kind != RecommendationKind::HitRate)
                .map(|it| (it.kind, it.text))
                .collect()
        };
        assert_eq!(kinds(&[&memory, &disk, &redis]), []);
        let evicted = kinds(&[&TierStats { evictions: 3, ..memory }, &TierStats { evictions: 7, ..disk.clone() }]);
        assert!(evicted.iter().all(|(kind, _)| *kind == RecommendationKind::Evictions), "{evicted:?}");
        assert!(evicted[0].1.starts_with("3 keys") && evicted[1].1.starts_with("7 functions"), "{evicted:?}");
        let full = TierStats { bytes: Some(58 << 20), ..disk.clone() };
        assert!(kinds(&[&full])[0].1.contains("58 of 64 MiB"));
        assert_eq!(kinds(&[&TierStats { bytes: Some(57 << 20), ..disk.clone() }]), []);
        let lost = TierStats { state: TierState::Disconnected, errors: 4, ..redis.clone() };
        assert_eq!(
            kinds(&[&disk, &lost])[0].1,
            "Redis does not answer, 4 lookups and writes of plans failed: plans are kept on disk meanwhile."
        );
        let lost_once = TierStats { errors: 1, ..lost.clone() };
        assert!(kinds(&[&lost_once])[0].1.starts_with("Redis does not answer, 1 lookup or write of plans failed: "));
        let never_there = TierStats { errors: 0, fault: Some("nobody listens".into()), ..lost.clone() };
        assert!(kinds(&[&never_there])[0].1.starts_with("Redis does not answer (nobody listens): plans"));
        assert!(kinds(&[&lost])[0].1.contains("in memory only"));
        assert_eq!(kinds(&[&tier("redis", TierState::Disabled)]), [], "nobody wants it");
        let slow = |latency_ns: u64| TierStats { lookups: 20, latency_ns: 20 * latency_ns, ..redis.clone() };
        assert_eq!(kinds(&[&slow(1_500_000)]), [], "as long as choosing a plan");
        let slow = kinds(&[&slow(2_500_000)]);
        assert!(
            slow[0].0 == RecommendationKind::SlowTier && slow[0].1.contains("2.5 ms") && slow[0].1.contains("1.500 ms"),
            "{slow:?}"
        );
    }
}
