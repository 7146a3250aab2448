//! What caller and helpers of one run share.

use std::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering::Relaxed};

use super::join::Help;
use super::policy::Guide;
use super::rate::Pace;
use super::work::{Order, Work};
use crate::clock::{Nanos, now};

/// What caller and helpers of one run share.
pub(crate) struct Crew<'w> {
    pub(super) work: &'w dyn Work,
    pub(super) order: Order,
    pub(super) guide: &'w dyn Guide,
    /// What an item takes, as known when help was called for (`f32` bits).
    pub(super) cost: AtomicU32,
    /// Threads that were asked for, the caller included, as many as there are.
    pub(super) n_jobs: AtomicUsize,
    /// When the first helper began; `u64::MAX` before.
    pub(super) arrived: AtomicU64,
    /// Time that helpers spent on items.
    pub(super) helped: AtomicU64,
}

impl<'w> Crew<'w> {
    pub(crate) fn new(work: &'w dyn Work, order: Order, guide: &'w dyn Guide) -> Self {
        Self {
            work,
            order,
            guide,
            cost: AtomicU32::new((order.cost as f32).to_bits()),
            n_jobs: AtomicUsize::new(1),
            arrived: AtomicU64::new(u64::MAX),
            helped: AtomicU64::new(0),
        }
    }

    pub(super) fn pace(&self, now: Nanos) -> Pace {
        Pace { last: now, cost: f64::from(f32::from_bits(self.cost.load(Relaxed))), n_jobs: self.n_jobs.load(Relaxed) }
    }
}

impl Help for Crew<'_> {
    fn help(&self) {
        let start = now();
        self.arrived.fetch_min(start, Relaxed);
        let mut pace = self.pace(start);
        while !self.work.crowded()
            && let Some(items) = self.work.step(pace.chunk_policy(self.order.chunksize))
        {
            pace.note(items);
        }
        self.helped.fetch_add(pace.last - start, Relaxed);
    }
}
