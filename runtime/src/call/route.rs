//! Which plan a call gets.

use super::choices::Choices;
use super::record::{Miss, Recorder, Timer};
use crate::executor::pool;
use crate::executor::pools::Pools;
use crate::executor::work::{RunSpec, Start};
use crate::persist;
use crate::site::burst_predictor::BurstPredictor;
use crate::site::counters;
use crate::site::site::Tuned;
use crate::site::slot::Slot;
use crate::tuner::arms::Learned;
use crate::tuner::cost::WORTH_TIMING;
use amorsize_store::clock::{Nanos, now, since};
use amorsize_store::config::{Rigor, is_enabled, learns};
use amorsize_store::events;
use amorsize_store::fork::is_forked_child;
use amorsize_store::record::schedule::Schedule;

/// Whether the plan for this length is the plain loop, of less than 5 us, and this call need not be timed. Counts the hit.
///
/// This is all that a call with such a plan pays: one load and a branch for the plan, and a load and a store each for two
/// thread-local values, the count of hits and the sampling budget.
///
/// If this size is known to end early (`ends_early`: this terminal may), it is the plain loop of any time.
#[inline]
pub(super) fn is_plain_hit(choices: Choices, tuned: Tuned, len: Option<usize>, ends_early: bool) -> bool {
    if choices != Choices::NONE {
        return false;
    }
    let Some(len) = len else { return false };
    let slot = tuned.instance.slot(len);
    if !slot.is_plain() {
        // There is never a plan for less than two items, which cannot be shared.
        return len < 2;
    }
    let is_short = slot.weight() < counters::WATCHED || ends_early && tuned.instance.head(len) > 0;
    is_short && counters::hit(slot.site(), slot.weight())
}

/// The number of items, and of those that are done before a plan is looked for: more than none where calls of this size, of a
/// terminal that may end early, did so.
pub(super) fn head(choices: Choices, tuned: Tuned, len: Option<usize>) -> Option<(usize, usize)> {
    let len = len.filter(|_| choices == Choices::NONE)?;
    let head = tuned.instance.head(len).min(len.saturating_sub(1));
    (head > 0 && !tuned.instance.slot(len).is_plain()).then_some((len, head))
}

/// How the items after the head are run, `len` items in all. `has_room` says whether there is memory for as many results.
pub(super) fn after_head(
    tuned: Tuned,
    choices: Choices,
    (len, head): (usize, usize),
    gathering: f64,
    has_room: impl Fn(usize) -> bool,
) -> (RunSpec, Recorder) {
    let rest = len - head;
    let (cost, start, pools) = (WORTH_TIMING / head as f64, Start::WhenItPays, Pools::of(tuned.site.is_blocking()));
    let (n_jobs, chunksize, is_uneven) = (1, 1, false);
    let plain = RunSpec { len: rest, n_jobs, chunksize, cost, is_uneven, start, pools, timed: false, gathering };
    match route(tuned, Some(rest), choices, gathering) {
        Route::Share(_, recorder) if !has_room(rest) => (plain, recorder),
        // The blocks of the probe go on from the head, which takes less than 5 us.
        Route::Share(spec, recorder) if spec.start == start => (RunSpec { cost, ..spec }, recorder),
        Route::Share(spec, recorder) => (spec, recorder),
        Route::Loop(timer) => (plain, timer.into_recorder(tuned)),
    }
}

/// Counts a hit: a call ended with one of the items that were done before a plan was looked for. Now and then it has the next one
/// measured.
pub(super) fn hit_head(tuned: Tuned) {
    let index = tuned.site.index();
    if !counters::hit(index, 1) {
        counters::hit_slowly(index, 1, now());
        if learns() {
            tuned.instance.forget_head();
        }
    }
}

/// How a call is to be run.
pub(crate) enum Route {
    /// As the plain loop. When it is over, the timer is to be stopped.
    Loop(Timer),
    /// By [`execute`](crate::executor::caller::execute). When it is over, the recorder is to be finished.
    Share(RunSpec, Recorder),
}

/// Decides how a call over `len` items is run, which take `gathering` ns each to be got ready for other threads. Counts a hit, or
/// has a miss counted when it is over, unless what was learned is not to be used.
pub(crate) fn route(tuned: Tuned, len: Option<usize>, choices: Choices, gathering: f64) -> Route {
    const PLAIN: Route = Route::Loop(Timer::Off);
    let Some(len) = len.filter(|&len| len > 1) else { return PLAIN };
    if !is_enabled() {
        return PLAIN;
    }
    let mut slot = tuned.instance.slot(len);
    let is_settled_loop = slot.is_plain() && slot.is_settled() && choices == Choices::NONE;
    // A settled plain loop needs no lock and no thread.
    if !is_settled_loop && is_forked_child() {
        return PLAIN;
    }
    // There is no plan of several threads that this would not limit. (Plain loops need no more than one item does.)
    let most = if slot.is_plain() { usize::MAX } else { choices.most_threads(tuned.site) };
    if most < 2 {
        return PLAIN;
    }
    let (chunksize, pools) = (choices.chunksize.unwrap_or(1), Pools::of(tuned.site.is_blocking()));
    let start = Start::WhenItPays;
    let (n_jobs, cost, is_uneven, timed) = (len.min(most), 0.0, false, false);
    let probe = RunSpec { len, n_jobs, chunksize, cost, is_uneven, start, pools, timed, gathering };
    if let Some(n_jobs) = choices.n_jobs.map(|n_jobs| n_jobs.min(most)) {
        if n_jobs < 2 || !pools.start_now(n_jobs) {
            return PLAIN;
        }
        return Route::Share(RunSpec { n_jobs, start: Start::AtOnce, ..probe }, Recorder::Off(tuned));
    }
    if !choices.use_cache {
        return Route::Share(probe, Recorder::Off(tuned));
    }
    let learns = learns();
    let mut start = now();
    let mut is_embedded = persist::recall_embedded_later(tuned, len);
    if is_embedded {
        events::plan_recalled(|| tuned.site.path(), len, "embedded");
        slot = tuned.instance.slot(len);
    }
    if slot.is_empty() && !learns && tuned.site.tally.has_missed() && persist::recall_later(tuned, len, 0.0) {
        // Nobody remembers what the call takes, so it cannot be told whether it is worth asking.
        tuned.site.tally.count_recalled();
        events::plan_recalled(|| tuned.site.path(), len, persist::source(tuned.site));
        slot = tuned.instance.slot(len);
    }
    if slot.is_empty() {
        tuned.site.index();
        let probe = RunSpec { timed: learns, ..probe };
        return Route::Share(probe, Recorder::Missed(Miss::new(tuned, since(start))));
    }
    if !slot.is_settled() {
        let time = tuned.instance.cost(len) * len as f64;
        if time >= WORTH_ASKING {
            if persist::recall_later(tuned, len, time) {
                is_embedded = false;
                tuned.site.tally.count_recalled();
                events::plan_recalled(|| tuned.site.path(), len, persist::source(tuned.site));
                slot = tuned.instance.slot(len);
            }
            // It may have waited for the disk, which is no part of finding a plan in memory, or of the loop.
            start = now();
        }
    }
    if is_embedded {
        tuned.site.tally.count_embedded();
    }
    if let Some(rigor) = choices.rigor.filter(|rigor| *rigor != tuned.site.wanted_rigor())
        && let Some(schedule) = chosen_anew(tuned, len, rigor, start)
    {
        counters::hit_slowly(slot.site(), u64::MAX, start);
        let timed = learns && !(rigor == Rigor::Estimate && schedule.settled && slot.is_settled());
        let n_jobs = schedule.n_jobs.min(most);
        if n_jobs < 2 {
            return Route::Loop(if timed { Timer::on(tuned, len, start, None) } else { Timer::Off });
        }
        let recorder = if timed { Recorder::Always(tuned, None) } else { Recorder::Off(tuned) };
        let probe = RunSpec { timed, ..probe };
        let Some(n_jobs) = pools.reach(n_jobs) else { return Route::Share(probe, recorder) };
        let (cost, is_uneven) = (tuned.instance.cost(len), slot.is_uneven());
        return Route::Share(RunSpec { n_jobs, cost, is_uneven, start: Start::AtOnce, ..probe }, recorder);
    }
    if slot.is_plain() {
        if counters::hit(slot.site(), slot.weight()) {
            return Route::Loop(Timer::Watch(tuned, len, start));
        }
        counters::hit_slowly(slot.site(), slot.weight(), start);
        let begin = tuned.site.tally.time_hit(start);
        // So that the next call sees whether it follows this one closely.
        tuned.instance.bursts.begin(start, tuned.instance.cost(len) * len as f64, pool::HOT_FOR);
        return Route::Loop(if learns { Timer::on(tuned, len, begin, None) } else { Timer::Off });
    }
    known(tuned, slot, probe, most, start, learns)
}

/// What is to be done with a call by all that was measured, where it is to be looked for harder than for others, or less hard.
fn chosen_anew(tuned: Tuned, len: usize, rigor: Rigor, now: Nanos) -> Option<Schedule> {
    let learned = tuned.instance.learned(len)?;
    let model = Pools::of(tuned.site.is_blocking()).quick_model(learned.cpu_part()).with(rigor);
    let hot = pool::ready() && pool::is_hot(now);
    learned.choose(len, &model, hot).map(|selection| selection.schedule)
}

/// Calls that take less than this time (ns) learn sooner by themselves than they would gain from what others learned.
const WORTH_ASKING: f64 = 60_000.0;

/// Routes a call whose plan depends on whether the pool is awake.
///
/// After a pause each cache line of code and data that is touched here is a cache miss, so this does little.
fn known(tuned: Tuned, slot: Slot, probe: RunSpec, most: usize, start: Nanos, learns: bool) -> Route {
    let len = probe.len;
    let cost = tuned.instance.cost(len);
    let serial = cost * len as f64;
    let (awake, asleep) = (slot.schedule(true), slot.schedule(false));
    let ready = pool::ready();
    let hot = ready && pool::is_hot(start);
    let bursts = &tuned.instance.bursts;
    let (following, followers) = bursts.begin(start, serial, pool::HOT_FOR);
    // What is in doubt is measured before anybody is woken for the calls that follow.
    let may_prewake = ready && asleep.settled && asleep.n_jobs < 2 && awake.n_jobs > 1;
    let gathering = probe.gathering * len as f64;
    let prewake = may_prewake && prewake(bursts, (serial, gathering), awake, hot, following, followers);
    let mut schedule = if hot || prewake { awake } else { asleep };
    // What is not known to be good is tried by one caller at a time: together they would measure each other. The others do what
    // the model says, at once.
    let is_trial = learns && !schedule.settled && !prewake && !slot.is_probe();
    let trial = if is_trial { tuned.instance.try_plan(len) } else { None };
    let is_beside = is_trial && trial.is_none();
    if is_beside {
        schedule = Learned::predicted(len, serial, &probe.pools.quick_model(None), hot).unwrap_or(schedule);
    }
    let n_jobs = schedule.n_jobs.min(most);
    // As many threads as there can be now, if their pool is started.
    let reach = probe.pools.reach(n_jobs);
    let n_jobs = reach.unwrap_or(n_jobs);
    // Calls of a settled plan teach little: like plain loops they are timed now and then.
    let weight = if !schedule.settled && !prewake { u64::MAX } else { counters::weight(serial) };
    let timed = !counters::hit(slot.site(), weight);
    let mut begin = start;
    if timed {
        counters::hit_slowly(slot.site(), weight, start);
        begin = tuned.site.tally.time_hit(start);
    }
    let timed = timed && learns && !is_beside;
    if slot.is_probe() {
        let recorder = if learns { Recorder::Always(tuned, None) } else { Recorder::Off(tuned) };
        return Route::Share(RunSpec { timed, ..probe }, recorder);
    }
    if n_jobs < 2 {
        if following && !ready {
            // Calls follow each other closely, so they would find the pool awake if it was running, and gain by it.
            pool::note_helpable(serial as Nanos, 0);
        }
        if !following && schedule.settled && followers < FEW_FOLLOWERS && learns {
            // Calls come one by one and find the pool asleep: the plan is the plain loop, until a timed call changes it.
            tuned.instance.set(len, Slot::plain(weight, slot.site()));
        }
        return Route::Loop(if timed { Timer::on(tuned, len, begin, trial) } else { Timer::Watch(tuned, len, begin) });
    }
    let probe = RunSpec { timed, ..probe };
    let recorder = if timed { Recorder::Always(tuned, trial) } else { Recorder::IfSlower(tuned, serial) };
    if reach.is_none() {
        probe.pools.note_known(n_jobs, serial);
        return Route::Share(probe, recorder);
    }
    // The chunksize that was learned follows from the cost. As a lower bound it would keep threads from sharing a few heavy
    // items.
    let is_uneven = slot.is_uneven();
    Route::Share(RunSpec { n_jobs, cost, is_uneven, start: Start::AtOnce, ..probe }, recorder)
}

/// If fewer calls than this are expected to follow, a call is taken for a single one.
const FEW_FOLLOWERS: f64 = 0.1;

/// Whether to wake the pool although this call will not gain by it, because those that follow will. Also tells the
/// predictor what earlier prewakes gained. The calls take `serial` ns, and `gathering` ns to get their items ready for others.
fn prewake(
    bursts: &BurstPredictor,
    (serial, gathering): (f64, f64),
    awake: Schedule,
    hot: bool,
    following: bool,
    followers: f64,
) -> bool {
    if followers < FEW_FOLLOWERS {
        return false;
    }
    let model = pool::model();
    let cost = PREWAKE_MARGIN * f64::from(model.cold.call) + gathering;
    let gain = serial - model.shared_time(serial, awake.n_jobs, true) - gathering;
    if following {
        bursts.gained(if hot { gain } else { 0.0 }, cost);
    }
    if hot || followers * gain <= cost || !bursts.may_prewake(cost) {
        return false;
    }
    bursts.prewoke(cost);
    true
}

/// A prewake is taken to cost this many times what calling a sleeping helper costs: a spare helper is called too, and not
/// every predicted call comes.
const PREWAKE_MARGIN: f64 = 3.0;
