//! What is learned from a call, and whether what other processes learned is used for a call that is running.

use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

use super::late;
use crate::executor::cores;
use crate::executor::cpu_time::CpuMeter;
use crate::executor::policy::{Advice, ProbeSample, SharingPolicy};
use crate::executor::pool;
use crate::executor::pools::Pools;
use crate::executor::wake_costs;
use crate::executor::work::{Report, RunSpec, SharedReport, Start};
use crate::persist;
use crate::site::counters;
use crate::site::instance::Trial;
use crate::site::site::Tuned;
use crate::site::slot::Slot;
use crate::tuner::arms::{Learned, Sample};
use crate::tuner::cost::{PoolModel, WORTH_TIMING};
use amorsize_store::clock::{Nanos, now, since};
use amorsize_store::config::learns;
use amorsize_store::events;
use amorsize_store::record::schedule::Schedule;
use amorsize_store::rejection::Rejection;

/// Whether a plain loop is timed.
pub(crate) enum Timer {
    /// It is not.
    Off,
    /// Its time is compared with what is expected: of which site, how many items, and when it began. If it took much longer,
    /// the next one is timed.
    Watch(Tuned, usize, Nanos),
    /// Its time is recorded, and what it takes of a processor, if that is measured; and the right to try a plan, as below.
    On(Tuned, usize, Nanos, Option<CpuMeter>, Option<Trial>),
}

/// What is recorded of a run that may have been shared.
pub(crate) enum Recorder {
    /// Nothing.
    Off(Tuned),
    /// Nothing. But if it takes longer than this time of the plain loop (ns), the next calls are recorded.
    IfSlower(Tuned, f64),
    /// Its time. Holds the right to try a plan, if that is what it does, until the call is over.
    #[expect(dead_code, reason = "it is there to be dropped")]
    Always(Tuned, Option<Trial>),
    /// Its time, and that there was no plan.
    Missed(Miss),
}

/// A call whose plan is sought. It is counted when it is over: as a miss, unless its plan was found on disk.
pub(crate) struct Miss {
    tuned: Tuned,
    /// How long it was sought so far, ns.
    sought: AtomicU64,
    is_found: AtomicBool,
}

impl Miss {
    /// A call whose plan was sought in memory for `sought` ns.
    pub(super) fn new(tuned: Tuned, sought: Nanos) -> Self {
        Self { tuned, sought: AtomicU64::new(sought), is_found: AtomicBool::new(false) }
    }

    /// Its plan was found on disk or further away.
    fn note_recalled(&self) {
        self.note_found();
        self.tuned.site.tally.count_recalled();
    }

    /// Its plan was found in the program itself.
    fn note_embedded(&self) {
        self.note_found();
        self.tuned.site.tally.count_embedded();
    }

    fn note_found(&self) {
        self.is_found.store(true, Relaxed);
        self.tuned.site.count_found();
    }

    fn is_found(&self) -> bool {
        self.is_found.load(Relaxed)
    }
}

impl Drop for Miss {
    fn drop(&mut self) {
        if !self.is_found() {
            self.tuned.site.tally.count_miss();
        }
    }
}

impl Timer {
    /// Records the time of a plain loop over `len` items that begins now, at `start`.
    pub(super) fn on(tuned: Tuned, len: usize, start: Nanos, trial: Option<Trial>) -> Self {
        let worth_measuring = Pools::of(tuned.site.is_blocking()).worth_measuring();
        let is_worth_it = tuned.instance.cost(len) * len as f64 >= worth_measuring;
        Self::On(tuned, len, start, if is_worth_it { CpuMeter::start() } else { None }, trial)
    }

    /// The loop ended early.
    pub(super) fn end_early(self) {
        if let Self::Watch(tuned, len, _) | Self::On(tuned, len, ..) = self
            && learns()
        {
            tuned.instance.note_early_end(len, 1, 0.0);
        }
    }

    /// What is to be recorded of the same loop, if it is run as one that might have been shared.
    pub(super) fn into_recorder(self, tuned: Tuned) -> Recorder {
        match self {
            Self::Off => Recorder::Off(tuned),
            Self::Watch(..) => Recorder::Always(tuned, None),
            Self::On(.., trial) => Recorder::Always(tuned, trial),
        }
    }

    /// The loop is over, and every item was processed.
    pub(crate) fn stop(self) {
        let (tuned, len, start, meter, _trial) = match self {
            Self::Off => return,
            Self::Watch(tuned, len, start) => return watch(tuned, len, since(start) as f64),
            Self::On(tuned, len, start, meter, trial) => (tuned, len, start, meter, trial),
        };
        let time = since(start);
        let cpu = meter.and_then(|meter| Some(meter.read()?.cost(len)));
        record(tuned, len, time, time as f64 / len as f64, |learned, pool| {
            learned.record_loop(len, time as f64, pool);
            learned.note_cpu(cpu);
        });
        if time as f64 >= WORTH_TIMING {
            // It did without helpers because of what they cost. Shorter calls would whatever they cost.
            wake_costs::fade();
        }
    }
}

/// A plain loop that was not to be timed took `time` ns.
fn watch(tuned: Tuned, len: usize, time: f64) {
    if learns() && is_suspicious(tuned, len, time) {
        record_odd(tuned, len, &Sample::plain(time));
    }
}

/// Whether a call takes so much longer than as a plain loop that its items must be heavier, or it was disturbed.
fn is_suspicious(tuned: Tuned, len: usize, time: f64) -> bool {
    let expected = tuned.instance.cost(len) * len as f64;
    expected > 0.0 && time > SUSPICIOUS * expected && time > SHORT_STALL
}

/// A call that takes longer than expected by this factor has heavier items, or was disturbed: the next one is timed.
const SUSPICIOUS: f64 = 3.0;
/// Shorter calls (ns) are not worth the trouble.
const SHORT_STALL: f64 = 50_000.0;

impl Recorder {
    /// The run is over, and every item was processed.
    pub(crate) fn finish(self, spec: &RunSpec, report: &Report) {
        let Self::Missed(miss) = &self else { return self.record(spec, report) };
        let start = now();
        self.record(spec, report);
        if !miss.is_found() {
            miss.tuned.site.tally.time_miss(miss.sought.load(Relaxed) + since(start));
        }
    }

    /// The run over `len` items is over, and ended early. What is in the report is of the items `done`.
    pub(super) fn end_early(&self, len: usize, done: Range<usize>, report: &Report) {
        let (Self::IfSlower(tuned, _) | Self::Always(tuned, _) | Self::Missed(Miss { tuned, .. })) = self else {
            return;
        };
        if learns() {
            // Helpers may have done later items as well.
            let all = report.wall * report.shared.map_or(1, |shared| shared.n_jobs) as Nanos;
            tuned.instance.note_early_end(len, done.end, all as f64 / done.len() as f64);
        }
    }

    fn record(&self, spec: &RunSpec, report: &Report) {
        let len = spec.len;
        let wall = report.wall as f64;
        if report.shared.is_none() {
            spec.pools.note_alone(len, report.cpu.map(|cost| cost * len as f64 / wall), wall);
        }
        let tuned = match *self {
            Self::Missed(_) if !learns() => return,
            Self::Always(tuned, _) | Self::Missed(Miss { tuned, .. }) => tuned,
            Self::IfSlower(tuned, serial) => {
                let sample = report.shared.map_or(Sample::plain(wall), |shared| sample(&shared, wall));
                if learns() && (is_odd(&sample, serial) || is_suspicious(tuned, len, wall)) {
                    record_odd(tuned, len, &sample);
                }
                if report.shared.is_some() {
                    tuned.site.tally.count_shared();
                    tuned.site.tally.add_shared_time(serial, wall);
                }
                return;
            }
            Self::Off(_) => return,
        };
        let (probe_items, probe_time) = report.probe;
        let Some(shared) = report.shared else {
            // No help was called, so this was a plain loop. But a first call finds cold caches: its time is only an
            // estimate for the next ones, and for a short call too rough to be worth recording. Later calls come here as
            // long as there is no pool.
            if wall < WORTH_LEARNING {
                record_short_first_call(tuned, len, wall);
            } else {
                record(tuned, len, report.wall, wall / len as f64, |learned, pool| {
                    match learned.calls() {
                        0 => learned.record_estimate(len, wall),
                        _ => learned.record_loop(len, wall, pool),
                    }
                    learned.note_cpu(report.cpu);
                });
            }
            return;
        };
        tuned.site.tally.count_shared();
        let sample = sample(&shared, wall);
        record(tuned, len, report.wall, sample.worked / len as f64, |learned, pool| {
            if spec.start == Start::AtOnce {
                learned.record_shared(len, &sample, pool);
            } else {
                learned.record_estimate(len, probe_time as f64 / probe_items.max(1) as f64 * len as f64);
                learned.record_bound(len, &sample);
            }
            learned.note_cpu(report.cpu);
        });
        let serial = tuned.instance.cost(len) * len as f64;
        if serial > 0.0 {
            tuned.site.tally.add_shared_time(serial, wall);
        }
    }
}

impl SharingPolicy for Recorder {
    fn report_late(&self, waited: Nanos) {
        let (Self::Off(tuned) | Self::IfSlower(tuned, _) | Self::Always(tuned, _) | Self::Missed(Miss { tuned, .. })) =
            self;
        late::report(&tuned.site.path(), waited);
    }

    fn advise(&self, sample: &ProbeSample) -> Advice {
        // If there was a plan, and only the pool was not ready, nothing is to be asked on disk.
        let Self::Missed(miss) = self else { return Advice::Unknown };
        let tuned = miss.tuned;
        if !tuned.instance.slot(sample.len).is_empty() {
            return Advice::Unknown;
        }
        let sure = sample.pays || sample.time >= SURE_OF_IT;
        if sure && persist::embedded_cost().is_some_and(|cost| sample.sure >= RECALL_FACTOR * cost) {
            match persist::recall_embedded(tuned, sample) {
                Advice::Known(plan) => {
                    miss.note_embedded();
                    events::plan_recalled(|| tuned.site.path(), sample.len, "embedded");
                    return Advice::Known(plan);
                }
                Advice::Wait => return Advice::Wait,
                Advice::AskAgain | Advice::Unknown => {}
            }
        }
        let worth = sure && sample.sure >= RECALL_FACTOR * persist::recall_cost();
        // Where nothing is learned, a plan that is rejected because of cold caches would be rejected by every short call.
        let is_early = !sure && !learns();
        if !worth && (is_early || !persist::is_loaded(tuned.site)) {
            return Advice::AskAgain;
        }
        let start = now();
        let advice = persist::recall(tuned, sample, worth);
        if matches!(advice, Advice::Known(_)) {
            miss.note_recalled();
            events::plan_recalled(|| tuned.site.path(), sample.len, persist::source(tuned.site));
        } else {
            miss.sought.fetch_add(since(start), Relaxed);
        }
        advice
    }
}

/// What a run on several threads measured, which took `wall` ns.
fn sample(shared: &SharedReport, wall: f64) -> Sample {
    let SharedReport { hot, n_jobs, called, worked, present, peak, longest, .. } = *shared;
    let (alone, worked, present) = (called as f64, worked as f64, present as f64);
    Sample { n_jobs, hot, wall, alone, worked, present, peak, longest }
}

/// Whether a run that was not to be timed took so much more or less than the plain loop, which takes `serial` ns, that items
/// may have become heavier or lighter.
fn is_odd(sample: &Sample, serial: f64) -> bool {
    sample.wall > serial || sample.worked > SUSPICIOUS * serial || sample.worked * LIGHTER < serial
}

/// If the threads of a run took less than the plain loop, by this factor, items have become lighter.
const LIGHTER: f64 = 2.0;

/// A call that was not to be timed took so much more or less than expected that items may take another time: the next one is
/// timed. Such calls are noticed only when they are odd. To learn from them what a call takes would bias that.
fn record_odd(tuned: Tuned, len: usize, sample: &Sample) {
    let before = tuned.instance.slot(len);
    record(tuned, len, sample.wall as Nanos, sample.worked / len as f64, |learned, pool| {
        learned.note_odd(len, sample, pool);
    });
    if tuned.instance.slot(len) == before {
        // Nobody could record it, or it was not that odd.
        tuned.instance.unsettle(len);
    }
}

/// A first call looks for its plan on disk if what is left of it takes at least this many times as long as looking. (What is
/// left is counted by a quarter, see [`ProbeSample::sure`].)
const RECALL_FACTOR: f64 = 6.0;
/// Before this time the first items say little about the others, because they find cold caches.
const SURE_OF_IT: Nanos = 40_000;

/// First calls shorter than this (ns) are not recorded; the next call is timed instead.
const WORTH_LEARNING: f64 = 50_000.0;

/// The first call was a plain loop of `time` ns: has the next one timed, unless it would be too short as well.
fn record_short_first_call(tuned: Tuned, len: usize, time: f64) {
    let site = tuned.site.index();
    let next = Schedule { settled: false, ..Schedule::PLAIN };
    tuned.instance.set_cost(len, time / len as f64);
    tuned.instance.set(len, if time < WORTH_TIMING { Slot::plain(1, site) } else { Slot::shared(next, next, site) });
}

/// Records a call by `update`, chooses the next plans, and writes them into the slot of this length.
///
/// The call took `time`. Going by this call, an item takes `cost` in the plain loop.
fn record(tuned: Tuned, len: usize, time: Nanos, cost: f64, update: impl FnOnce(&mut Learned, &PoolModel)) {
    let (now, site) = (now(), tuned.site.index());
    if pool::ready() {
        cores::look(now);
    }
    let (mut is_sure, mut calls) = (false, 0);
    let is_heavy = is_suspicious(tuned, len, time as f64);
    let mut has_drifted = is_heavy;
    let (mut is_rejected, mut has_forgotten) = (false, false);
    let chosen = tuned.instance.learn(tuned.tag, len, now, |learned| {
        is_sure = !learned.unconfirmed();
        if !learned.confirm(cost) {
            Rejection::TimeBucket.count();
            has_drifted = true;
            is_rejected = true;
        }
        let before = learned.calls();
        let pools = Pools::of(tuned.site.is_blocking());
        let rigor = tuned.site.wanted_rigor();
        let model = pools.quick_model(learned.cpu_part()).with(rigor);
        update(learned, &model);
        is_sure &= !learned.is_suspect();
        calls = learned.calls();
        // Calls take another time than those before.
        has_forgotten = calls < before;
        has_drifted |= has_forgotten;
        let serial = learned.serial()?;
        if (time as f64) < WORTH_TIMING && learned.is_serial() {
            // Too short to be shared on any machine.
            return Some((serial, Slot::plain(1, site)));
        }
        let model = pools.quick_model(learned.cpu_part()).with(rigor);
        if model.threads < 2 && !tuned.instance.slot(len).is_empty() {
            // On a pool of one thread there is nothing to choose; the slot keeps what was chosen on a larger pool.
            return None;
        }
        let schedule = |hot| learned.choose(len, &model, hot).map(|choice| choice.schedule);
        let slot = slot(schedule(true), schedule(false), serial * len as f64, site);
        Some((serial, slot.with_unevenness(learned.is_uneven())))
    });
    if has_drifted {
        tuned.site.tally.count_drift_alarm();
    }
    if is_rejected {
        events::plan_rejected(|| tuned.site.path(), Rejection::TimeBucket);
    }
    if has_forgotten {
        events::drift(|| tuned.site.path(), len, cost);
    }
    let Some((serial, slot)) = chosen.flatten() else { return };
    tuned.instance.set_cost(len, serial);
    let before = tuned.instance.slot(len);
    tuned.instance.update(len, slot);
    if events::ARE_MADE {
        log_change(tuned, len, before, has_forgotten || is_rejected);
    }
    if !is_sure || is_heavy {
        // This call was the first with the plan of another process, or took an odd time: one more shows it.
        tuned.instance.unsettle(len);
    }
    // An only call that did not ask the disk is not saved.
    if tuned.instance.is_dirty() && (calls > 1 || persist::is_loaded(tuned.site)) {
        persist::mark_learned(now);
    }
}

/// The plan for calls that find the pool awake, and for those that find it asleep. A plain loop takes `serial` ns.
fn slot(awake: Option<Schedule>, asleep: Option<Schedule>, serial: f64, site: usize) -> Slot {
    let (Some(awake), Some(asleep)) = (awake, asleep) else { return Slot::probe(site) };
    if awake.is_plain() && asleep.is_plain() {
        let settled = awake.settled && asleep.settled;
        return Slot::plain(if settled { counters::weight(serial) } else { u64::MAX }, site);
    }
    Slot::shared(awake, asleep, site)
}

/// Writes a change of the plan to the decision log.
fn log_change(tuned: Tuned, len: usize, before: Slot, is_other_time: bool) {
    let now = tuned.instance.slot(len);
    let n_jobs = |slot: Slot| [true, false].map(|hot| slot.schedule(hot).n_jobs);
    if !before.is_empty() && n_jobs(before) == n_jobs(now) {
        return;
    }
    let why = match (before.is_empty(), now.is_settled()) {
        (true, _) => "it is the first call that was measured",
        _ if is_other_time => "items take another time",
        (_, true) => "it is the best of those that were measured",
        (_, false) => "it is worth a try",
    };
    let words = |slot: Slot| {
        let [awake, asleep] = [true, false].map(|hot| slot.schedule(hot));
        format!("awake: {awake}, asleep: {asleep}")
    };
    let earlier = || if before.is_empty() { "none".to_owned() } else { words(before) };
    events::plan_changed(|| tuned.site.path(), len, earlier, || words(now), why);
}
