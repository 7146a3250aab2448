//! Which plan a call gets.

use super::choices::Choices;
use super::record::{Recorder, Timer};
use crate::cache::memory::{BurstPredictor, Way, Word};
use crate::clock::{Nanos, now};
use crate::config::is_enabled;
use crate::executor::pool;
use crate::executor::work::{RunSpec, Start};
use crate::metrics;
use crate::site::Tuned;

/// Whether the plan for this size is known to be the plain loop, and this call need not be timed. Counts the hit.
///
/// This is all that a call of a plain loop pays: one load and a branch for the plan, a load and a store each to a
/// count and to a credit of the thread's own.
#[inline]
pub(super) fn is_plain_hit(choices: Choices, tuned: Tuned, len: Option<usize>) -> bool {
    if choices != Choices::NONE {
        return false;
    }
    let Some(len) = len else { return false };
    let word = tuned.memory.word(len);
    // No plan is ever kept for less than two items: there is nothing to share.
    if word.is_plain() { metrics::hit(word.site(), word.weight()) } else { len < 2 }
}

/// How a call is to be run.
pub(crate) enum Route {
    /// As the plain loop. Then tell the timer.
    Loop(Timer),
    /// By [`execute`](crate::executor::caller::execute). Then tell the recorder.
    Share(RunSpec, Recorder),
}

/// Decides how a call over `len` items is run, and counts a hit or a miss if the cache was asked.
pub(crate) fn route(tuned: Tuned, len: Option<usize>, choices: Choices) -> Route {
    const PLAIN: Route = Route::Loop(Timer::Off);
    let Some(len) = len.filter(|&len| len > 1) else { return PLAIN };
    if !is_enabled() {
        return PLAIN;
    }
    let chunksize = choices.chunksize.unwrap_or(1);
    if let Some(n_jobs) = choices.n_jobs {
        if n_jobs < 2 || !pool::start_now() {
            return PLAIN;
        }
        return Route::Share(RunSpec { len, n_jobs, chunksize, cost: 0.0, start: Start::AtOnce }, Recorder::Off);
    }
    let probe = RunSpec { len, n_jobs: len, chunksize, cost: 0.0, start: Start::WhenItPays };
    if !choices.use_cache {
        return Route::Share(probe, Recorder::Off);
    }
    let word = tuned.memory.word(len);
    if word.is_empty() {
        tuned.site.missed();
        return Route::Share(probe, Recorder::Always(tuned));
    }
    let start = now();
    if word.is_plain() {
        metrics::hit_slowly(word.site(), word.weight(), start);
        // That it begins here lets the next one see whether it follows.
        tuned.memory.bursts.next(start, tuned.memory.cost(len) * len as f64, pool::HOT_FOR);
        return Route::Loop(Timer::On(tuned, len, start));
    }
    known(tuned, word, probe, start)
}

/// Routes a call whose plan depends on whether the pool is awake.
///
/// After a pause every line of code and data that is touched here is a cache miss: it does no more than it must.
fn known(tuned: Tuned, word: Word, probe: RunSpec, start: Nanos) -> Route {
    let len = probe.len;
    let cost = tuned.memory.cost(len);
    let serial = cost * len as f64;
    let (awake, asleep) = (word.way(true), word.way(false));
    let ready = pool::ready();
    let hot = ready && pool::is_hot(start);
    let bursts = &tuned.memory.bursts;
    let (following, followers) = bursts.next(start, serial, pool::HOT_FOR);
    let prewake =
        ready && asleep.n_jobs < 2 && awake.n_jobs > 1 && prewake(bursts, serial, awake, hot, following, followers);
    let way = if hot || prewake { awake } else { asleep };
    let n_jobs = if ready && way.n_jobs > 1 { way.n_jobs.min(pool::threads()) } else { way.n_jobs };
    // What is settled teaches little: like plain loops, such calls are looked at now and then.
    let weight = if way.open && !prewake { u64::MAX } else { metrics::weight(serial) };
    let timed = !metrics::hit(word.site(), weight);
    if timed {
        metrics::hit_slowly(word.site(), weight, start);
    }
    if n_jobs < 2 {
        if following && !ready {
            // Back to back, and so with an awake pool if there were one, it would gain.
            pool::note_helpable(serial as Nanos, 0);
        }
        if !following && !way.open && followers < FEW_FOLLOWERS {
            // Calls like this one come one by one and find the pool asleep: until one that is timed says otherwise, it
            // is a plain loop.
            tuned.memory.set(len, Word::plain(weight, word.site()));
        }
        return Route::Loop(if timed { Timer::On(tuned, len, start) } else { Timer::Off });
    }
    let recorder = if timed { Recorder::Always(tuned) } else { Recorder::IfSlower(tuned, serial) };
    if !ready {
        return Route::Share(probe, recorder);
    }
    let chunksize = probe.chunksize.max(way.chunksize);
    Route::Share(RunSpec { len, n_jobs, chunksize, cost, start: Start::AtOnce }, recorder)
}

/// Fewer calls than this are expected to follow one that comes alone.
const FEW_FOLLOWERS: f64 = 0.1;

/// Whether to wake the pool although this call will not gain by it, because those that follow will; and what came of it.
fn prewake(bursts: &BurstPredictor, serial: f64, awake: Way, hot: bool, following: bool, followers: f64) -> bool {
    if followers < FEW_FOLLOWERS {
        return false;
    }
    let model = pool::model();
    let cost = PREWAKE_MARGIN * f64::from(model.cold.call);
    let gain = serial - model.shared_time(serial, awake.n_jobs, true);
    if following {
        bursts.gained(if hot { gain } else { 0.0 }, cost);
    }
    if hot || followers * gain <= cost || !bursts.may_prewake(cost) {
        return false;
    }
    bursts.prewoke(cost);
    true
}

/// What is hoped to be gained by waking the pool must exceed the cost of it by this factor: the spare helper is also
/// called, and not every hope comes true.
const PREWAKE_MARGIN: f64 = 3.0;
