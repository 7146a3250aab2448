//! Every call is a free experiment: ways to run a loop, what each took, and which is next.
//!
//! A way ("arm") is a number of threads. Their times are kept apart for a pool that is awake and one that sleeps,
//! which differ by a factor of ten in what help costs; the plain loop takes the same at both. All values are
//! nanoseconds an item, so that calls of different lengths in one bucket speak of the same thing.

use super::cost::{GAIN, Machine};

/// The last times of one arm.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Times {
    last: [f32; Self::KEPT],
    count: u32,
}

impl Times {
    const KEPT: usize = 8;

    pub(crate) fn push(&mut self, cost: f64) {
        self.last[self.count as usize % Self::KEPT] = cost as f32;
        // Where it would overflow, only the place of the next one matters.
        self.count = self.count.checked_add(1).unwrap_or(Self::KEPT as u32);
    }

    fn sorted(&self) -> ([f32; Self::KEPT], usize) {
        let known = (self.count as usize).min(Self::KEPT);
        let mut sorted = self.last;
        sorted[..known].sort_unstable_by(f32::total_cmp);
        (sorted, known)
    }

    /// What this arm takes: the mean of lower quartile and median, of which neither a hiccup nor one lucky call moves
    /// much; the minimum below three.
    pub(crate) fn value(&self) -> Option<f64> {
        let (sorted, known) = self.sorted();
        match known {
            0 => None,
            1 | 2 => Some(f64::from(sorted[0])),
            _ => Some(f64::midpoint(f64::from(sorted[known / 4]), f64::from(sorted[known / 2]))),
        }
    }

    /// Whether the two lowest differ so much that three samples are not enough.
    fn scattered(&self) -> bool {
        let (sorted, known) = self.sorted();
        known >= 2 && sorted[1] > 1.12 * sorted[0]
    }
}

/// What was learned of one function at one size of input.
#[derive(Clone, Debug, Default)]
pub(crate) struct Learned {
    /// The plain loop, from start to end.
    serial: Times,
    /// What the plain loop would take, going by the items that were done while nobody helped.
    estimate: Option<f64>,
    /// Shared runs: asleep, awake.
    shared: [Shared; 2],
}

/// What was learned of shared runs at one temperature.
#[derive(Clone, Debug, Default)]
struct Shared {
    /// By number of threads, as tried.
    arms: Vec<(usize, Times)>,
    /// Time of all calls, and what of it the best arm would have saved.
    spent: f64,
    lost: f64,
    /// Runs in a row in which helpers were kept away.
    starved: u32,
}

/// What to do next, and why.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Choice {
    /// 1 for the plain loop.
    pub(crate) n_jobs: usize,
    /// What an item takes in the plain loop, measured or estimated.
    pub(crate) serial: f64,
    /// What an item is expected to take in this choice.
    pub(crate) expected: f64,
    /// Whether this choice has been measured, or only predicted.
    pub(crate) measured: bool,
    /// Nothing is left that is worth trying.
    pub(crate) settled: bool,
}

/// An arm is worth another look while it is within this of the best.
const CLOSE: f64 = 1.10;
/// An arm that was never tried is, if the model puts it within this of the best.
const PROMISING: f64 = 1.05;
/// The plain loop is, if its estimate is within this of the best: estimates of it are rough.
const ROUGHLY: f64 = 1.6;
/// A single time that exceeds its prediction by this much may be a hiccup.
const OUTLIER: f64 = 1.3;
/// Samples an arm gets before it is judged, and when they scatter.
const ENOUGH: u32 = 3;
const ENOUGH_SCATTERED: u32 = 8;
/// Trying may lose this part of all time spent, ...
const BUDGET: f64 = 0.05;
/// ... and this part of one call.
const ADVANCE: f64 = 0.25;
/// A run in which helpers worked less than this part of the time they could have says little of the function.
const STARVED: f64 = 0.5;
/// Unless it keeps happening.
const STARVED_ROW: u32 = 8;

impl Learned {
    /// The plain loop over `len` items took `time`.
    pub(crate) fn looped(&mut self, len: usize, time: f64) {
        let cost = time / len as f64;
        self.serial.push(cost);
        self.estimate = Some(cost);
        for shared in &mut self.shared {
            shared.account(time, cost, len, self.serial.value());
        }
    }

    /// The plain loop is estimated to take `time` for `len` items.
    pub(crate) fn estimate(&mut self, len: usize, time: f64) {
        self.estimate = Some(time / len as f64);
    }

    /// `n_jobs` threads took `time` for `len` items; the helpers were at work for `helped`, added up.
    pub(crate) fn shared(&mut self, len: usize, n_jobs: usize, hot: bool, time: f64, helped: f64) {
        let cost = time / len as f64;
        let serial = self.serial.value();
        let shared = &mut self.shared[usize::from(hot)];
        shared.account(time, cost, len, serial);
        let starved = helped < STARVED * time * (n_jobs - 1) as f64;
        shared.starved = if starved { shared.starved + 1 } else { 0 };
        if starved && shared.starved <= STARVED_ROW {
            return;
        }
        if let Some((_, times)) = shared.arms.iter_mut().find(|(n, _)| *n == n_jobs) {
            times.push(cost);
        } else {
            let mut times = Times::default();
            times.push(cost);
            shared.arms.push((n_jobs, times));
        }
    }

    /// What an item takes in the plain loop, as far as known.
    pub(crate) fn serial(&self) -> Option<f64> {
        self.serial.value().or(self.estimate)
    }

    /// What to do with `len` items at this temperature. `None` if nothing is known.
    pub(crate) fn choose(&self, len: usize, machine: &Machine, hot: bool) -> Option<Choice> {
        let serial = self.serial()?;
        let n = len as f64;
        let shared = &self.shared[usize::from(hot)];
        let choice = |n_jobs, expected, measured, settled| Choice { n_jobs, serial, expected, measured, settled };
        let predict = |n_jobs| machine.shared(serial * n, n_jobs, hot) / n;

        let measured = |times: &Times| times.value();
        let best_shared = shared.arms.iter().filter_map(|(n, times)| Some((*n, measured(times)?)));
        let best = best_shared.chain(self.serial.value().map(|cost| (1, cost))).min_by(|a, b| a.1.total_cmp(&b.1));

        let Some((best_jobs, best)) = best else {
            // Nothing but a prediction: share only if it promises a clear gain.
            return Some(
                threads(machine, len)
                    .map(|n_jobs| (n_jobs, predict(n_jobs)))
                    .min_by(|a, b| a.1.total_cmp(&b.1))
                    .filter(|(_, predicted)| GAIN * predicted < serial)
                    .map_or(choice(1, serial, false, false), |(n_jobs, cost)| choice(n_jobs, cost, false, false)),
            );
        };

        let untried = threads(machine, len)
            .filter(|n_jobs| shared.arms.iter().all(|(n, _)| n != n_jobs))
            .map(|n_jobs| (n_jobs, predict(n_jobs)))
            .filter(|(_, cost)| if best_jobs == 1 { GAIN * cost < best } else { *cost < PROMISING * best });
        let untried_loop = (self.serial.count == 0 && serial < ROUGHLY * best).then_some((1, serial));
        let close = |n_jobs: usize, times: &Times| {
            let cost = times.value()?;
            let enough = if times.scattered() { ENOUGH_SCATTERED } else { ENOUGH };
            let hiccup = times.count == 1 && cost > OUTLIER * predict(n_jobs) && predict(n_jobs) < PROMISING * best;
            (times.count < enough && (cost < CLOSE * best || hiccup)).then_some((n_jobs, cost.min(CLOSE * best)))
        };
        let tried =
            shared.arms.iter().filter_map(|(n_jobs, times)| close(*n_jobs, times)).chain(close(1, &self.serial));

        let next = untried.chain(untried_loop).chain(tried).min_by(|a, b| a.1.total_cmp(&b.1));
        let affordable =
            |expected: f64| shared.lost + (expected - best).max(0.0) * n <= BUDGET * shared.spent + ADVANCE * best * n;
        Some(match next {
            Some((n_jobs, cost)) if affordable(cost) => choice(n_jobs, cost, false, false),
            open => choice(best_jobs, best, true, open.is_none()),
        })
    }
}

impl Shared {
    fn account(&mut self, time: f64, cost: f64, len: usize, serial: Option<f64>) {
        let best = self.arms.iter().filter_map(|(_, times)| times.value()).chain(serial).fold(cost, f64::min);
        self.spent += time;
        self.lost += (cost - best) * len as f64;
    }
}

/// The numbers of threads worth trying: all, a half, a quarter, .. of the pool, and never more than items.
fn threads(machine: &Machine, len: usize) -> impl Iterator<Item = usize> {
    std::iter::successors(Some(machine.threads.min(len)), |n| Some(n / 2)).take_while(|n| *n >= 2)
}
