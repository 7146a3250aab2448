//! What a call costs where a function has many keys: `key(..)` values, each with a plan of its own.

use std::hint::black_box;
use std::time::Instant;

use crate::functions::cheap_by_key;
use crate::statistics::median;

/// Rounds before the first sample: by then each key has its plan.
const ROUNDS_BEFORE: usize = 30;
/// Rounds that are timed.
const ROUNDS: usize = 41;

/// The plain loop over ten cheap items, and ours, in nanoseconds a call: medians of rounds over all `keys`, of which
/// neighbours lie far apart in memory.
#[must_use]
pub fn with_keys(keys: u64) -> (f64, f64) {
    let items: Vec<u64> = (0..10).collect();
    let plain = |key: u64| items.iter().map(|number| cheap_by_key(number, key)).collect();
    let ours = |key: u64| cheap_by_key::map(&items, key);
    // Few keys are gone through more often, so that a round lasts long enough to be timed.
    let calls = keys.max(2_000);
    let round = |map: &dyn Fn(u64) -> Vec<u64>| {
        let start = Instant::now();
        for call in 0..calls {
            black_box(map(black_box(call.wrapping_mul(7_919) % keys)));
        }
        start.elapsed().as_nanos() as f64 / calls as f64
    };
    for _ in 0..ROUNDS_BEFORE {
        round(&ours);
    }
    let (plains, all_ours): (Vec<_>, Vec<_>) = (0..ROUNDS).map(|_| (round(&plain), round(&ours))).unzip();
    (median(&plains), median(&all_ours))
}
