//! Which pools a run may take its helpers from, and from which of them they come.

use super::cpu_time::IS_MEASURED;
use super::{pool, wide_pool};
use crate::tuner::cost::{GAIN, PoolModel, Waiting};
use crate::tuner::cpu_use::WORTH_MEASURING;
use amorsize_store::clock::Nanos;

/// The pools that a run may take its helpers from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pools {
    /// The current rayon pool.
    Current,
    /// That one, and the wide pool for more threads than it has: for functions that wait (option `blocking`).
    CurrentOrWide,
}

/// The pool that the helpers of one run come from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Crew {
    pub(super) is_wide: bool,
    /// Its threads, as far as they may be used.
    pub(super) threads: usize,
    /// Whether the caller is one of them.
    pub(super) has_caller: bool,
}

/// An item that has a processor for a larger part of its time is taken for one that does not wait: more threads than cores would
/// gain less than measuring that costs.
const BUSY: f64 = 0.9;
/// The part of its time for which an item of a function that waits has a processor, where that cannot be measured.
const ASSUMED: f64 = 0.1;

impl Pools {
    /// Those of a function with or without the option `blocking`.
    pub(crate) fn of(is_blocking: bool) -> Self {
        if is_blocking { Self::CurrentOrWide } else { Self::Current }
    }

    /// The shortest run whose CPU time is measured, ns. What a function that waits gains by it is worth a little more.
    pub(crate) fn worth_measuring(self) -> f64 {
        if self == Self::Current { WORTH_MEASURING } else { WORTH_MEASURING / 10.0 }
    }

    /// The pool that helpers for `n_jobs` threads come from. `None` while it is not started.
    pub(super) fn crew(self, n_jobs: usize) -> Option<Crew> {
        if self.is_wide_for(n_jobs) {
            let crew = || Crew { is_wide: true, threads: wide_pool::threads(), has_caller: pool::is_wide_worker() };
            return wide_pool::is_ready().then(crew);
        }
        let crew = || Crew { is_wide: false, threads: pool::threads(), has_caller: pool::is_worker() };
        pool::ready().then(crew)
    }

    /// Whether helpers for `n_jobs` threads come from the wide pool, which may not be started yet.
    fn is_wide_for(self, n_jobs: usize) -> bool {
        if self == Self::Current || n_jobs < 2 {
            return false;
        }
        let current = pool::cores();
        n_jobs > current && wide_pool::threads() > current
    }

    /// How many of `n_jobs` threads can work at once. `None` while their pool is not started.
    pub(crate) fn reach(self, n_jobs: usize) -> Option<usize> {
        if n_jobs < 2 {
            return Some(n_jobs);
        }
        self.crew(n_jobs).map(|crew| n_jobs.min(crew.threads))
    }

    /// The most threads that work at once on a run that asks for `n_jobs`: 1 while there are no helpers.
    pub(crate) fn most_threads(self, n_jobs: usize) -> usize {
        self.crew(n_jobs).map_or(1, |crew| n_jobs.min(crew.threads + 1))
    }

    /// Starts the pool for `n_jobs` threads on this thread, for a call with a fixed number of them. Whether there is a pool now in
    /// which helpers may work.
    pub(crate) fn start_now(self, n_jobs: usize) -> bool {
        self.is_wide_for(n_jobs) && wide_pool::start_now() || pool::start_now()
    }

    /// What part of its time an item has a processor, if it is known to wait: `cpu` is what was measured.
    fn waits(self, cpu: Option<f64>) -> Option<f64> {
        let cpu = cpu.or_else(|| (!IS_MEASURED).then_some(ASSUMED));
        cpu.filter(|cpu| self == Self::CurrentOrWide && *cpu < BUSY)
    }

    /// The pool as the cost model sees it, for items that have a processor for the part `cpu` of their time, as far as that was
    /// measured. `None` while it is not started.
    pub(crate) fn model(self, cpu: Option<f64>) -> Option<PoolModel> {
        match self.wide_model(cpu) {
            Some(model) => wide_pool::is_ready().then_some(model),
            None => pool::ready().then(pool::model),
        }
    }

    /// The same, also before it is started, quickly: see [`pool::quick_model`].
    pub(crate) fn quick_model(self, cpu: Option<f64>) -> PoolModel {
        self.wide_model(cpu).unwrap_or_else(pool::quick_model)
    }

    /// The same. Without a pool this is too slow for calls.
    pub(crate) fn likely_model(self, cpu: Option<f64>) -> PoolModel {
        self.wide_model(cpu).unwrap_or_else(pool::likely_model)
    }

    /// The model of the wide pool, if it is the one to be used.
    fn wide_model(self, cpu: Option<f64>) -> Option<PoolModel> {
        let cpu = self.waits(cpu)?;
        let cores = pool::cores();
        // With more threads than this the cores are busy. A power of two, so that it seldom moves.
        let useful = (cores as f64 / cpu.max(0.001)).ceil() as usize;
        let threads = useful.next_power_of_two().min(wide_pool::threads());
        (threads > cores).then(|| pool::model_of(threads, Some(Waiting { cores, cpu })))
    }

    /// A call has no helpers because their pool is not started. It may have `n_jobs` threads: by a plan (`is_known`), or because it
    /// has as many items. What is left of it takes `left` ns in the plain loop, and it has taken `time` so far.
    pub(super) fn note_missing(self, n_jobs: usize, is_known: bool, cpu: Option<f64>, left: f64, time: Nanos) {
        if is_known && self.is_wide_for(n_jobs) {
            wide_pool::note_lost(0.0, left - left / n_jobs as f64);
        } else if let Some(model) = self.wide_model(cpu).filter(|_| !is_known) {
            wide_pool::note_lost(0.0, left - model.shared_time(left, n_jobs.min(model.threads), false));
        } else {
            if is_known {
                pool::note_known_left(left);
            }
            pool::note_helpable(0, time);
        }
    }

    /// A call begins whose plan has `n_jobs` threads, and their pool is not started. It takes `serial` ns as a plain loop.
    pub(crate) fn note_known(self, n_jobs: usize, serial: f64) {
        if self.is_wide_for(n_jobs) {
            wide_pool::note_lost(0.0, serial - serial / n_jobs as f64);
        } else {
            pool::note_known_helpable(serial as Nanos);
        }
    }

    /// `n_jobs` items, or items for so many threads, took `time` ns without helpers, because their pool is not started.
    pub(crate) fn note_alone(self, n_jobs: usize, cpu: Option<f64>, time: f64) {
        match self.wide_model(cpu) {
            Some(model) => {
                wide_pool::note_lost(time - model.shared_time(time, n_jobs.min(model.threads), false), 0.0);
            }
            None if pool::ready() => {}
            None if GAIN * pool::quick_model().shared_time(time, n_jobs, true) < time => {
                pool::note_helpable(time as Nanos, 0);
            }
            None => {}
        }
    }
}
