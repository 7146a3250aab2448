//! A machine, and what the threads of a function compete for on it.

use amorsize_store::config::Rigor;

use crate::random::Random;
use crate::tuner::cost::{PoolModel, WakeCost, tolerance};

#[derive(Clone, Debug)]
pub(super) struct Machine {
    /// Threads of the pool, and of the machine.
    pub(super) threads: usize,
    /// What helpers cost while the pool sleeps, and while it is awake.
    wake: [WakeCost; 2],
    /// The part of an item's time that goes to memory, and how many threads saturate the memory.
    pub(super) memory: Option<(f64, f64)>,
    /// Two threads share a core.
    pub(super) has_smt: bool,
    /// Half of the cores are half as fast.
    pub(super) is_hybrid: bool,
    /// By which part each further thread slows down all others.
    pub(super) lock: f64,
    /// Another process uses half of the cores now.
    pub(super) is_busy: bool,
}

impl Machine {
    pub(super) fn new(threads: usize, random: &mut Random) -> Self {
        let mut wake = |arrive: (f64, f64), call: (f64, f64)| WakeCost {
            arrive: random.log_uniform(arrive.0, arrive.1) as f32,
            call: random.log_uniform(call.0, call.1) as f32,
        };
        let awake = wake((800.0, 3_000.0), (100.0, 400.0));
        let asleep = wake((12_000.0, 70_000.0), (4_000.0, 14_000.0));
        Self {
            threads,
            wake: [asleep, awake],
            memory: None,
            has_smt: false,
            is_hybrid: false,
            lock: 0.0,
            is_busy: false,
        }
    }

    pub(super) fn wake(&self, hot: bool) -> WakeCost {
        self.wake[usize::from(hot)]
    }

    /// What a process knows of it that has measured for a while.
    pub(super) fn model(&self) -> PoolModel {
        let [cold, hot] = self.wake;
        let tolerance = tolerance(self.threads, false);
        PoolModel { threads: self.threads, hot, cold, waiting: None, tolerance, rigor: Rigor::Measure }
    }

    /// How much longer an item takes on this core while so many threads are at work.
    pub(super) fn slowdown(&self, active: usize, core: usize) -> f64 {
        let (active, half) = (active as f64, self.threads as f64 / 2.0);
        let mut cores = 1.0;
        if self.has_smt && active > half {
            // The second thread of a core adds a quarter.
            cores = active / (half + 0.25 * (active - half));
        }
        if self.is_hybrid && self.is_second_half(core) {
            cores *= 2.0;
        }
        let (part, saturating) = self.memory.unwrap_or((0.0, 1.0));
        let slower = (1.0 - part) * cores + part * (active / saturating).max(1.0);
        slower * (1.0 + self.lock * (active - 1.0))
    }

    pub(super) fn is_second_half(&self, core: usize) -> bool {
        core >= self.threads.div_ceil(2)
    }
}
