//! The rayon pool that helpers come from: whether it was started, whether its workers are awake, how many there are.

use std::cell::Cell;
use std::error::Error;
use std::panic::catch_unwind;
use std::sync::atomic::Ordering::{Acquire, Release};
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::thread;

use rayon_core::ThreadPoolBuilder;

use super::cores;
use super::start_thread::start_thread;
use super::wake_costs;
use crate::tuner::cost::{PoolModel, Waiting, tolerance};
use amorsize_store::clock::{Nanos, now, since};
use amorsize_store::config::{config, named_threads};
use amorsize_store::fork::is_forked_child;

/// Nothing was done about the global pool.
const UNTOUCHED: u8 = 0;
/// A background thread is starting it.
const STARTING: u8 = 1;
/// It was started.
const READY: u8 = 2;
/// It cannot be started; all loops are plain.
const ABSENT: u8 = 3;

/// What every call reads that is not known to be a plain loop, on one cache line.
#[repr(align(64))]
struct PoolState {
    /// The state of the global pool: one of the constants above.
    global: AtomicU8,
    /// When a helper last worked, in any pool; 0 if none ever did.
    active: AtomicU64,
}

static STATE: PoolState = PoolState { global: AtomicU8::new(UNTOUCHED), active: AtomicU64::new(0) };

/// Time spent so far in loops that helpers would have made shorter, ns.
static HELPABLE: AtomicU64 = AtomicU64::new(0);

/// The pool is started once [`HELPABLE`] is this many times the cost of starting it.
const START_FACTOR: u64 = 10;

/// What starting the pool costs, ns: 0.1 ms for 2 threads, 5-9 ms for 128. Until it was measured, a value in between.
static START_COST: AtomicU64 = AtomicU64::new(2_000_000);

/// How long a worker of rayon looks for work before it sleeps, as measured.
pub(crate) const HOT_FOR: Nanos = 50_000;

/// Whether helpers can come at all: this thread belongs to a pool, or the global pool is known to be running.
///
/// Outside a pool, even asking rayon for the number of threads starts the global pool on the calling thread: 0.1 ms for
/// 2 threads, 5-9 ms for 128. So no function of rayon that does is called before this is true.
pub(crate) fn ready() -> bool {
    is_worker() || STATE.global.load(Acquire) == READY
}

thread_local! {
    /// Whether this thread belongs to the wide pool.
    static IS_WIDE_WORKER: Cell<bool> = const { Cell::new(false) };
}

/// This thread belongs to the wide pool, whose threads are more than there are cores.
pub(super) fn mark_wide_worker() {
    IS_WIDE_WORKER.with(|is_wide| is_wide.set(true));
}

/// Whether this thread belongs to the wide pool.
pub(super) fn is_wide_worker() -> bool {
    IS_WIDE_WORKER.with(Cell::get)
}

/// Whether this thread belongs to a pool.
pub(super) fn is_worker() -> bool {
    rayon_core::current_thread_index().is_some()
}

/// Threads of the current pool, as far as they may be used: of the wide pool, as many as there are cores. To be called only when
/// [`ready`].
pub(crate) fn threads() -> usize {
    if is_wide_worker() { likely() } else { cores::limited(limited(rayon_core::current_num_threads())) }
}

/// The same; 1 while helpers cannot come.
pub(super) fn ready_threads() -> usize {
    if ready() { threads() } else { 1 }
}

pub(super) fn limited(threads: usize) -> usize {
    threads.min(config().thread_limit())
}

/// The most helpers of one call, and of all calls together.
pub(super) fn most_helpers() -> usize {
    config().thread_limit() - 1
}

/// Helpers at work; counted only where their number is limited.
static HELPERS: AtomicUsize = AtomicUsize::new(0);

/// The right to work as a helper, until it is dropped.
pub(super) struct Seat(bool);

impl Seat {
    /// `None` if as many helpers work in this process as may.
    pub(super) fn take() -> Option<Self> {
        let most = most_helpers();
        if most == usize::MAX - 1 {
            return Some(Self(false));
        }
        HELPERS.fetch_update(Relaxed, Relaxed, |helpers| (helpers < most).then_some(helpers + 1)).ok()?;
        Some(Self(true))
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        if self.0 {
            HELPERS.fetch_sub(1, Relaxed);
        }
    }
}

/// Threads of the global pool, if it is known to be running and this thread does not belong to another one.
pub(crate) fn global_threads() -> Option<u32> {
    (!is_worker() && STATE.global.load(Acquire) == READY).then(|| rayon_core::current_num_threads() as u32)
}

/// Threads of the current pool, or those that the global pool would have: they are taken for the cores that may be used. Without
/// a pool this reads files, once: too slow for short calls.
pub(super) fn cores() -> usize {
    if ready() { threads() } else { likely() }
}

/// Threads that the global pool has or would have.
fn likely() -> usize {
    cores::limited(limited(match LIKELY.load(Relaxed) {
        0 => {
            let named = named_threads().map(|n| n as usize);
            let likely = named.unwrap_or_else(|| thread::available_parallelism().map_or(1, usize::from));
            LIKELY.store(likely, Relaxed);
            likely
        }
        likely => likely,
    }))
}

/// The threads that the global pool will have; 0 if unknown.
static LIKELY: AtomicUsize = AtomicUsize::new(0);

/// Adds the time of a loop that helpers would have made shorter, and starts the global pool in the background once there
/// is enough of it.
///
/// `running` is the time of a call that is not finished: it counts for the decision and is not added.
pub(crate) fn note_helpable(finished: Nanos, running: Nanos) {
    if STATE.global.load(Relaxed) != UNTOUCHED {
        return;
    }
    let seen = if finished > 0 { HELPABLE.fetch_add(finished, Relaxed) + finished } else { HELPABLE.load(Relaxed) };
    if seen + running >= START_FACTOR * START_COST.load(Relaxed) {
        start_in_background();
    }
}

/// The same for a call of `serial` ns whose plan says that helpers make it shorter. Calls that were shared before are likely
/// to come again, so their time counts for more: the pool is started when these calls have lost about what that costs.
pub(crate) fn note_known_helpable(serial: Nanos) {
    note_helpable(KNOWN.saturating_mul(serial), 0);
}

/// The same for a call that is running and whose plan says that helpers make it shorter: what is left of it takes `left` ns in
/// the plain loop. The pool is started at once if two threads would save twice what that costs.
pub(crate) fn note_known_left(left: f64) {
    if left / 2.0 >= 2.0 * START_COST.load(Relaxed) as f64 {
        start_in_background();
    }
}

/// With this weight, and their own time when they are over, calls whose plan is known start the pool after twice the time
/// that starting takes: two threads save half of it.
const KNOWN: u64 = START_FACTOR / 2 - 1;

fn start_in_background() {
    if is_forked_child()
        || most_helpers() == 0
        || STATE.global.compare_exchange(UNTOUCHED, STARTING, Relaxed, Relaxed).is_err()
    {
        return;
    }
    if start_thread("amorsize", start).is_err() {
        STATE.global.store(ABSENT, Release);
    }
    // The new thread may have been given to the processor that this one keeps busy, and would wait for milliseconds.
    thread::yield_now();
}

/// Starts the global pool on this thread, for a call with a fixed number of threads. Whether there is a pool now in which
/// helpers may work.
pub(crate) fn start_now() -> bool {
    if most_helpers() == 0 {
        return false;
    }
    if !ready() && STATE.global.load(Acquire) != ABSENT {
        start();
    }
    ready()
}

fn start() {
    cores::note_start();
    let begin = now();
    // If threads cannot be made, rayon returns an error here, and panics when the pool is started implicitly.
    let refused = ThreadPoolBuilder::new().build_global().is_err_and(|error| error.source().is_some());
    let started = !refused && catch_unwind(rayon_core::current_num_threads).is_ok();
    if started {
        START_COST.store(start_cost(START_COST.load(Relaxed), since(begin)), Relaxed);
        MEASURED.store(true, Relaxed);
    }
    STATE.global.store(if started { READY } else { ABSENT }, Release);
}

/// Whether workers of the pool are likely awake.
pub(crate) fn is_hot(moment: Nanos) -> bool {
    let active = STATE.active.load(Relaxed);
    active != 0 && moment.saturating_sub(active) < HOT_FOR
}

/// To be called when a helper has worked.
pub(crate) fn mark_active(moment: Nanos) {
    STATE.active.store(moment, Relaxed);
}

/// The new value of [`START_COST`], when it was `old` and starting a pool took `seen`.
///
/// It falls by half at most, rises by an eighth at most, and stays within limits. A start seems slow when the new threads
/// wait for a processor, and a process that believes that would start no pool any more, and so never measure it again.
fn start_cost(old: Nanos, seen: Nanos) -> Nanos {
    seen.clamp(old / 2, old + old / 8).clamp(50_000, 10_000_000)
}

/// Whether this process has started the pool, and so measured what that costs.
static MEASURED: AtomicBool = AtomicBool::new(false);

/// What this process measured: the cost of starting the pool, and what calling helpers costs while it is asleep and
/// awake, as (arrival, caller's part); 0 where nothing is known. `None` if it never started the pool.
pub(crate) fn costs() -> Option<(Nanos, [(f32, f32); 2])> {
    MEASURED.load(Relaxed).then(|| (START_COST.load(Relaxed), wake_costs::measured()))
}

/// Takes over what another process measured, except where this one has measured: the number of threads that the global
/// pool will have, what starting it costs, and what calling helpers costs.
pub(crate) fn recall(threads: usize, start: Nanos, wake: [(f32, f32); 2]) {
    expect(threads);
    if MEASURED.load(Relaxed) {
        return;
    }
    if start > 0 {
        START_COST.store(start_cost(start, start), Relaxed);
    }
    wake_costs::recall(wake);
}

/// Notes how many threads the global pool will have.
pub(crate) fn expect(threads: usize) {
    LIKELY.store(threads, Relaxed);
}

/// The pool as the cost model sees it. To be called only when [`ready`].
pub(crate) fn model() -> PoolModel {
    model_of(threads(), None)
}

/// A pool of so many threads as the cost model sees it.
pub(super) fn model_of(threads: usize, waiting: Option<Waiting>) -> PoolModel {
    let tolerance = tolerance(threads, config().prefers_fewest_threads());
    PoolModel { waiting, tolerance, ..wake_costs::pool_model(threads) }
}

/// The same, also before the pool is started. Without a pool this is too slow for calls.
pub(crate) fn likely_model() -> PoolModel {
    model_of(cores(), None)
}

/// The same, quickly: while there is no pool it is taken to be larger than any, because counting threads takes 20 us.
pub(crate) fn quick_model() -> PoolModel {
    if ready() { model() } else { wake_costs::pool_model(AS_MANY_AS_THERE_ARE) }
}

/// More threads than any pool has. A plan that was made with it is limited to the threads of the pool when it is used.
const AS_MANY_AS_THERE_ARE: usize = 1 << 16;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn starting_is_never_taken_to_cost_more_than_it_can() {
        let busy = (0..40).fold(2_000_000, |cost, _| start_cost(cost, 3_000_000_000));
        assert_eq!(busy, 10_000_000);
        let mixed = (0..100).fold(2_000_000, |cost, i| start_cost(cost, if i % 5 == 0 { 200_000 } else { 3_000_000 }));
        assert!(mixed < 500_000, "one good start in five is believed: {mixed}");
        assert_eq!((0..20).fold(busy, |cost, _| start_cost(cost, 130_000)), 130_000);
    }
}
