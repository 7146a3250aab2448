//! What it costs to call helpers, learned from every call that had some.

use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use crate::clock::Nanos;
use crate::tuner::cost::{PoolModel, WakeCost};

/// What calling helpers costs, learned from every call that had some: running medians, one pair a temperature.
static COSTS: [(AtomicU32, AtomicU32); 2] = [const { (AtomicU32::new(0), AtomicU32::new(0)) }; 2];

/// What was measured or recalled, asleep and awake (arrival, caller's part; 0 where nothing is known).
pub(super) fn measured() -> [(f32, f32); 2] {
    let read = |cell: &AtomicU32| f32::from_bits(cell.load(Relaxed));
    [0, 1].map(|hot| (read(&COSTS[hot].0), read(&COSTS[hot].1)))
}

/// Takes over what another process measured, where this one has measured nothing.
pub(super) fn recall(wake: [(f32, f32); 2]) {
    for ((arrive_cell, call_cell), (arrive, call)) in COSTS.iter().zip(wake) {
        for (cell, cost) in [(arrive_cell, arrive), (call_cell, call)] {
            // A cell that is not empty holds what this process has measured.
            let _ = cell.compare_exchange(0, cost.to_bits(), Relaxed, Relaxed);
        }
    }
}

/// A machine of so many threads, as the cost model sees it.
pub(super) fn pool_model(threads: usize) -> PoolModel {
    let wake = |hot: bool| {
        let start = WakeCost::initial(hot);
        let read = |cell: &AtomicU32, start: f32| {
            Some(f32::from_bits(cell.load(Relaxed))).filter(|&x| x > 0.0).unwrap_or(start)
        };
        let (arrive, call) = &COSTS[usize::from(hot)];
        WakeCost { arrive: read(arrive, start.arrive), call: read(call, start.call) }
    };
    PoolModel { threads, hot: wake(true), cold: wake(false) }
}

/// Calling helpers cost the caller `call`, if it had to send for them; the first one began after `arrive`, or had not
/// when the call ended after that time.
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

/// A call went without helpers for what they would cost. If they would cost less by now nobody would see it: so what
/// was learned of that fades.
pub(crate) fn fade() {
    for hot in [false, true] {
        let (start, now) = (WakeCost::initial(hot), pool_model(1).wake(hot));
        let faded = |now: f32, start: f32| now + (start - now) * FADING;
        let (arrive, call) = &COSTS[usize::from(hot)];
        arrive.store(faded(now.arrive, start.arrive).to_bits(), Relaxed);
        call.store(faded(now.call, start.call).to_bits(), Relaxed);
    }
}

/// Per call.
const FADING: f32 = 0.01;

/// One step of a running median: these times have a long tail (a machine that is busy, a thread that lost its core), which
/// would drag a mean anywhere.
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
