//! The path of a call: what is known of it, how it is run, what is learned from it.

use std::time::Duration;

use crate::cache::memory::{Way, Word};
use crate::clock::{Nanos, now};
use crate::config::config;
use crate::executor::drive::{Order, Report, Start};
use crate::executor::pool;
use crate::metrics;
use crate::plan::{Decision, Plan, Why};
use crate::site::Tuned;
use crate::tuner::arms::{Choice, Learned};
use crate::tuner::cost::{SHORTEST_TAKE, WORTH_TIMING, items_in};

/// What a call asks for, beyond the items.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Choices {
    /// A fixed number of threads.
    pub(crate) n_jobs: Option<usize>,
    /// The fewest items a thread takes at once.
    pub(crate) chunksize: Option<usize>,
    /// Whether to use and keep what is learned.
    pub(crate) use_cache: bool,
}

impl Choices {
    pub(crate) const NONE: Self = Self { n_jobs: None, chunksize: None, use_cache: true };

    /// Whether a plan for this size is known to be the plain loop, too short to be timed. Counts the hit.
    ///
    /// This is all that a call of a cheap loop pays: one load and a branch for the plan, a load and a store to a
    /// count of the thread's own.
    #[inline]
    pub(crate) fn is_short_hit(self, tuned: Tuned, len: Option<usize>) -> bool {
        if self != Self::NONE {
            return false;
        }
        let Some(len) = len else { return false };
        let word = tuned.memory.word(len);
        word.is_short() && metrics::hit(word.site())
    }
}

/// How a call is to be run.
pub(crate) enum Route {
    /// As the plain loop. Then tell the watch.
    Loop(Watch),
    /// By [`drive`](crate::executor::drive). Then tell the lesson.
    Share(Order, Lesson),
}

/// Times a plain loop, if that is wanted.
pub(crate) struct Watch(Option<(Tuned, usize, Nanos)>);

/// What a shared run teaches, if that is wanted.
#[derive(Clone, Copy)]
pub(crate) struct Lesson(Option<Tuned>);

/// Decides how a call over `len` items is run, and counts a hit or a miss if the cache was asked.
pub(crate) fn route(tuned: Tuned, len: Option<usize>, choices: Choices) -> Route {
    const PLAIN: Route = Route::Loop(Watch(None));
    let Some(len) = len.filter(|&len| len > 1) else { return PLAIN };
    if !config().enabled {
        return PLAIN;
    }
    if let Some(n_jobs) = choices.n_jobs {
        if n_jobs < 2 || !pool::start_now() {
            return PLAIN;
        }
        let cost = tuned.memory.cost(len);
        let chunksize = choices.chunksize.unwrap_or(1);
        return Route::Share(Order { len, n_jobs, chunksize, cost, start: Start::AtOnce }, Lesson(None));
    }
    let keep = choices.use_cache.then_some(tuned);
    let word = tuned.memory.word(len);
    if keep.is_none() || word.is_empty() {
        if keep.is_some() {
            tuned.site.missed();
        }
        let n_jobs = pool::likely_threads().min(len);
        let chunksize = choices.chunksize.unwrap_or(1);
        return Route::Share(Order { len, n_jobs, chunksize, cost: 0.0, start: Start::WhenItPays }, Lesson(keep));
    }
    metrics::hit_slowly(word.site());
    if word.is_serial() {
        return Route::Loop(Watch(Some((tuned, len, now()))));
    }
    let way = word.way(pool::ready() && pool::hot(now()));
    if way.n_jobs < 2 {
        return Route::Loop(Watch(Some((tuned, len, now()))));
    }
    let chunksize = choices.chunksize.unwrap_or(way.chunksize);
    let (cost, start) = if pool::ready() { (tuned.memory.cost(len), Start::AtOnce) } else { (0.0, Start::WhenItPays) };
    Route::Share(Order { len, n_jobs: way.n_jobs, chunksize, cost, start }, Lesson(keep))
}

impl Watch {
    /// The loop is over.
    pub(crate) fn done(self) {
        let Some((tuned, len, start)) = self.0 else { return };
        let time = now() - start;
        learn(tuned, len, time, |learned| learned.looped(len, time as f64));
    }
}

impl Lesson {
    /// The run is over, and every item was processed.
    pub(crate) fn done(self, order: &Order, report: &Report) {
        let len = order.len;
        let (solo_items, solo_time) = report.solo;
        let Some(shared) = report.shared else {
            if order.n_jobs > 1 && report.wall >= WORTH_TIMING as Nanos {
                pool::worth(report.wall, 0);
            }
            if let Some(tuned) = self.0 {
                learn(tuned, len, report.wall, |learned| learned.looped(len, report.wall as f64));
            }
            return;
        };
        let Some(tuned) = self.0 else { return };
        learn(tuned, len, report.wall, |learned| {
            if order.start == Start::AtOnce {
                learned.shared(len, shared.n_jobs, shared.hot, report.wall as f64, shared.helped as f64);
            } else {
                // Caller and helpers together did what the plain loop would have done; at most that, if threads
                // slow each other down.
                let all = (report.wall + shared.helped) as f64;
                let flat = solo_time as f64 / solo_items.max(1) as f64 * len as f64;
                learned.estimate(len, if solo_items * 2 > len { flat } else { flat.min(all) });
            }
        });
    }
}

/// Takes a lesson and writes what follows from it into the slot.
fn learn(tuned: Tuned, len: usize, time: Nanos, lesson: impl FnOnce(&mut Learned)) {
    let chosen = tuned.memory.learn(len, |learned| {
        lesson(learned);
        let machine = pool::likely_machine();
        Some((learned.choose(len, &machine, true)?, learned.choose(len, &machine, false)?))
    });
    let Some((awake, asleep)) = chosen.flatten() else { return };
    let (site, serial) = (tuned.site.index(), awake.serial);
    let both_serial = awake.n_jobs == 1 && asleep.n_jobs == 1;
    tuned.memory.set_cost(len, serial);
    tuned.memory.set(
        len,
        // A loop that was short until now and suddenly is not goes on being timed.
        if both_serial && serial * (len as f64) < WORTH_TIMING && (time as f64) < 2.0 * WORTH_TIMING {
            Word::short(site)
        } else {
            Word::known(way(awake, len), way(asleep, len), site)
        },
    );
}

fn way(choice: Choice, len: usize) -> Way {
    if choice.n_jobs < 2 {
        return Way::SERIAL;
    }
    let most = (len / (2 * choice.n_jobs)).max(1);
    Way { n_jobs: choice.n_jobs, chunksize: items_in(SHORTEST_TAKE, choice.serial).min(most) }
}

/// What would be done with `len` items now, and why.
pub(crate) fn decide(tuned: Tuned, len: Option<usize>, choices: Choices) -> Decision {
    let serial = |why| Decision { plan: Plan::Serial, why };
    if !config().enabled {
        return serial(Why::Off);
    }
    let Some(len) = len.filter(|&len| len > 1) else { return serial(Why::Nothing) };
    let parallel = |n_jobs, chunksize: usize, why| Decision {
        plan: Plan::Parallel { n_jobs, chunksize: choices.chunksize.unwrap_or(chunksize) },
        why,
    };
    match choices.n_jobs {
        Some(1) => return serial(Why::Fixed),
        Some(n_jobs) => return parallel(n_jobs, 1, Why::Fixed),
        None => {}
    }
    let machine = pool::likely_machine();
    if machine.threads < 2 {
        return serial(Why::Alone);
    }
    let hot = pool::ready() && pool::hot(now());
    let learned = choices.use_cache.then(|| tuned.memory.learned(len)).flatten();
    let Some(choice) = learned.and_then(|learned| learned.choose(len, &machine, hot)) else {
        return serial(Why::Unknown);
    };
    let time = |cost: f64| Duration::from_nanos((cost * len as f64) as u64);
    let (expected, serial_time) = (time(choice.expected), time(choice.serial));
    let why = if choice.measured {
        Why::Measured { expected, serial: serial_time }
    } else {
        Why::Predicted { expected, serial: serial_time }
    };
    let way = way(choice, len);
    if way.n_jobs < 2 { serial(why) } else { parallel(way.n_jobs, way.chunksize, why) }
}
