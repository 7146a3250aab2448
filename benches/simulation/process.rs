//! A process that calls one function over and over, and learns. What it decides is decided by the sources of the tuner.

use super::items::Items;
use super::machine::Machine;
use super::run::{Plan, Run, Shared, Start, run};
use crate::random::Random;
use crate::tuner::arms::{Learned, Sample};
use crate::tuner::cost::{PoolModel, WORTH_TIMING};
use crate::tuner::search::Selection;

/// One process, one function, one length.
pub(super) struct Process {
    pub(super) learned: Learned,
    model: PoolModel,
    /// What the next call does; `None` until one was made.
    plan: Option<Selection>,
    /// Whether the plan is settled: then only some calls are timed.
    pub(super) is_settled: bool,
    /// The sampling budget.
    budget: f64,
    /// The time since it began, ns.
    clock: f64,
    noise: f64,
}

/// What one call was.
#[derive(Clone, Copy, Debug)]
pub(super) struct Call {
    /// The plan, and `None` for a call without one.
    pub(super) plan: Option<Plan>,
    /// Wall time without the noise, ns.
    pub(super) quiet: f64,
    /// What was learned was forgotten.
    pub(super) has_forgotten: bool,
}

impl Process {
    /// `noise`: the standard deviation of the logarithm of times.
    pub(super) fn new(machine: &Machine, noise: f64) -> Self {
        Self {
            learned: Learned::default(),
            model: machine.model(),
            plan: None,
            is_settled: false,
            budget: 0.0,
            clock: 0.0,
            noise,
        }
    }

    pub(super) fn call(&mut self, machine: &Machine, items: &Items, hot: bool, random: &mut Random) -> Call {
        let len = items.len();
        let (plan, cost) = match self.plan {
            Some(Selection { schedule, serial, .. }) => {
                let n_jobs = schedule.n_jobs.min(self.model.threads);
                (Some(Plan { n_jobs, is_uneven: self.learned.is_uneven() }), serial)
            }
            None => (None, 0.0),
        };
        let start = plan.map_or(Start::WhenItPays, |plan| Start::AtOnce { plan, cost, chunksize: 1 });
        let n_jobs = plan.map(|plan| plan.n_jobs);
        let quiet = run(machine, items, start, &self.model, hot, random);
        let measured = quiet.scaled((self.noise * random.normal()).exp());
        self.clock += measured.wall;
        self.observe(&measured, hot);
        let is_timed = self.is_timed(cost * len as f64, random);
        let before = self.learned.calls();
        if is_timed {
            self.record(&measured, n_jobs, len, hot);
        } else {
            self.watch(&measured, n_jobs.unwrap_or(1), len, hot, cost * len as f64);
        }
        let has_forgotten = self.learned.calls() < before;
        Call { plan, quiet: quiet.wall, has_forgotten }
    }

    /// Time passes without a call, ns.
    pub(super) fn pause(&mut self, time: f64) {
        self.clock += time;
    }

    fn observe(&mut self, run: &Run, hot: bool) {
        let Some(shared) = run.shared else { return };
        let wake = if hot { &mut self.model.hot } else { &mut self.model.cold };
        *wake = wake.observed(Some(shared.call as f32), shared.arrive as f32, shared.came);
    }

    /// Whether this call is timed: each without a settled plan, and some others.
    fn is_timed(&mut self, serial: f64, random: &mut Random) -> bool {
        const PERIOD: f64 = 1024.0;
        if !self.is_settled {
            return true;
        }
        let weight = (serial / 660_000.0 * 2.0 * PERIOD).max(1.0);
        self.budget -= weight;
        let is_timed = self.budget < 0.0;
        if is_timed {
            self.budget = PERIOD * (0.5 + random.unit());
        }
        is_timed
    }

    /// A timed call.
    fn record(&mut self, run: &Run, plan: Option<usize>, len: usize, hot: bool) {
        match (run.shared, plan) {
            (None, None) => self.learned.record_estimate(len, run.wall),
            (None, Some(_)) => self.learned.record_loop(len, run.wall, &self.model),
            (Some(shared), None) => {
                let (items, time) = run.probe;
                self.learned.record_estimate(len, time / items.max(1) as f64 * len as f64);
                self.learned.record_bound(len, &sample(run, &shared, shared.n_jobs, hot));
            }
            (Some(shared), Some(n_jobs)) => {
                self.learned.record_shared(len, &sample(run, &shared, n_jobs, hot), &self.model);
            }
        }
        self.plan = self.learned.choose(len, &self.model, hot);
        self.is_settled = self.plan.is_some_and(|plan| plan.schedule.settled) && !self.learned.is_suspect();
    }

    /// A call that is not timed: one that takes much longer or shorter than expected has the next one timed.
    fn watch(&mut self, run: &Run, plan: usize, len: usize, hot: bool, serial: f64) {
        let sample = run.shared.map_or(Sample::plain(run.wall), |shared| sample(run, &shared, plan, hot));
        let is_odd = match run.shared {
            Some(_) => sample.wall > serial || sample.worked > 3.0 * serial || 2.0 * sample.worked < serial,
            None => serial >= WORTH_TIMING && run.wall > 3.0 * serial && run.wall > 50_000.0,
        };
        if is_odd {
            let before = self.learned.calls();
            self.learned.note_odd(len, &sample, &self.model);
            if self.learned.calls() < before {
                self.plan = self.learned.choose(len, &self.model, hot);
            }
            self.is_settled = false;
        }
    }
}

fn sample(run: &Run, shared: &Shared, n_jobs: usize, hot: bool) -> Sample {
    let Shared { worked, present, peak, longest, .. } = *shared;
    Sample { n_jobs, hot, wall: run.wall, alone: 0.0, worked, present, peak, longest }
}
