//! Plans that other processes learned: looked for when they are first needed, and taken over.

use std::iter::repeat_with;
use std::sync::Arc;
use std::time::Duration;

use amorsize_store::clock::{now, unix_seconds};
use amorsize_store::config::config;
use amorsize_store::faults;
use amorsize_store::id::{FunctionId, Mix};
use amorsize_store::record::buckets::TimeBucket;
use amorsize_store::record::entry::{Entry, Key};
use amorsize_store::rejection::Rejection;
use amorsize_store::tier::Unusable;
use amorsize_store::tier::stack::{Found, Reach};

use super::function::StoredFunction;
use super::location::{Location, locate_existing};
use crate::executor::policy::{Advice, ProbeSample};
use crate::executor::pool;
use crate::site::counters;
use crate::site::instance::{InstanceKey, SizeState};
use crate::site::site::{Site, Tuned};
use crate::site::slot::Slot;
use crate::tuner::arms::Learned;

/// Takes over what other processes learned of this function, and says how many threads are best for this call while the
/// pool sleeps and while it is awake. `Unknown` if nobody knows, or if the items take clearly another time than theirs did.
pub(crate) fn recall(tuned: Tuned, sample: &ProbeSample) -> Advice {
    let Some(entries) = entries(tuned.site, Duration::ZERO) else { return Advice::AskAgain };
    let bucket = sample.len.max(1).ilog2() as u8;
    let mut advice = Advice::Unknown;
    for entry in of_instance(&entries, tuned.instance.key()) {
        if entry.key.bucket == bucket {
            match verdict(f64::from(entry.cost), sample) {
                Verdict::Same => {}
                Verdict::Doubt => return Advice::Wait,
                Verdict::Different => {
                    Rejection::TimeBucket.count();
                    continue;
                }
            }
            advice = Advice::Known([entry.asleep, entry.awake].map(|schedule| schedule.n_jobs));
        }
        take_over(tuned, entry);
    }
    advice
}

/// Whether items take the time that they took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Same,
    /// One item was long, which another process may have caused. The next one is soon done, and a plan that was learned
    /// from many calls is worth waiting for.
    Doubt,
    Different,
}

fn verdict(cost: f64, sample: &ProbeSample) -> Verdict {
    if !TimeBucket::differs(cost, sample.cost) {
        Verdict::Same
    } else if sample.in_doubt && sample.cost > cost {
        Verdict::Doubt
    } else {
        Verdict::Different
    }
}

/// Takes over what other processes learned of this function, whatever its items take.
pub(crate) fn recall_all(tuned: Tuned) {
    let Some(entries) = entries(tuned.site, TIMEOUT) else { return };
    for entry in of_instance(&entries, tuned.instance.key()) {
        take_over(tuned, entry);
    }
}

/// Whether the plans of this function were looked for, so that [`recall`] takes no time.
pub(crate) fn is_loaded(site: &'static Site) -> bool {
    StoredFunction::of(site, Duration::ZERO).is_some_and(StoredFunction::is_loaded)
}

/// Looks for the plans of these functions at once, and takes over those of functions with one instance. The number of plans
/// that were found.
pub(crate) fn warm(sites: &[&'static Site]) -> usize {
    let Ok(location) = locate_existing(TIMEOUT) else { return 0 };
    let mut sites = sites.to_vec();
    sites.sort_by_key(|site| site.build().bits());
    let mut plans = 0;
    for sites in sites.chunk_by(|a, b| a.build() == b.build()) {
        // Functions whose plans are known already are not looked up again.
        let (known, new): (Vec<_>, Vec<_>) = sites.iter().copied().partition(|site| is_loaded(site));
        let found = location.map_or_else(Vec::new, |location| get(location, &new));
        let found = new.into_iter().zip(found.into_iter().chain(repeat_with(Found::default)));
        // Another thread may load a function meanwhile. Then `load` is not called, and what was found here is dropped.
        for (site, found) in known.into_iter().map(|site| (site, Found::default())).chain(found) {
            let load = || Some(location.map_or_else(Vec::new, |location| usable(location, site, found)));
            let entries = StoredFunction::of(site, TIMEOUT).and_then(|function| function.entries(load));
            plans += entries.map_or(0, |entries| entries.len());
            recall_all(site.tuned());
        }
    }
    plans
}

/// Forgets what was found of this function: from now on nothing is known from elsewhere.
pub(crate) fn forget(site: &'static Site) {
    if let Some(function) = StoredFunction::of(site, TIMEOUT) {
        function.forget();
    }
}

/// Who asks on purpose waits so long for another thread that looks for the same.
const TIMEOUT: Duration = Duration::from_secs(2);

/// What was measured so recently is not saved again by every process that uses it.
const RECENT: Duration = Duration::from_secs(60 * 60);

fn of_instance(entries: &[Entry], key: InstanceKey) -> impl Iterator<Item = &Entry> {
    let instantiation = digest(key.instantiation);
    entries.iter().filter(move |entry| entry.key.instantiation == instantiation && entry.key.user == key.user)
}

fn take_over(tuned: Tuned, entry: &Entry) {
    let site = tuned.site.index();
    let (awake, asleep) = (entry.awake, entry.asleep);
    let slot = if awake.is_plain() && asleep.is_plain() {
        let len = 2f64.powi(i32::from(entry.key.bucket));
        let settled = awake.settled && asleep.settled;
        Slot::plain(if settled { counters::weight(f64::from(entry.cost) * len) } else { u64::MAX }, site)
    } else {
        Slot::shared(awake, asleep, site)
    };
    let learned = Learned::recalled(&entry.evidence);
    let state = SizeState { bucket: entry.key.bucket, learned, cost: entry.cost, slot };
    let last_marked = (entry.age(unix_seconds()) < RECENT).then(now);
    tuned.instance.take_over(tuned.tag, state, last_marked);
}

/// The plans of this function that other processes left and that may be used. Looked for once; `None` if that is not known
/// within `timeout`.
fn entries(site: &'static Site, timeout: Duration) -> Option<Arc<[Entry]>> {
    StoredFunction::of(site, timeout)?.entries(|| match locate_existing(timeout) {
        Ok(None) => Some(Vec::new()),
        Ok(Some(location)) => get(location, &[site]).pop().map(|found| usable(location, site, found)),
        // Another thread looks for the folder.
        Err(_) => None,
    })
}

/// What the near tiers know of functions of one build.
fn get(location: &Location, sites: &[&'static Site]) -> Vec<Found> {
    let Some(first) = sites.first() else { return Vec::new() };
    let functions: Vec<FunctionId> = sites.iter().map(|site| site.id()).collect();
    location.stack.get(&location.fingerprint(first.build()), &functions, Reach::Near, None, unix_seconds())
}

/// Of what was found, the plans that may be used. Counts why others may not.
fn usable(location: &Location, site: &'static Site, found: Found) -> Vec<Entry> {
    for unusable in found.unusable {
        match unusable {
            Unusable::Rejected(reason) => reason.count(),
            Unusable::Io(error) => {
                site.count_error();
                let path = location.folder.plans_file(location.fingerprint(site.build()).id(), site.id());
                faults::report(format_args!("the plans in {} cannot be read: {error}", path.display()));
            }
        }
    }
    let (today, ttl) = (unix_seconds(), config().ttl_of(site.own_ttl()));
    let mut entries = found.plans.map_or_else(Vec::new, |plans| plans.entries);
    entries
        .retain(|entry| entry.check(today, ttl, pool::global_threads()).inspect_err(|reason| reason.count()).is_ok());
    entries
}

/// What stands for an instantiation in files: 0 if there is only one.
pub(crate) fn digest(instantiation: &str) -> u64 {
    if instantiation.is_empty() { 0 } else { Mix::new(2).bytes(instantiation.as_bytes()).finish() | 1 }
}

/// What a plan is found by in files.
pub(crate) fn entry_key(key: InstanceKey, bucket: u8) -> Key {
    Key { instantiation: digest(key.instantiation), user: key.user, bucket }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_item_that_took_long_is_no_verdict() {
        let sample = |cost, in_doubt| ProbeSample { len: 8, time: 1_000_000, sure: 0.0, cost, in_doubt, pays: true };
        assert_eq!(verdict(1e5, &sample(2e5, true)), Verdict::Same);
        assert_eq!(verdict(1e5, &sample(4e6, true)), Verdict::Doubt);
        assert_eq!(verdict(1e5, &sample(4e6, false)), Verdict::Different, "and the next one as well");
        assert_eq!(verdict(4e6, &sample(1e5, true)), Verdict::Different, "nothing makes items faster than they are");
    }
}
