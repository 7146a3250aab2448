//! Taking over plans that others have learned into the memory of this process.

use std::time::Duration;

use amorsize_store::clock::{now, unix_seconds};
use amorsize_store::config::learns;
use amorsize_store::events;
use amorsize_store::id::Mix;
use amorsize_store::record::buckets::costs_differ;
use amorsize_store::record::entry::{Entry, Key};
use amorsize_store::record::schedule::Schedule;
use amorsize_store::rejection::Rejection;

use crate::executor::policy::{Advice, KnownPlan, ProbeSample};
use crate::site::counters;
use crate::site::instance::{InstanceKey, SizeState, Takeover, bucket, seconds};
use crate::site::site::{Site, Tuned};
use crate::site::slot::Slot;
use crate::tuner::arms::Learned;
use crate::tuner::cost::SHORTEST_CHUNK;

/// Where plans come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// What other processes learned on this machine.
    Disk,
    /// What is part of the program, and counts less than anything that was measured here.
    Embedded,
}

/// Takes over those entries that belong to the instance of a running call. Advises how many threads are best for it, while the
/// pool sleeps and while it is awake. `Unknown` if its items took a clearly different time, and `None` if there is no plan for it.
pub(super) fn advise(tuned: Tuned, sample: &ProbeSample, entries: &[Entry], origin: Origin) -> Option<Advice> {
    let bucket = bucket(sample.len) as u8;
    let mut advice = None;
    for entry in of_instance(entries, tuned.instance.key()) {
        if entry.key.bucket == bucket {
            match verdict(f64::from(entry.cost), sample) {
                Verdict::Same => {}
                Verdict::Doubt => return Some(Advice::Wait),
                Verdict::Different => {
                    tuned.site.tally.count_drift_alarm();
                    reject(tuned.site, Rejection::TimeBucket);
                    advice = Some(Advice::Unknown);
                    continue;
                }
            }
            let n_jobs = [entry.asleep, entry.awake].map(|schedule| schedule.n_jobs);
            advice = Some(Advice::Known(KnownPlan { n_jobs, serial: f64::from(entry.cost) * sample.len as f64 }));
        }
        take_over(tuned, entry, origin);
    }
    advice
}

/// Counts that a plan was found and is not used, and says so. To be called with no lock held: whoever listens may do anything.
pub(super) fn reject(site: &Site, reason: Rejection) {
    reason.count();
    events::plan_rejected(|| site.path(), reason);
}

/// Whether the items of this call take the same time as those of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Same,
    /// The first items took longer than those of the plan, maybe because another process disturbed them. The next ones decide.
    Doubt,
    Different,
}

fn verdict(cost: f64, sample: &ProbeSample) -> Verdict {
    if !costs_differ(cost, sample.cost) {
        Verdict::Same
    } else if sample.in_doubt && sample.cost > cost {
        Verdict::Doubt
    } else {
        Verdict::Different
    }
}

/// A plan that was measured within this time is not saved again by each process that loads it.
const RECENT: Duration = Duration::from_secs(60 * 60);

/// Those entries that belong to an instance.
pub(super) fn of_instance(entries: &[Entry], key: InstanceKey) -> impl Iterator<Item = &Entry> {
    let instantiation = digest(key.instantiation);
    entries.iter().filter(move |entry| entry.key.instantiation == instantiation && entry.key.user == key.user)
}

/// Takes over one plan, if it is of use: see [`Instance::take_over`](crate::site::instance::Instance::take_over).
pub(super) fn take_over(tuned: Tuned, entry: &Entry, origin: Origin) -> Takeover {
    let site = tuned.site.index();
    let (awake, asleep) = (entry.awake, entry.asleep);
    // The next call is timed, whatever was settled elsewhere; unless nothing is to be learned.
    let settled = !learns();
    let slot = if awake.is_plain() && asleep.is_plain() {
        let time = f64::from(entry.cost) * 2f64.powi(i32::from(entry.key.bucket));
        Slot::plain(if settled { counters::weight(time) } else { u64::MAX }, site)
    } else {
        let [awake, asleep] = [awake, asleep].map(|schedule| Schedule { settled, ..schedule });
        Slot::shared(awake, asleep, site)
    };
    let age = entry.age(unix_seconds());
    let (learned, is_recent) = match origin {
        Origin::Disk => (Learned::recalled(&entry.evidence), age < RECENT),
        // What this process learns of it is to be saved soon.
        Origin::Embedded => (Learned::embedded(&entry.evidence), false),
    };
    // Chunks of one item that is short are for items that differ much. Of longer items the first two calls show it.
    let is_short = f64::from(entry.cost) <= SHORTEST_CHUNK / 2.0;
    let is_uneven = is_short && [entry.awake, entry.asleep].iter().any(|one| !one.is_plain() && one.chunksize == 1);
    let (learned, slot) = (learned.with_unevenness(is_uneven), slot.with_unevenness(is_uneven));
    let measured = seconds(now()).saturating_sub_unsigned(age.as_secs());
    let state = SizeState { bucket: entry.key.bucket, learned, cost: entry.cost, slot, measured };
    let last_marked = is_recent.then(now);
    tuned.instance.take_over(tuned.tag, state, last_marked)
}

/// The number for an instantiation in files; 0 if the function has only one.
pub(crate) fn digest(instantiation: &str) -> u64 {
    if instantiation.is_empty() { 0 } else { Mix::new(2).bytes(instantiation.as_bytes()).finish() | 1 }
}

/// The key of a plan of this function in files.
pub(crate) fn entry_key(site: &Site, key: InstanceKey, bucket: u8) -> Key {
    Key { instantiation: digest(key.instantiation), user: key.user, bucket, blocking: site.is_blocking() }
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
