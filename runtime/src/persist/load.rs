//! Loads plans that other processes learned, when they are first needed, and takes them over into memory.

use std::iter::repeat_with;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::time::Duration;

use amorsize_store::clock::{now, since, unix_seconds};
use amorsize_store::config::{config, learns};
use amorsize_store::faults;
use amorsize_store::id::FunctionId;
use amorsize_store::record::entry::Entry;
use amorsize_store::record::plans::Plans;
use amorsize_store::record::stats::TierStats;
use amorsize_store::rejection::Rejection;
use amorsize_store::tier::Unusable;
use amorsize_store::tier::stack::{Found, Reach};

use super::embedded::{self, count_beside, recall_all_embedded};
use super::function::StoredFunction;
use super::location::{self, Location, locate_existing};
use super::takeover::{Origin, advise, of_instance, reject, take_over};
use crate::executor::policy::{Advice, ProbeSample};
use crate::executor::pool;
use crate::site::instance::{Takeover, bucket};
use crate::site::site::{Site, Tuned};

/// Takes over what other processes learned of this function. Advises how many threads are best for this call, while the pool
/// sleeps and while it is awake. `Unknown` if its items took a clearly different time, and `None` if there is no plan.
pub(super) fn recall(tuned: Tuned, sample: &ProbeSample) -> Option<Advice> {
    let Some(entries) = entries(tuned.site, Duration::ZERO) else { return Some(Advice::AskAgain) };
    let advice = advise(tuned, sample, &entries, Origin::Disk);
    let is_rejected = advice == Some(Advice::Unknown);
    if matches!(advice, Some(Advice::Known(_))) || is_rejected && !learns() {
        // Where nothing is learned, no measurement of this process would keep the next call from taking over what this one
        // has rejected.
        tuned.instance.note_adoption();
    }
    advice
}

/// Loads the plans of a function, for [`adopt`]. Waits for at most `timeout` if another thread is doing that.
pub(super) fn load(site: &'static Site, timeout: Duration) {
    let _ = entries(site, timeout);
}

/// Takes over plans that were loaded after the first call. Returns whether one for `len` items was taken over.
///
/// A plan is taken over if it rests on more samples than those of this process, and if items take about the same time by both.
/// This is done once for each instance. If the times differ, a call may have been disturbed: the next call tries again.
pub(super) fn adopt(tuned: Tuned, len: usize) -> bool {
    let Some(entries) = entries(tuned.site, Duration::ZERO) else { return false };
    let (mut is_settled, mut found) = (true, false);
    for entry in of_instance(&entries, tuned.instance.key()) {
        let takeover = take_over(tuned, entry, Origin::Disk);
        if usize::from(entry.key.bucket) == bucket(len) {
            found |= takeover == Takeover::Done;
            is_settled &= takeover != Takeover::Disagrees;
        }
    }
    if is_settled {
        tuned.instance.note_adoption();
    }
    found
}

/// Takes over what other processes learned of this function, without comparing the times of items. Returns the number of
/// plans that there are.
pub(super) fn recall_all(tuned: Tuned) -> usize {
    let mut plans = 0;
    if !learns() {
        // What is first there stays.
        recall_all_embedded(tuned);
    }
    if let Some(entries) = entries(tuned.site, TIMEOUT) {
        for entry in of_instance(&entries, tuned.instance.key()) {
            take_over(tuned, entry, Origin::Disk);
            plans += 1;
        }
    }
    recall_all_embedded(tuned);
    plans
}

/// Whether the plans of this function were loaded, so that [`recall`] does not read from the disk.
pub(crate) fn is_loaded(site: &'static Site) -> bool {
    StoredFunction::of(site, Duration::ZERO).is_some_and(StoredFunction::is_loaded)
}

/// The name of the tier that the plans of this function came from.
pub(crate) fn source(site: &'static Site) -> &'static str {
    StoredFunction::of(site, Duration::ZERO).map_or("disk", StoredFunction::source)
}

/// Loads the plans of all these functions together, and takes over those of functions with one instance.
pub(super) fn warm(sites: &[&'static Site]) {
    let Ok(location) = locate_existing(TIMEOUT) else { return };
    let mut sites = sites.to_vec();
    sites.sort_by_key(|site| site.build().bits());
    for sites in sites.chunk_by(|a, b| a.build() == b.build()) {
        // Functions whose plans are known already are not looked up again.
        let (known, new): (Vec<_>, Vec<_>) = sites.iter().copied().partition(|site| is_loaded(site));
        let found = location.map_or_else(Vec::new, |location| get(location, &new));
        let found = new.into_iter().zip(found.into_iter().chain(repeat_with(Found::default)));
        // Another thread may load a function meanwhile. Then `load` is not called, and what was found here is dropped.
        for (site, found) in known.into_iter().map(|site| (site, Found::default())).chain(found) {
            let mut problems = Vec::new();
            let load = || Some(location.map_or_else(Vec::new, |location| usable(location, site, found, &mut problems)));
            let _ = StoredFunction::of(site, TIMEOUT).and_then(|function| function.entries(TIMEOUT, load));
            report(site, problems);
            recall_all(site.tuned());
        }
    }
}

/// The number of plans of this function that were loaded or are embedded in the program, of all its instances.
pub(super) fn count(site: &'static Site) -> usize {
    let loaded = StoredFunction::of(site, TIMEOUT).and_then(|function| function.entries(TIMEOUT, || None));
    let loaded = loaded.as_deref().unwrap_or_default();
    loaded.len() + count_beside(site, loaded)
}

/// Forgets the plans that were loaded for this function. They are not loaded again.
pub(crate) fn forget(site: &'static Site) {
    if let Some(function) = StoredFunction::of(site, TIMEOUT) {
        function.forget();
    }
}

/// How long functions that are called on purpose, such as `warm()`, wait for another thread that opens the folder.
pub(super) const TIMEOUT: Duration = Duration::from_secs(2);

/// The plans of this function on disk that may be used. They are loaded once. `None` if another thread is loading them, or
/// opens the folder, for all of `timeout`.
fn entries(site: &'static Site, timeout: Duration) -> Option<Arc<[Entry]>> {
    let function = StoredFunction::of(site, timeout)?;
    // Before the plans are locked, because it may report a fault. An error: another thread is opening the folder.
    let location = if function.is_loaded() { None } else { locate_existing(timeout).ok()? };
    let mut problems = Vec::new();
    let entries = function.entries(timeout, || {
        let Some(location) = location else { return Some(Vec::new()) };
        let start = now();
        let entries = get(location, &[site]).pop().map(|found| usable(location, site, found, &mut problems));
        // To find the folder and the machine, which the first one takes, is not needed for the next one.
        COST.store((since(start) as f32).clamp(MIN_COST, MAX_COST).to_bits(), Relaxed);
        entries
    });
    report(site, problems);
    entries
}

/// What it takes to look for the plans of a function, ns (`f32` bits): of the first one in a process as measured on two cores,
/// then as measured in this process.
static COST: AtomicU32 = AtomicU32::new(100_000f32.to_bits());

/// Limits for [`COST`], ns: a slow look at a busy disk is not believed for ever.
const MIN_COST: f32 = 10_000.0;
const MAX_COST: f32 = 1_000_000.0;

/// What it takes to look for the plans of a function, ns.
pub(crate) fn recall_cost() -> f64 {
    f64::from(f32::from_bits(COST.load(Relaxed)))
}

/// Looks up functions of one build in the near tiers.
fn get(location: &Location, sites: &[&'static Site]) -> Vec<Found> {
    let Some(first) = sites.first() else { return Vec::new() };
    let functions: Vec<FunctionId> = sites.iter().map(|site| site.id()).collect();
    location.stack.get(location.fingerprint(first.build()).id(), &functions, Reach::Near)
}

/// The plans among those found that may be used. Why others may not is added to `problems`, which are to be reported when the
/// plans of the function are no longer locked: whoever listens may do anything.
fn usable(location: &Location, site: &'static Site, found: Found, problems: &mut Vec<Problem>) -> Vec<Entry> {
    for unusable in found.unusable {
        problems.push(match unusable {
            Unusable::Rejected(reason) => Problem::Rejected(reason),
            Unusable::Io(error) => {
                let path = location.folder.plans_file(location.fingerprint(site.build()).id(), site.id());
                Problem::Fault(format!("the plans in {} cannot be read: {error}", path.display()))
            }
        });
    }
    let (entries, rejected) = valid(site, found.plans);
    problems.extend(rejected.into_iter().map(Problem::Rejected));
    entries
}

/// Why plans that were found are not used.
#[derive(Debug)]
enum Problem {
    Rejected(Rejection),
    Fault(String),
}

fn report(site: &'static Site, problems: Vec<Problem>) {
    for problem in problems {
        match problem {
            Problem::Rejected(reason) => reject(site, reason),
            Problem::Fault(message) => {
                site.tally.count_error();
                faults::report(message);
            }
        }
    }
}

/// The plans among these that may be used, and the reasons why others may not.
pub(super) fn valid(site: &'static Site, plans: Option<Plans>) -> (Vec<Entry>, Vec<Rejection>) {
    let (today, ttl) = (unix_seconds(), config().ttl_of(site.own_ttl()));
    let mut entries = plans.map_or_else(Vec::new, |plans| plans.entries);
    entries.retain(|entry| entry.key.blocking == site.is_blocking());
    let mut rejected = Vec::new();
    entries.retain(|entry| match entry.check(today, ttl, pool::global_threads()) {
        Ok(()) => true,
        Err(reason) => {
            rejected.push(reason);
            false
        }
    });
    (entries, rejected)
}

/// The counts of each tier, the fastest first.
pub(crate) fn tiers() -> Vec<TierStats> {
    embedded::tier().into_iter().chain(location::tiers()).collect()
}

#[cfg(test)]
mod tests {
    use amorsize_store::id::identify;
    use amorsize_store::machine::build_flags::Build;
    use amorsize_store::record::entry::Key;
    use amorsize_store::record::evidence::Evidence;
    use amorsize_store::record::schedule::Schedule;

    use super::*;

    /// One file has the plans of programs with and without the option.
    #[test]
    fn plans_for_more_threads_than_cores_are_for_those_who_may_have_them() {
        const fn site() -> Site {
            Site::new(identify([5; 4], "", "", &[]), "f", "tests", Build::from_bits(0))
        }
        static MARKED: Site = site().blocking();
        static UNMARKED: Site = site();
        let entry = |n_jobs, blocking| {
            let key = Key { bucket: 6, blocking, ..Key::default() };
            let awake = Schedule { n_jobs, ..Schedule::PLAIN };
            let (measured, asleep, evidence) = (unix_seconds(), awake, Evidence::default());
            Entry { key, measured, pool: n_jobs as u32, cost: 2e6, awake, asleep, evidence }
        };
        let (many, few) = (entry(64, true), entry(1, false));
        let plans = Plans { entries: vec![many.clone(), few.clone()], ..Plans::default() };
        assert_eq!(valid(&MARKED, Some(plans.clone())).0, [many]);
        let (used, rejected) = valid(&UNMARKED, Some(plans));
        assert!(used == [few] && rejected.is_empty(), "{used:?} {rejected:?}");
    }
}
