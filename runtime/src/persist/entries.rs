//! What is known of one size of input, in the form in which it is stored and shown.

use std::time::Duration;

use amorsize_store::clock::{now, unix_seconds};
use amorsize_store::config::config;
use amorsize_store::record::entry::Entry;
use amorsize_store::record::schedule::Schedule;
use amorsize_store::view::functions::PlanInfo;

use super::location::threads;
use super::takeover::entry_key;
use crate::executor::pools::Pools;
use crate::site::instance::{InstanceKey, SizeState, seconds};
use crate::site::site::Site;

/// The stored form of one size. `None` if its numbers are out of bounds.
pub(super) fn entry(site: &Site, instance: InstanceKey, state: &SizeState, pool: u32, measured: u64) -> Option<Entry> {
    let SizeState { bucket, ref learned, cost, slot, .. } = *state;
    let model = Pools::of(site.is_blocking()).quick_model(learned.cpu_part());
    let len = 1usize.checked_shl(u32::from(bucket))?;
    let schedule = |hot| {
        let Schedule { n_jobs, chunksize, settled, .. } = slot.schedule(hot);
        // A number of threads that was only predicted may be too high, if there was no pool yet whose threads could be
        // counted.
        let is_counted = learned.has_tried(n_jobs, hot) || model.waiting.is_some();
        let n_jobs = if is_counted { n_jobs } else { n_jobs.min(pool as usize) };
        let expected = learned.expects(n_jobs, len, &model, hot).map_or(cost, |cost| cost as f32);
        let chunksize = chunksize.min((2 << bucket.min(62)) - 1);
        Schedule { n_jobs, chunksize, settled, expected }
    };
    let (awake, asleep) = (schedule(true), schedule(false));
    let pool = pool.max(awake.n_jobs as u32).max(asleep.n_jobs as u32);
    let evidence = learned.evidence();
    let entry = Entry { key: entry_key(site, instance, bucket), measured, pool, cost, awake, asleep, evidence };
    entry.is_within_bounds().then_some(entry)
}

/// The plans of a function in memory, as they are shown.
pub(crate) fn plans(site: &'static Site) -> Vec<PlanInfo> {
    let (time, today, ttl) = (now(), unix_seconds(), config().ttl_of(site.own_ttl()));
    let mut plans = Vec::new();
    for (key, states) in site.instances().filter_map(|instance| instance.states(time, TIMEOUT)) {
        for state in states {
            let measured = today.saturating_add_signed(state.measured - seconds(time));
            let instantiation = (!key.instantiation.is_empty()).then(|| key.instantiation.to_owned());
            let entry = entry(site, key, &state, threads(), measured);
            plans.extend(entry.map(|entry| PlanInfo::in_use(&entry, instantiation, ttl, today)));
        }
    }
    plans
}

/// The lock of an instance is held for microseconds. If it takes longer, its holder is gone, as in the child of a fork.
const TIMEOUT: Duration = Duration::from_millis(10);
