//! The rayon pool that helpers come from: whether it is there yet, how warm it is, and what calling it costs.

use std::error::Error;
use std::panic::catch_unwind;
use std::sync::atomic::Ordering::{Acquire, Release};
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::thread;

use rayon_core::ThreadPoolBuilder;

use super::wake_costs;
use crate::clock::{Nanos, now};
use crate::fingerprint::named_threads;
use crate::tuner::cost::PoolModel;

/// Nobody has touched the global pool through us.
const UNTOUCHED: u8 = 0;
/// A thread of ours is making it.
const STARTING: u8 = 1;
/// It is there.
const READY: u8 = 2;
/// It cannot be made; loops stay plain.
const ABSENT: u8 = 3;

/// What every call that is not a mere plain loop looks at, on one cache line.
#[repr(align(64))]
struct PoolState {
    /// The global pool: one of the above.
    global: AtomicU8,
    /// When a helper last worked, in any pool.
    active: AtomicU64,
}

static STATE: PoolState = PoolState { global: AtomicU8::new(UNTOUCHED), active: AtomicU64::new(0) };

/// Time spent so far in loops that more threads would have made shorter.
static HELPABLE: AtomicU64 = AtomicU64::new(0);

/// A pool is worth starting once ten times what that costs has been seen.
const START_FACTOR: u64 = 10;

/// What starting it costs: 0.1 ms for 2 threads, 5-9 ms for 128; as long as it was never measured, something between.
static START_COST: AtomicU64 = AtomicU64::new(2_000_000);

/// A worker of rayon looks for work this long before it sleeps, as measured.
pub(crate) const HOT_FOR: Nanos = 50_000;

/// Whether helpers can come at all: the caller is in a pool, or the global one is known to be there.
///
/// Outside a pool even asking rayon for the number of threads makes the global pool, on the caller: 0.1 ms for
/// 2 threads, 5-9 ms for 128. So nothing of rayon's is touched before this is true.
pub(crate) fn ready() -> bool {
    rayon_core::current_thread_index().is_some() || STATE.global.load(Acquire) == READY
}

/// Threads of the current pool. Only when [`ready`].
pub(crate) fn threads() -> usize {
    rayon_core::current_num_threads()
}

/// Threads of the global pool, if it is known to be there and this thread is not in some other one.
pub(crate) fn global_threads() -> Option<u32> {
    let outside = rayon_core::current_thread_index().is_none();
    (outside && STATE.global.load(Acquire) == READY).then(|| threads() as u32)
}

/// Threads that a pool has, or would have if it were started. Reads files where there is none yet, once: not for calls.
fn likely_threads() -> usize {
    if ready() {
        return threads();
    }
    match LIKELY.load(Relaxed) {
        0 => {
            let named = named_threads().map(|n| n as usize);
            let likely = named.unwrap_or_else(|| thread::available_parallelism().map_or(1, usize::from));
            LIKELY.store(likely, Relaxed);
            likely
        }
        likely => likely,
    }
}

/// The threads that the global pool will have, as far as known; 0 if that was never asked.
static LIKELY: AtomicUsize = AtomicUsize::new(0);

/// Notes `time` spent in a loop that is worth helping, and starts the global pool in the background when such time adds up.
///
/// `running` is the time spent by a call that is still going on: it counts for the decision, not for the sum.
pub(crate) fn note_helpable(finished: Nanos, running: Nanos) {
    if STATE.global.load(Relaxed) != UNTOUCHED {
        return;
    }
    let seen = if finished > 0 { HELPABLE.fetch_add(finished, Relaxed) + finished } else { HELPABLE.load(Relaxed) };
    if seen + running >= START_FACTOR * START_COST.load(Relaxed) {
        start_in_background();
    }
}

fn start_in_background() {
    if STATE.global.compare_exchange(UNTOUCHED, STARTING, Relaxed, Relaxed).is_err() {
        return;
    }
    let thread = thread::Builder::new().name("amorsize".into()).spawn(start);
    if thread.is_err() {
        STATE.global.store(ABSENT, Release);
    }
}

/// Makes the global pool on this thread, for a caller who asked for threads by number. False if there is none to be had.
pub(crate) fn start_now() -> bool {
    if !ready() && STATE.global.load(Acquire) != ABSENT {
        start();
    }
    ready()
}

fn start() {
    let begin = now();
    // Where it cannot make its threads rayon returns an error only if it is asked in this way; later it panics.
    let refused = ThreadPoolBuilder::new().build_global().is_err_and(|error| error.source().is_some());
    let started = !refused && catch_unwind(rayon_core::current_num_threads).is_ok();
    if started {
        START_COST.store(start_cost(START_COST.load(Relaxed), now() - begin), Relaxed);
        MEASURED.store(true, Relaxed);
    }
    STATE.global.store(if started { READY } else { ABSENT }, Release);
}

/// Whether workers of the pool are likely awake.
pub(crate) fn is_hot(moment: Nanos) -> bool {
    let active = STATE.active.load(Relaxed);
    active != 0 && moment.saturating_sub(active) < HOT_FOR
}

/// A helper has just worked.
pub(crate) fn mark_active(moment: Nanos) {
    STATE.active.store(moment, Relaxed);
}

/// What starting a pool is taken to cost, when it was taken to cost `old` and this time took `seen`.
///
/// A process that finds it too dear does not start one, and so never finds out that it is not: what a busy machine once
/// took must not be believed as it is.
fn start_cost(old: Nanos, seen: Nanos) -> Nanos {
    seen.clamp(old / 2, old * 2).clamp(50_000, 10_000_000)
}

/// Whether this process has started a pool, and so found out what that costs.
static MEASURED: AtomicBool = AtomicBool::new(false);

/// What this process found out about the costs of helpers: of starting the pool, and of calling, asleep and awake
/// (arrival, caller's part; 0 where nothing is known). `None` if it never started a pool.
pub(crate) fn costs() -> Option<(Nanos, [(f32, f32); 2])> {
    MEASURED.load(Relaxed).then(|| (START_COST.load(Relaxed), wake_costs::measured()))
}

/// What another process found out, unless this one knows better: how many threads the global pool will have, and what
/// helpers cost.
pub(crate) fn recall(threads: usize, start: Nanos, wake: [(f32, f32); 2]) {
    LIKELY.store(threads, Relaxed);
    if MEASURED.load(Relaxed) {
        return;
    }
    if start > 0 {
        START_COST.store(start_cost(start, start), Relaxed);
    }
    wake_costs::recall(wake);
}

/// The machine as the cost model sees it. Only when [`ready`].
pub(crate) fn model() -> PoolModel {
    wake_costs::pool_model(threads())
}

/// The machine as the cost model will see it once there is a pool. Slow while there is none.
pub(crate) fn likely_model() -> PoolModel {
    wake_costs::pool_model(likely_threads())
}

/// The machine, or while there is no pool one of as many threads as it will turn out to have: to count them takes 20 us.
pub(crate) fn quick_model() -> PoolModel {
    if ready() { model() } else { wake_costs::pool_model(AS_MANY_AS_THERE_ARE) }
}

/// More threads than a plan can have: cut down to those of the pool when the plan is used.
const AS_MANY_AS_THERE_ARE: usize = 1 << 16;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn starting_is_never_taken_to_cost_more_than_it_can() {
        let busy = (0..20).fold(2_000_000, |cost, _| start_cost(cost, 3_000_000_000));
        assert_eq!(busy, 10_000_000);
        assert_eq!((0..20).fold(busy, |cost, _| start_cost(cost, 130_000)), 130_000);
    }
}
