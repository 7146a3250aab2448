//! The path of a call: what is known of it, how it is run, what is learned from it.

use std::time::Duration;

use crate::cache::memory::{Bursts, Way, Word};
use crate::call::plan::{Decision, Plan, Why};
use crate::clock::{Nanos, now};
use crate::config::is_enabled;
use crate::executor::policy::{Advice, First, Guide};
use crate::executor::pool;
use crate::executor::wake_costs;
use crate::executor::work::{Order, Report, Start};
use crate::metrics;
use crate::rejection::Rejection;
use crate::remember;
use crate::site::Tuned;
use crate::tuner::arms::{Choice, Learned};
use crate::tuner::cost::{GAIN, SHORTEST_TAKE, WORTH_TIMING, items_in};
use crate::writer;

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

    /// Whether the plan for this size is known to be the plain loop, and this call need not be timed. Counts the hit.
    ///
    /// This is all that a call of a plain loop pays: one load and a branch for the plan, a load and a store each to a
    /// count and to a credit of the thread's own.
    #[inline]
    pub(crate) fn is_plain_hit(self, tuned: Tuned, len: Option<usize>) -> bool {
        if self != Self::NONE {
            return false;
        }
        let Some(len) = len else { return false };
        let word = tuned.memory.word(len);
        // No plan is ever kept for less than two items: there is nothing to share.
        if word.is_plain() { metrics::hit(word.site(), word.weight()) } else { len < 2 }
    }
}

/// How a call is to be run.
pub(crate) enum Route {
    /// As the plain loop. Then tell the watch.
    Loop(Watch),
    /// By [`drive`](crate::executor::caller::drive). Then tell the lesson.
    Share(Order, Lesson),
}

/// What is to be done when a plain loop is over.
pub(crate) enum Watch {
    /// Nothing.
    Off,
    /// Learn from how long it took.
    Learn(Tuned, usize, Nanos),
}

/// What a shared run teaches.
#[derive(Clone, Copy)]
pub(crate) enum Lesson {
    /// Nothing.
    Off,
    /// Nothing; but if it takes longer than this, which the plain loop would have taken, the next one is to teach.
    IfSlower(Tuned, f64),
    /// Whatever it took.
    Learn(Tuned),
}

/// Decides how a call over `len` items is run, and counts a hit or a miss if the cache was asked.
pub(crate) fn route(tuned: Tuned, len: Option<usize>, choices: Choices) -> Route {
    const PLAIN: Route = Route::Loop(Watch::Off);
    let Some(len) = len.filter(|&len| len > 1) else { return PLAIN };
    if !is_enabled() {
        return PLAIN;
    }
    let chunksize = choices.chunksize.unwrap_or(1);
    if let Some(n_jobs) = choices.n_jobs {
        if n_jobs < 2 || !pool::start_now() {
            return PLAIN;
        }
        return Route::Share(Order { len, n_jobs, chunksize, cost: 0.0, start: Start::AtOnce }, Lesson::Off);
    }
    let probe = Order { len, n_jobs: len, chunksize, cost: 0.0, start: Start::WhenItPays };
    if !choices.use_cache {
        return Route::Share(probe, Lesson::Off);
    }
    let word = tuned.memory.word(len);
    if word.is_empty() {
        tuned.site.missed();
        return Route::Share(probe, Lesson::Learn(tuned));
    }
    let start = now();
    if word.is_plain() {
        metrics::hit_slowly(word.site(), word.weight(), start);
        // That it begins here lets the next one see whether it follows.
        tuned.memory.bursts.next(start, tuned.memory.cost(len) * len as f64, pool::HOT_FOR);
        return Route::Loop(Watch::Learn(tuned, len, start));
    }
    known(tuned, word, probe, start)
}

/// Routes a call whose plan depends on whether the pool is awake.
///
/// After a pause every line of code and data that is touched here is a cache miss: it does no more than it must.
fn known(tuned: Tuned, word: Word, probe: Order, start: Nanos) -> Route {
    let len = probe.len;
    let cost = tuned.memory.cost(len);
    let serial = cost * len as f64;
    let (awake, asleep) = (word.way(true), word.way(false));
    let ready = pool::ready();
    let hot = ready && pool::hot(start);
    let bursts = &tuned.memory.bursts;
    let (following, follow) = bursts.next(start, serial, pool::HOT_FOR);
    let kindle =
        ready && asleep.n_jobs < 2 && awake.n_jobs > 1 && kindle(bursts, serial, awake, hot, following, follow);
    let way = if hot || kindle { awake } else { asleep };
    let n_jobs = if ready && way.n_jobs > 1 { way.n_jobs.min(pool::threads()) } else { way.n_jobs };
    // What is settled teaches little: like plain loops, such calls are looked at now and then.
    let weight = if way.open && !kindle { u64::MAX } else { metrics::weight(serial) };
    let timed = !metrics::hit(word.site(), weight);
    if timed {
        metrics::hit_slowly(word.site(), weight, start);
    }
    if n_jobs < 2 {
        if following && !ready {
            // Back to back, and so with an awake pool if there were one, it would gain.
            pool::worth(serial as Nanos, 0);
        }
        if !following && !way.open && follow < SINGLE {
            // Calls like this one come one by one and find the pool asleep: until one that is timed says otherwise, it
            // is a plain loop.
            tuned.memory.set(len, Word::plain(weight, word.site()));
        }
        return Route::Loop(if timed { Watch::Learn(tuned, len, start) } else { Watch::Off });
    }
    let lesson = if timed { Lesson::Learn(tuned) } else { Lesson::IfSlower(tuned, serial) };
    if !ready {
        return Route::Share(probe, lesson);
    }
    let chunksize = probe.chunksize.max(way.chunksize);
    Route::Share(Order { len, n_jobs, chunksize, cost, start: Start::AtOnce }, lesson)
}

/// Fewer calls than this are expected to follow one that comes alone.
const SINGLE: f64 = 0.1;

/// Whether to wake the pool although this call will not gain by it, because those that follow will; and what came of it.
fn kindle(bursts: &Bursts, serial: f64, awake: Way, hot: bool, following: bool, follow: f64) -> bool {
    if follow < SINGLE {
        return false;
    }
    let machine = pool::machine();
    let cost = KINDLING * f64::from(machine.cold.call);
    let gain = serial - machine.shared(serial, awake.n_jobs, true);
    if following {
        bursts.gained(if hot { gain } else { 0.0 }, cost);
    }
    if hot || follow * gain <= cost || !bursts.may_wake(cost) {
        return false;
    }
    bursts.woke(cost);
    true
}

/// What is hoped to be gained by waking the pool must exceed the cost of it by this factor: the spare helper is also
/// called, and not every hope comes true.
const KINDLING: f64 = 3.0;

impl Watch {
    /// The loop is over.
    pub(crate) fn done(self) {
        let Self::Learn(tuned, len, start) = self else { return };
        let time = now() - start;
        learn(tuned, len, time, time as f64 / len as f64, |learned| learned.looped(len, time as f64));
        wake_costs::declined();
    }
}

impl Lesson {
    /// The run is over, and every item was processed.
    pub(crate) fn done(self, order: &Order, report: &Report) {
        let len = order.len;
        let wall = report.wall as f64;
        if report.shared.is_none() && !pool::ready() && GAIN * pool::machine_in_time().shared(wall, len, true) < wall {
            pool::worth(report.wall, 0);
        }
        let tuned = match self {
            Self::Learn(tuned) => tuned,
            Self::IfSlower(tuned, serial) => {
                // To learn from this one would be to learn from the unlucky ones only.
                if wall > serial {
                    tuned.memory.reopen(len);
                }
                if report.shared.is_some() {
                    tuned.site.saved(serial - wall);
                }
                return;
            }
            Self::Off => return,
        };
        let (solo_items, solo_time) = report.solo;
        let Some(shared) = report.shared else {
            // A plain loop, but with all that a first call finds cold: a rough idea of the next ones, and of a short
            // one too rough to pay for a lesson.
            if wall < WORTH_LEARNING {
                note_first(tuned, len, wall);
            } else {
                learn(tuned, len, report.wall, wall / len as f64, |learned| learned.estimate(len, wall));
            }
            return;
        };
        let all = wall + shared.helped as f64;
        learn(tuned, len, report.wall, all / len as f64, |learned| {
            if order.start == Start::AtOnce {
                learned.shared(len, shared.n_jobs, shared.hot, wall, shared.helped as f64);
            } else {
                learned.estimate(len, solo_time as f64 / solo_items.max(1) as f64 * len as f64);
                learned.bound(len, all);
            }
        });
        let serial = tuned.memory.cost(len) * len as f64;
        if serial > 0.0 {
            tuned.site.saved(serial - wall);
        }
    }
}

impl Guide for Lesson {
    fn advise(&self, first: &First) -> Advice {
        let Self::Learn(tuned) = *self else { return Advice::Unknown };
        if !tuned.memory.word(first.len).is_empty() {
            // Known, but for whether there are threads: nothing else is to be asked.
            return Advice::Unknown;
        }
        let sure = first.pays || first.time >= SURE_OF_IT;
        let worth = sure && first.time as f64 + first.sure >= WORTH_RECALLING;
        if !worth && !tuned.site.is_recalled() {
            return Advice::AskAgain;
        }
        let advice = remember::recall(tuned, first);
        if matches!(advice, Advice::Known(_)) {
            tuned.site.recalled();
        }
        advice
    }
}

/// To look for a plan on disk takes some 40 us: a call that is over sooner than this does better without.
const WORTH_RECALLING: f64 = 1_000_000.0;
/// The first items find nothing in the caches: what they took says little of the others before this time.
const SURE_OF_IT: Nanos = 40_000;

/// First calls shorter than this leave it to the next one to teach.
const WORTH_LEARNING: f64 = 50_000.0;

/// The first call was a plain loop of `time`: the next one is to be timed, unless that would be too short as well.
fn note_first(tuned: Tuned, len: usize, time: f64) {
    let site = tuned.site.index();
    let next = Way { n_jobs: 1, chunksize: 1, open: true };
    tuned.memory.set_cost(len, time / len as f64);
    tuned.memory.set(len, if time < WORTH_TIMING { Word::plain(1, site) } else { Word::known(next, next, site) });
}

/// Takes a lesson and writes what follows from it into the slot.
///
/// The call took `time`, and an item takes `cost` in the plain loop, as far as this call can say.
fn learn(tuned: Tuned, len: usize, time: Nanos, cost: f64, lesson: impl FnOnce(&mut Learned)) {
    let now = now();
    let chosen = tuned.memory.learn(tuned.tag, len, now, |learned| {
        if !learned.confirm(cost) {
            Rejection::TimeBucket.count();
        }
        lesson(learned);
        if (time as f64) < WORTH_TIMING && learned.is_serial() {
            // Too short to share on any machine.
            return learned.serial().map(|serial| (serial, None));
        }
        let machine = pool::machine_in_time();
        if machine.threads < 2 && !tuned.memory.word(len).is_empty() {
            // On a pool of one there is nothing to choose, and elsewhere this was.
            return None;
        }
        let (awake, asleep) = (learned.choose(len, &machine, true)?, learned.choose(len, &machine, false)?);
        Some((awake.serial, Some((awake, asleep))))
    });
    let Some((serial, choices)) = chosen.flatten() else { return };
    let site = tuned.site.index();
    tuned.memory.set_cost(len, serial);
    tuned.memory.decide(
        len,
        match choices {
            None => Word::plain(1, site),
            Some((awake, asleep)) if awake.n_jobs == 1 && asleep.n_jobs == 1 => {
                let settled = awake.settled && asleep.settled;
                Word::plain(if settled { metrics::weight(serial * len as f64) } else { u64::MAX }, site)
            }
            Some((awake, asleep)) => Word::known(way(awake, len), way(asleep, len), site),
        },
    );
    if tuned.memory.has_news() {
        writer::learned(now);
    }
}

fn way(choice: Choice, len: usize) -> Way {
    let open = !choice.settled;
    if choice.n_jobs < 2 {
        return Way { n_jobs: 1, chunksize: 1, open };
    }
    let most = (len / (2 * choice.n_jobs)).max(1);
    Way { n_jobs: choice.n_jobs, chunksize: items_in(SHORTEST_TAKE, choice.serial).min(most), open }
}

/// What would be done with `len` items now, and why.
pub(crate) fn decide(tuned: Tuned, len: Option<usize>, choices: Choices) -> Decision {
    let serial = |why| Decision { plan: Plan::Serial, why };
    if !is_enabled() {
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
    if choices.use_cache {
        remember::recall_all(tuned);
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
