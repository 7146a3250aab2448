//! What calling helpers costs in this process, learned from every call that had helpers.

use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use crate::tuner::cost::{PoolModel, WakeCost};
use amorsize_store::clock::Nanos;
use amorsize_store::config::Rigor;

/// Running medians of (arrival, caller's part), ns as `f32` bits: while the pool is asleep and while it is awake.
static COSTS: [(AtomicU32, AtomicU32); 2] = [const { (AtomicU32::new(0), AtomicU32::new(0)) }; 2];

/// What was measured or recalled, asleep and awake, as (arrival, caller's part); 0 where nothing is known.
pub(super) fn measured() -> [(f32, f32); 2] {
    let read = |cell: &AtomicU32| f32::from_bits(cell.load(Relaxed));
    [0, 1].map(|hot| (read(&COSTS[hot].0), read(&COSTS[hot].1)))
}

/// Takes over what another process measured, where this one has measured nothing.
pub(super) fn recall(wake: [(f32, f32); 2]) {
    for ((arrive_cell, call_cell), (arrive, call)) in COSTS.iter().zip(wake) {
        for (cell, cost) in [(arrive_cell, arrive), (call_cell, call)] {
            // A cell that is not 0 holds what this process has measured.
            let _ = cell.compare_exchange(0, cost.to_bits(), Relaxed, Relaxed);
        }
    }
}

/// What calling for help costs the caller, ns.
pub(super) fn calling(hot: bool) -> f64 {
    pool_model(1).calling(hot)
}

/// A pool of this many threads, as the cost model sees it.
pub(super) fn pool_model(threads: usize) -> PoolModel {
    let wake = |hot: bool| {
        let start = WakeCost::initial(hot);
        let read = |cell: &AtomicU32, start: f32| {
            Some(f32::from_bits(cell.load(Relaxed))).filter(|&x| x > 0.0).unwrap_or(start)
        };
        let (arrive, call) = &COSTS[usize::from(hot)];
        WakeCost { arrive: read(arrive, start.arrive), call: read(call, start.call) }
    };
    PoolModel { threads, hot: wake(true), cold: wake(false), waiting: None, tolerance: 1.0, rigor: Rigor::Measure }
}

/// Learns from a call with helpers. The caller spent `call` on queueing jobs, if it had to queue any. The first helper
/// began after `arrive`; if none came, the call ended after `arrive`.
pub(crate) fn observe(hot: bool, call: Option<Nanos>, arrive: Nanos, came: bool) {
    let before = pool_model(1).wake(hot);
    let after = before.observed(call.map(|call| call as f32), arrive as f32, came);
    let (arrive_cell, call_cell) = &COSTS[usize::from(hot)];
    for (cell, before, after) in [(arrive_cell, before.arrive, after.arrive), (call_cell, before.call, after.call)] {
        // A cell that nothing was measured for stays 0.
        if after.to_bits() != before.to_bits() {
            cell.store(after.to_bits(), Relaxed);
        }
    }
}

/// To be called when a call did without helpers because of what they cost. Moves the costs towards their initial values:
/// if nobody calls helpers, nobody would notice that they became cheaper.
pub(crate) fn fade() {
    for hot in [false, true] {
        let (start, now) = (WakeCost::initial(hot), pool_model(1).wake(hot));
        let faded = |now: f32, start: f32| now + (start - now) * FADE_STEP;
        let (arrive, call) = &COSTS[usize::from(hot)];
        arrive.store(faded(now.arrive, start.arrive).to_bits(), Relaxed);
        call.store(faded(now.call, start.call).to_bits(), Relaxed);
    }
}

/// The part of the way that [`fade`] goes in one call.
const FADE_STEP: f32 = 0.01;
