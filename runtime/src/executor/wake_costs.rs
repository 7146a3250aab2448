//! What calling helpers costs in this process, learned from every call that had helpers.

use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use crate::tuner::cost::{PoolModel, WakeCost};
use amorsize_store::clock::Nanos;

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

/// What calling one costs its caller, ns.
pub(super) fn call(hot: bool) -> f64 {
    f64::from(pool_model(1).wake(hot).call)
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
    PoolModel { threads, hot: wake(true), cold: wake(false), waiting: None }
}

/// Learns from a call with helpers. The caller spent `call` on queueing jobs, if it had to queue any. The first helper
/// began after `arrive`; if none came, the call ended after `arrive`.
pub(crate) fn observe(hot: bool, call: Option<Nanos>, arrive: Nanos, came: bool) {
    let before = pool_model(1).wake(hot);
    let (arrive_cell, call_cell) = &COSTS[usize::from(hot)];
    if came || arrive as f32 > before.arrive {
        arrive_cell.store(towards(before.arrive, arrive as f32).to_bits(), Relaxed);
    }
    if let Some(call) = call {
        call_cell.store(towards(before.call, call as f32).to_bits(), Relaxed);
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

/// One step of a running median. A mean would follow the rare very long times (of a busy machine, of a thread that lost
/// its core).
fn towards(old: f32, seen: f32) -> f32 {
    const STEP: f32 = 1.2;
    if seen > old { seen.min(old * STEP) } else { seen.max(old / STEP).max(1.0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_long_wake_in_ten_is_not_the_usual_one() {
        let mut usual = 80_000.0;
        for i in 0..1000 {
            usual = towards(usual, if i % 10 == 0 { 5e6 } else { 30_000.0 });
        }
        assert!((29_000.0..=37_000.0).contains(&usual), "{usual}");
    }
}
