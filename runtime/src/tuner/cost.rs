//! The cost model: `(measurements, pool) -> prediction`. All times are in nanoseconds.

use amorsize_store::config::Rigor;

/// What it costs to call a helper.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct WakeCost {
    /// From the call to the helper's first chunk, ns.
    pub(crate) arrive: f32,
    /// How much of that the caller spends on calling, ns.
    pub(crate) call: f32,
}

impl WakeCost {
    /// What is assumed until it was measured: values of two virtual cores, for a sleeping pool on the high side.
    pub(crate) const fn initial(hot: bool) -> Self {
        if hot { Self { arrive: 1_500.0, call: 200.0 } } else { Self { arrive: 80_000.0, call: 20_000.0 } }
    }

    /// After a call whose caller spent `call` on queueing jobs, if it had to queue any. The first helper began after
    /// `arrive`; if none `came`, the call ended after `arrive`.
    pub(crate) fn observed(self, call: Option<f32>, arrive: f32, came: bool) -> Self {
        Self {
            arrive: if came || arrive > self.arrive { towards(self.arrive, arrive) } else { self.arrive },
            call: call.map_or(self.call, |call| towards(self.call, call)),
        }
    }
}

/// One step of a running median. A mean would follow the rare very long times (of a busy machine, of a thread that lost
/// its core).
fn towards(old: f32, seen: f32) -> f32 {
    const STEP: f32 = 1.2;
    if seen > old { seen.min(old * STEP) } else { seen.max(old / STEP).max(1.0) }
}

/// The pool as the cost model sees it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PoolModel {
    /// Threads of the pool.
    pub(crate) threads: usize,
    /// While its workers are awake: they worked within the last 50 us.
    pub(crate) hot: WakeCost,
    /// While its workers sleep.
    pub(crate) cold: WakeCost,
    /// Of a pool with more threads than cores, for items that wait.
    pub(crate) waiting: Option<Waiting>,
    /// Fewer threads than the fastest are used as long as they take no longer than this many times its time.
    pub(crate) tolerance: f64,
    /// How hard to look for the best number of threads.
    pub(crate) rigor: Rigor,
}

/// Work that waits for a part of its time, on a pool with more threads than there are cores.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Waiting {
    /// The cores that may be used.
    pub(crate) cores: usize,
    /// The part of its time for which an item has a processor, from 0 to 1.
    pub(crate) cpu: f64,
}

impl PoolModel {
    /// The same, where plans are to be looked for this hard.
    pub(crate) fn with(self, rigor: Rigor) -> Self {
        Self { rigor, ..self }
    }

    pub(crate) fn wake(&self, hot: bool) -> WakeCost {
        if hot { self.hot } else { self.cold }
    }

    /// What calling for help costs the caller, ns: a spare helper is called, too, of a pool that sleeps.
    pub(crate) fn calling(&self, hot: bool) -> f64 {
        f64::from(self.wake(hot).call) * if hot { 1.0 } else { 2.0 }
    }

    /// The wall time of a loop of `serial` ns on `n_jobs` threads:
    /// `T(n) = A + (S - A + W) / n + 3 us`, where the caller works alone until helpers arrive after `A`, and what
    /// then remains, with the `W` that the caller lost by calling, is shared. Without a helper in time it is `S + W`.
    ///
    /// Where items wait, the `C` that they need of a processor is shared by the cores, however many threads there are:
    /// `max((S - A + W) / n, C / cores)` takes the place of the part that is shared.
    pub(crate) fn shared_time(&self, serial: f64, n_jobs: usize, hot: bool) -> f64 {
        if n_jobs < 2 {
            return serial;
        }
        let (arrive, call) = self.arrival(n_jobs, hot);
        if serial <= arrive {
            return serial + call;
        }
        let left = serial - arrive + call;
        let on_cores = self.waiting.map_or(0.0, |Waiting { cores, cpu }| left * cpu / cores as f64);
        arrive + on_cores.max(left / n_jobs as f64) + CLOSING
    }

    /// The reverse: what the plain loop takes by the model, if `n_jobs` threads take `wall` ns.
    pub(crate) fn serial_time(&self, wall: f64, n_jobs: usize, hot: bool) -> f64 {
        if n_jobs < 2 {
            return wall;
        }
        let (arrive, call) = self.arrival(n_jobs, hot);
        let at_once = self.waiting.map_or(f64::INFINITY, |Waiting { cores, cpu }| cores as f64 / cpu.max(0.001));
        (arrive - call + (wall - arrive - CLOSING) * at_once.min(n_jobs as f64)).max(wall - call)
    }

    /// When helpers work, on average, and what calling them costs the caller, ns.
    fn arrival(&self, n_jobs: usize, hot: bool) -> (f64, f64) {
        let wake = self.wake(hot);
        // Each helper that comes calls others, so the last ones come later than the first.
        let steps = (0.75 * (n_jobs as f64).log2()).max(1.0);
        (f64::from(wake.arrive) * steps, f64::from(wake.call))
    }
}

/// How much longer than with the fastest number of threads a call may take with fewer, as a factor: see
/// [`PoolModel::tolerance`].
pub(crate) fn tolerance(threads: usize, fewest: bool) -> f64 {
    match threads {
        _ if fewest => 1.10,
        8.. => 1.05,
        _ => 1.0,
    }
}

/// What it costs that all threads meet at the end, ns.
const CLOSING: f64 = 3_000.0;

/// A loop that was never measured on several threads is shared only if the predicted gain is at least this factor.
pub(crate) const GAIN: f64 = 1.1;

/// The shortest time a chunk should take, ns: the counter and the clock then cost less than a hundredth of it.
pub(crate) const SHORTEST_CHUNK: f64 = 5_000.0;
/// The longest time a chunk should take, ns: a stretch of heavy items is then shared among threads too.
pub(crate) const LONGEST_CHUNK: f64 = 50_000.0;

/// How many items take `time` at `cost` each; at least one.
pub(crate) fn items_in(time: f64, cost: f64) -> usize {
    if cost > 0.0 { (time / cost) as usize } else { 1 }.max(1)
}

/// Calls that are expected to be shorter than this (ns) are timed once in 1,024 times only.
pub(crate) const WORTH_TIMING: f64 = 5_000.0;

#[cfg(test)]
mod tests {
    use super::*;

    const POOL: PoolModel = PoolModel {
        threads: 8,
        hot: WakeCost::initial(true),
        cold: WakeCost::initial(false),
        waiting: None,
        tolerance: 1.0,
        rigor: Rigor::Measure,
    };

    #[test]
    fn a_short_loop_gains_nothing_from_sleepers() {
        for serial in [1e3, 2e4, 8e4, 1e5] {
            assert!(GAIN * POOL.shared_time(serial, 2, false) > serial, "{serial} ns");
        }
    }

    #[test]
    fn a_long_loop_gains_as_many_times_as_there_are_threads() {
        for n_jobs in [2usize, 4, 8] {
            let gain = 1e9 / POOL.shared_time(1e9, n_jobs, false);
            assert!((gain - n_jobs as f64).abs() < 0.02, "{gain} on {n_jobs}");
        }
    }

    #[test]
    fn waiting_is_shared_by_all_threads_and_work_by_the_cores() {
        let gain = |n_jobs, cpu| {
            let pool = PoolModel { waiting: Some(Waiting { cores: 2, cpu }), ..POOL };
            1e9 / pool.shared_time(1e9, n_jobs, false)
        };
        for (n_jobs, cpu, expected) in [(64, 0.0, 63.7), (64, 0.1, 20.0), (8, 0.1, 8.0), (64, 0.5, 4.0), (64, 1.0, 2.0)]
        {
            let gain = gain(n_jobs, cpu);
            assert!((gain / expected - 1.0).abs() < 0.02, "{n_jobs} {cpu}: {gain}");
        }
    }

    #[test]
    fn more_work_never_takes_less_time() {
        for hot in [false, true] {
            for n_jobs in [1, 2, 8, 256] {
                let times: Vec<f64> = (0..60).map(|i| POOL.shared_time(1.4f64.powi(i), n_jobs, hot)).collect();
                // A call whose helpers come just in time may take less than one whose helpers come too late.
                let call = f64::from(POOL.wake(hot).call);
                assert!(times.windows(2).all(|t| t[1] > t[0] - call), "{n_jobs} {hot}");
            }
        }
    }

    #[test]
    fn a_few_threads_are_all_used_unless_the_user_prefers_fewer() {
        assert!(tolerance(7, false) <= 1.0 && tolerance(8, false) > 1.0);
        assert!(tolerance(2, true) > tolerance(128, false));
    }

    #[test]
    fn one_long_wake_in_ten_is_not_the_usual_one() {
        let mut usual = WakeCost::initial(false);
        for i in 0..1000 {
            usual = usual.observed(None, if i % 10 == 0 { 5e6 } else { 30_000.0 }, true);
        }
        assert!((29_000.0..=37_000.0).contains(&usual.arrive), "{usual:?}");
    }

    #[test]
    fn items_in_a_time() {
        assert_eq!(items_in(5_000.0, 2.0), 2_500);
        assert_eq!(items_in(5_000.0, 1e9), 1);
        assert_eq!(items_in(5_000.0, 0.0), 1);
        assert_eq!(items_in(5_000.0, f64::NAN), 1);
    }
}
