//! What caller and helpers of one run share.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize, Ordering::Relaxed};

use super::cpu_time::CpuMeter;
use super::join::Help;
use super::policy::SharingPolicy;
use super::pool::Seat;
use super::rate::RateEstimator;
use super::work::{RunSpec, Start, Work};
use crate::tuner::unevenness::LongestChunk;
use amorsize_store::clock::{Nanos, now};

/// What caller and helpers of one run share.
pub(crate) struct SharedRun<'w> {
    pub(super) work: &'w dyn Work,
    pub(super) spec: RunSpec,
    pub(super) policy: &'w dyn SharingPolicy,
    /// What an item takes, as known when help was called for, ns (`f32` bits).
    pub(super) cost: AtomicU32,
    /// Threads that were asked for, the caller included; never more than there are.
    pub(super) n_jobs: AtomicUsize,
    /// When the first helper began; `u64::MAX` before.
    pub(super) arrived: AtomicU64,
    /// Time that helpers worked, in total.
    pub(super) helped: AtomicU64,
    /// As much of it as other threads kept them from working, as far as that was measured.
    pub(super) absent: AtomicU64,
    /// Whether CPU time is measured.
    pub(super) measures: AtomicBool,
    /// Helpers that worked, and the sum of the moments when they began (modulo 2^64).
    pub(super) joined: AtomicU64,
    pub(super) begun: AtomicU64,
    /// What an item took in the heaviest chunk, on average, as far as threads have finished (`f32` bits).
    pub(super) peak: AtomicU32,
    /// The longest chunk of several items, as far as threads have finished: its time in the upper half, and what an item took in
    /// it in the lower one (`f32` bits).
    longest: AtomicU64,
    /// The most that an item took, ns, as far as threads have finished.
    heaviest: AtomicU64,
}

impl<'w> SharedRun<'w> {
    pub(crate) fn new(work: &'w dyn Work, spec: RunSpec, policy: &'w dyn SharingPolicy) -> Self {
        let wall = spec.cost * spec.len as f64 / spec.n_jobs as f64;
        let measures = spec.timed && spec.start == Start::AtOnce && wall >= spec.pools.worth_measuring();
        Self {
            work,
            spec,
            policy,
            cost: AtomicU32::new((spec.cost as f32).to_bits()),
            n_jobs: AtomicUsize::new(1),
            arrived: AtomicU64::new(u64::MAX),
            helped: AtomicU64::new(0),
            absent: AtomicU64::new(0),
            measures: AtomicBool::new(measures),
            joined: AtomicU64::new(0),
            begun: AtomicU64::new(0),
            peak: AtomicU32::new(0),
            longest: AtomicU64::new(0),
            heaviest: AtomicU64::new(0),
        }
    }

    /// A thread has finished.
    pub(super) fn note_heaviest(&self, rate: &RateEstimator) {
        self.heaviest.fetch_max(rate.heaviest as u64, Relaxed);
        // The bits of numbers that are not negative are ordered as the numbers.
        self.peak.fetch_max((rate.peak as f32).to_bits(), Relaxed);
        let LongestChunk { time, cost } = rate.longest;
        self.longest.fetch_max(u64::from(time as u32) << 32 | u64::from((cost as f32).to_bits()), Relaxed);
    }

    /// The longest chunk of several items.
    pub(super) fn longest(&self) -> LongestChunk {
        let bits = self.longest.load(Relaxed);
        LongestChunk { time: (bits >> 32) as f64, cost: f32::from_bits(bits as u32).into() }
    }

    /// Time until `end` that helpers were there, at work or with nothing left to do, in total, ns.
    pub(super) fn present(&self, end: Nanos) -> Nanos {
        self.joined.load(Relaxed).wrapping_mul(end).wrapping_sub(self.begun.load(Relaxed))
    }

    /// What a thread that begins now starts with.
    pub(super) fn rate(&self, now: Nanos) -> RateEstimator {
        let (cost, n_jobs) = (f64::from(f32::from_bits(self.cost.load(Relaxed))), self.n_jobs.load(Relaxed));
        match self.spec.start {
            Start::AtOnce => {
                let part = cost * self.spec.len as f64 / self.spec.n_jobs as f64;
                let start = if self.spec.is_uneven { RateEstimator::of_uneven } else { RateEstimator::by_average };
                start(now, cost, n_jobs, part)
            }
            Start::WhenItPays => RateEstimator::new(now, cost, n_jobs),
        }
    }
}

/// Nobody is told of shorter waits, ns, ...
const LATE: Nanos = 1_000_000_000;
/// ... nor of those that are shorter than so many times the heaviest item that was finished.
const MUCH_HEAVIER: u64 = 100;

impl Help for SharedRun<'_> {
    fn help(&self) {
        let start = now();
        // It came, also if there is no seat: what waking it cost does not depend on that.
        self.arrived.fetch_min(start, Relaxed);
        let Some(_seat) = Seat::take() else { return };
        let meter = if self.measures.load(Relaxed) { CpuMeter::start() } else { None };
        let mut chunks = 0;
        self.joined.fetch_add(1, Relaxed);
        self.begun.fetch_add(start, Relaxed);
        let mut rate = self.rate(start);
        while !self.work.backlogged()
            && let Some(items) = self.work.process_chunk(rate.chunk_policy(self.spec.chunksize))
        {
            rate.note(items);
            chunks += 1;
        }
        if let Some(used) = meter.and_then(|meter| meter.read()) {
            self.absent.fetch_add(used.absent(chunks), Relaxed);
        }
        self.helped.fetch_add(rate.last.saturating_sub(start), Relaxed);
        self.note_heaviest(&rate);
    }

    fn late(&self, waited: Nanos) -> bool {
        let is_late = waited >= LATE.max(self.heaviest.load(Relaxed).saturating_mul(MUCH_HEAVIER));
        if is_late {
            self.policy.report_late(waited);
        }
        is_late
    }
}
