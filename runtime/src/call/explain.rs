//! What would be done with a call, and why.

use std::time::Duration;

use super::choices::Choices;
use super::plan::{Decision, Plan, Why};
use crate::executor::pool;
use crate::executor::pools::Pools;
use crate::persist;
use crate::site::site::Tuned;
use crate::tuner::arms::Learned;
use amorsize_store::clock::now;
use amorsize_store::config::is_enabled;
use amorsize_store::fork::is_forked_child;

/// What would be done with `len` items now, and why.
pub(crate) fn explain(tuned: Tuned, len: Option<usize>, choices: Choices) -> Decision {
    let serial = |why| Decision { plan: Plan::Serial, why };
    if !is_enabled() {
        return serial(Why::Off);
    }
    let Some(len) = len.filter(|&len| len > 1) else { return serial(Why::Nothing) };
    if is_forked_child() {
        return serial(Why::Forked);
    }
    let parallel = |n_jobs, chunksize: usize, why| Decision {
        plan: Plan::Parallel { n_jobs, chunksize: choices.chunksize.unwrap_or(chunksize) },
        why,
    };
    let most = choices.most_threads(tuned.site);
    if most < 2 {
        return serial(Why::Memory);
    }
    match choices.n_jobs.map(|n_jobs| n_jobs.min(most)) {
        Some(1) => return serial(Why::Fixed),
        Some(n_jobs) => return parallel(n_jobs, 1, Why::Fixed),
        None => {}
    }
    if choices.use_cache {
        persist::recall_all(tuned);
    }
    let learned = choices.use_cache.then(|| tuned.instance.learned(len)).flatten();
    let cpu = learned.as_ref().and_then(Learned::cpu_part);
    let model = Pools::of(tuned.site.is_blocking()).likely_model(cpu).with(choices.rigor_of(tuned.site));
    if model.threads < 2 {
        return serial(Why::Alone);
    }
    let hot = pool::ready() && pool::is_hot(now());
    if !choices.use_cache {
        return serial(Why::Unknown);
    }
    let time = |cost: f64| Duration::from_nanos((cost * len as f64) as u64);
    let learned = tuned.instance.learned(len);
    let selection = learned.and_then(|learned| Some((learned.choose(len, &model, hot)?, learned)));
    let Some((selection, learned)) = selection else {
        let slot = tuned.instance.slot(len);
        let is_known = !slot.is_empty() && !slot.is_probe();
        return serial(if is_known { Why::Short { serial: time(tuned.instance.cost(len)) } } else { Why::Unknown });
    };
    let schedule = selection.schedule;
    let (expected, is_measured) = learned.best_known(&selection, hot);
    let (expected, serial_time) = (time(expected), time(selection.serial));
    let why = if is_measured {
        Why::Measured { expected, serial: serial_time }
    } else {
        Why::Predicted { expected, serial: serial_time }
    };
    if schedule.is_plain() { serial(why) } else { parallel(schedule.n_jobs.min(most), schedule.chunksize, why) }
}
