//! Collects what this process learned and counted and has not saved yet. Knows nothing of files and tiers.

use std::io;
use std::time::Duration;

use amorsize_store::faults;
use amorsize_store::machine::fingerprint::{Fingerprint, FingerprintId};
use amorsize_store::record::counts::Day;
use amorsize_store::record::plans::{MAX_NAME, Plans};
use amorsize_store::record::statistics::Statistics;
use amorsize_store::record::stats::FunctionStats;
use amorsize_store::rejection::Rejection;
use amorsize_store::sync::lock_timeout;

use super::entries::entry;
use super::function::StoredFunction;
use super::takeover::digest;
use crate::site::counters;
use crate::site::instance::{Instance, InstanceKey, SizeState};
use crate::site::site::{Site, used_within};

/// What is not saved yet of all functions under one fingerprint.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) fingerprint: Fingerprint,
    pub(super) functions: Vec<Unsaved>,
}

/// What is not saved yet of one function.
#[derive(Debug)]
pub(super) struct Unsaved {
    site: &'static Site,
    function: &'static StoredFunction,
    pub(super) plans: Plans,
    /// The instances that the plans were taken from, each with the sizes.
    taken: Vec<(&'static Instance, Vec<u8>)>,
    /// What was taken of evicted instances.
    evicted: Vec<(InstanceKey, Vec<SizeState>)>,
    stats: FunctionStats,
}

/// The counts of the whole process that are saved already.
#[derive(Debug, Clone)]
pub(super) struct SavedCounts {
    is_counted: bool,
    pub(super) errors: u64,
    rejected: [u64; Rejection::ALL.len()],
}

impl SavedCounts {
    pub(super) const NONE: Self = Self { is_counted: false, errors: 0, rejected: [0; Rejection::ALL.len()] };
}

/// Takes what is not saved yet, by fingerprint. It is no longer marked dirty, so if it cannot be saved,
/// [`Unsaved::restore`] must be called.
///
/// # Errors
/// `TimedOut` if another thread holds what is needed for all of the time that `left` gives.
pub(super) fn collect(
    left: impl Fn() -> Duration,
    fingerprint_of: impl Fn(&Site) -> Fingerprint,
    today: u64,
) -> io::Result<Vec<Group>> {
    let timed_out = || lock_timeout("another thread");
    let sites = used_within(left()).ok_or_else(timed_out)?;
    let hits = counters::all_hits_within(left()).ok_or_else(timed_out)?;
    let functions = sites.iter().map(|site| StoredFunction::of(site, left()));
    let functions: Vec<_> = functions.collect::<Option<_>>().ok_or_else(timed_out)?;
    // Nothing fails from here on. Otherwise what was taken from the first sites would be lost.
    let mut groups: Vec<Group> = Vec::new();
    for (site, function) in sites.into_iter().zip(functions) {
        let build = site.build().bits();
        let known = groups.iter().position(|group| group.fingerprint.build == build);
        let at = known.unwrap_or_else(|| {
            groups.push(Group { fingerprint: fingerprint_of(site), functions: Vec::new() });
            groups.len() - 1
        });
        let hits = hits.get(site.index()).copied().unwrap_or(0);
        let unsaved = Unsaved::take(site, function, &groups[at].fingerprint, hits, today);
        if !unsaved.plans.entries.is_empty() || !unsaved.stats.counts.is_empty() {
            groups[at].functions.push(unsaved);
        }
    }
    groups.retain(|group| !group.functions.is_empty());
    Ok(groups)
}

impl Unsaved {
    fn take(
        site: &'static Site,
        function: &'static StoredFunction,
        fingerprint: &Fingerprint,
        hits: u64,
        today: u64,
    ) -> Self {
        let mut plans = plans_of(site, fingerprint.id());
        // What a process learned by the only call of a function is of use to nobody if that call was too short to look for
        // plans on disk: the next process will not look for it either.
        let least = if function.is_loaded() { 1 } else { 2 };
        let mut add = |key, states: &[SizeState]| add(&mut plans, site, key, states, least, fingerprint.pool, today);
        let evicted = site.take_evicted();
        for (key, states) in &evicted {
            add(*key, states);
        }
        let mut taken = Vec::new();
        for instance in site.instances().filter(|instance| instance.is_dirty()) {
            let Some((key, states)) = instance.take_dirty() else { continue };
            taken.push((instance, add(key, &states)));
        }
        // Closures of one function have one name. One record holds one plan for it, and no more plans than are ever read: of those
        // that were measured on one day, any may go.
        let mut merged = plans_of(site, fingerprint.id());
        merged.merge(plans, today);
        let plans = merged;
        let mut stats = site.stats(hits);
        stats.counts = stats.counts.since(&function.saved_counts());
        Self { site, function, plans, taken, evicted, stats }
    }

    /// Marks the plans dirty again, because they could not be saved.
    pub(super) fn restore(&self) {
        for (instance, buckets) in &self.taken {
            instance.mark_dirty_again(buckets.iter().copied());
        }
        self.site.keep_evicted(&self.evicted);
    }

    /// Notes that the counts were saved.
    pub(super) fn counts_were_saved(&self) {
        self.function.add_saved_counts(&self.stats.counts);
    }
}

/// The record of a function, without any plans yet.
pub(super) fn plans_of(site: &'static Site, fingerprint: FingerprintId) -> Plans {
    let ttl = site.own_ttl().map(|ttl| ttl.as_secs());
    Plans { fingerprint, id: site.id(), ttl, function: ending(&site.path()), ..Plans::default() }
}

/// The last characters of a path, as many as are stored. The name of the function is at its end.
fn ending(path: &str) -> String {
    let excess = path.chars().count().saturating_sub(MAX_NAME);
    path.chars().skip(excess).collect()
}

/// Adds those states of one instance to `plans` that rest on at least `least` calls. Returns the sizes that were added.
fn add(
    plans: &mut Plans,
    site: &Site,
    instance: InstanceKey,
    states: &[SizeState],
    least: u64,
    pool: u32,
    measured: u64,
) -> Vec<u8> {
    let before = plans.entries.len();
    let states = states.iter().filter(|state| state.learned.calls() >= least);
    plans.entries.extend(states.filter_map(|state| entry(site, instance, state, pool, measured)));
    let buckets: Vec<u8> = plans.entries[before..].iter().map(|entry| entry.key.bucket).collect();
    if !buckets.is_empty() && !instance.instantiation.is_empty() {
        let digest = digest(instance.instantiation);
        // Instances with other keys may have the same name.
        if plans.names.iter().all(|(known, _)| *known != digest) {
            plans.names.push((digest, instance.instantiation.chars().take(MAX_NAME).collect()));
        }
    }
    buckets
}

impl Group {
    /// Whether nothing was learned, nothing failed and no plan was rejected since it was last saved.
    pub(super) fn only_counts(&self) -> bool {
        self.functions.iter().all(|unsaved| unsaved.plans.entries.is_empty())
            && faults::count() == 0
            && Rejection::ALL.iter().all(|reason| reason.counted() == 0)
    }

    /// What was counted since `saved`, and the counts that are saved once this is written.
    pub(super) fn statistics(&self, saved: &SavedCounts, today: u64) -> (Statistics, SavedCounts) {
        let (errors, rejected) = (faults::count(), Rejection::ALL.map(Rejection::counted));
        let new =
            Rejection::ALL.iter().zip(rejected.iter().zip(saved.rejected)).map(|(r, (now, before))| (r, now - before));
        let stats = self.functions.iter().map(|unsaved| &unsaved.stats).filter(|stats| !stats.counts.is_empty());
        let mut statistics = Statistics {
            since: today,
            until: today,
            processes: u64::from(!saved.is_counted),
            errors: errors - saved.errors,
            rejected: new.filter(|(_, n)| *n > 0).map(|(r, n)| (r.name().to_owned(), n)).collect(),
            functions: stats.cloned().collect(),
            days: Vec::new(),
        };
        Day::at(today, statistics.sum()).add_to(&mut statistics.days);
        (statistics, SavedCounts { is_counted: true, errors, rejected })
    }
}

#[cfg(test)]
mod tests {
    use amorsize_store::clock::now;
    use amorsize_store::id::identify;
    use amorsize_store::machine::build_flags::Build;
    use amorsize_store::machine::fingerprint::Machine;
    use amorsize_store::record::plans::MAX_ENTRIES;

    use super::*;
    use crate::executor::pool::quick_model;
    use crate::site::instantiation::Instantiation;
    use crate::site::slot::Slot;

    #[test]
    fn one_record_holds_no_more_plans_than_are_ever_read() {
        static SITE: Site = Site::new(identify([7; 4], "", "", &[]), "f", "tests", Build::from_bits(0));
        for key in 0..3_000 {
            let tuned = SITE.instance(Instantiation::ONLY, key);
            for _ in 0..2 {
                tuned.instance.learn(tuned.tag, 8, now(), |learned| learned.record_loop(8, 800.0, &quick_model()));
            }
            tuned.instance.set_cost(8, 100.0);
            tuned.instance.update(8, Slot::plain(1, 0));
        }
        let fingerprint = Fingerprint::new(Machine::ask(), SITE.build());
        let function = StoredFunction::of(&SITE, Duration::ZERO).unwrap();
        let unsaved = Unsaved::take(&SITE, function, &fingerprint, 0, 1_800_000_000);
        assert_eq!(unsaved.plans.entries.len(), MAX_ENTRIES);
        unsaved.restore();
        assert_eq!(SITE.instances().filter(|instance| instance.is_dirty()).count(), 3_000, "as long as none is saved");
    }

    #[test]
    fn one_record_holds_one_plan_for_closures_of_one_name() {
        static SITE: Site = Site::new(identify([8; 4], "", "", &[]), "{closure}", "tests", Build::from_bits(0));
        let name = "tests::f::{{closure}}";
        for (code, cost) in [(0u8, 100), (1, 9_000)] {
            let tuned = SITE.instance(Instantiation::new(name, std::ptr::without_provenance(code.into())), 0);
            for _ in 0..2 {
                tuned
                    .instance
                    .learn(tuned.tag, 8, now(), |learned| learned.record_loop(8, f64::from(8 * cost), &quick_model()));
            }
            tuned.instance.set_cost(8, f64::from(cost));
            tuned.instance.update(8, Slot::plain(1, 0));
        }
        let fingerprint = Fingerprint::new(Machine::ask(), SITE.build());
        let function = StoredFunction::of(&SITE, Duration::ZERO).unwrap();
        let unsaved = Unsaved::take(&SITE, function, &fingerprint, 0, 1_800_000_000);
        let plans = unsaved.plans;
        assert_eq!((plans.entries.len(), plans.names), (1, vec![(digest(name), name.to_owned())]));
    }

    #[test]
    fn functions_of_one_long_path_keep_their_names() {
        let path = |name: &str| format!("{}::{name}", "module".repeat(50));
        let [one, other] = ["one", "other"].map(|name| ending(&path(name)));
        assert!(one.ends_with("::one") && other.ends_with("::other"));
        assert_eq!(one.chars().count(), MAX_NAME);
        assert_eq!(ending("short::one"), "short::one");
    }
}
