//! Every call is a free experiment: ways to run a loop, what each took, and which is next.
//!
//! A way ("arm") is a number of threads. Their times are kept apart for a pool that is awake and one that sleeps,
//! which differ by a factor of ten in what help costs; the plain loop takes the same at both. All values are
//! nanoseconds an item, so that calls of different lengths in one bucket speak of the same thing.

use super::cost::{GAIN, PoolModel};
use super::time_bucket::TimeBucket;
use super::times::{ENOUGH, Times};

/// What was learned of one function at one size of input.
#[derive(Clone, Debug, Default)]
pub(crate) struct Learned {
    /// The plain loop, from start to end.
    pub(super) serial: Times,
    /// What the plain loop would take, going by the first call: a rough idea.
    pub(super) estimate: Option<f64>,
    /// What it would take at most: the least that all threads of a shared run together spent.
    pub(super) bound: Option<f64>,
    /// SharedRuns runs: asleep, awake.
    pub(super) shared: [SharedRuns; 2],
    /// Calls that taught something.
    pub(super) calls: u64,
    /// It was learned by another process, and no call of this one has said anything to it.
    pub(super) unconfirmed: bool,
}

/// What was learned of shared runs at one temperature.
#[derive(Clone, Debug, Default)]
pub(super) struct SharedRuns {
    /// By number of threads, as tried.
    pub(super) arms: Vec<(usize, Times)>,
    /// Time of all calls, and what of it the best arm would have saved.
    pub(super) spent: f64,
    pub(super) lost: f64,
    /// Time since another arm than the best was last looked at.
    pub(super) since: f64,
    /// Runs in a row in which helpers were kept away.
    pub(super) starved: u32,
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
/// The plain loop's estimate may be too high by this factor.
const ROUGHLY: f64 = 1.35;
/// A single time that exceeds its prediction by this much may be a hiccup.
const OUTLIER: f64 = 1.3;
/// Samples an arm gets before it is judged where they scatter.
const ENOUGH_SCATTERED: u32 = 8;
/// Trying may lose this part of all time spent, ...
const BUDGET: f64 = 0.05;
/// ... and this part of one call.
const ADVANCE: f64 = 0.25;
/// The next best of what is settled is looked at again in this part of the time.
const RETESTING: f64 = 0.01;
/// One call counts as a loss of this part of the best at most.
const LOSS: f64 = 0.5;
/// A run in which helpers worked less than this part of the time they could have says little of the function.
const STARVED: f64 = 0.5;
/// Unless it keeps happening.
pub(super) const STARVED_ROW: u32 = 8;

impl Learned {
    /// The plain loop over `len` items took `time`.
    pub(crate) fn record_loop(&mut self, len: usize, time: f64) {
        self.calls += 1;
        let cost = time / len as f64;
        let before = self.serial();
        for shared in &mut self.shared {
            shared.account(1, cost, len, before);
        }
        self.serial.push(cost);
    }

    /// The plain loop is estimated to take `time` for `len` items.
    pub(crate) fn record_estimate(&mut self, len: usize, time: f64) {
        self.calls += 1;
        self.estimate = Some(time / len as f64);
    }

    /// The plain loop takes `time` for `len` items at most: all threads of a shared run together spent that.
    pub(crate) fn record_bound(&mut self, len: usize, time: f64) {
        let all = time / len as f64;
        self.bound = Some(self.bound.map_or(all, |before| before.min(all)));
    }

    /// `n_jobs` threads took `time` for `len` items; the helpers were at work for `helped`, added up.
    pub(crate) fn record_shared(&mut self, len: usize, n_jobs: usize, hot: bool, time: f64, helped: f64) {
        self.calls += 1;
        let cost = time / len as f64;
        self.record_bound(len, time + helped);
        let serial = self.serial();
        let shared = &mut self.shared[usize::from(hot)];
        shared.account(n_jobs, cost, len, serial);
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

    /// Calls that taught something.
    pub(crate) fn calls(&self) -> u64 {
        self.calls
    }

    /// A call of this process found that an item takes `cost` in the plain loop. If it is the first one, and another
    /// process had found something clearly different, all that is forgotten. False if so.
    pub(crate) fn confirm(&mut self, cost: f64) -> bool {
        let believed = self.serial().filter(|_| self.unconfirmed);
        self.unconfirmed = false;
        if believed.is_some_and(|believed| TimeBucket::differs(believed, cost)) {
            *self = Self::default();
            return false;
        }
        true
    }

    /// Whether so many threads were ever measured.
    pub(crate) fn has_tried(&self, n_jobs: usize, hot: bool) -> bool {
        n_jobs == 1 || self.shared[usize::from(hot)].arms.iter().any(|(n, _)| *n == n_jobs)
    }

    /// What an item takes with `n_jobs` threads, measured or else predicted. `None` if nothing is known.
    pub(crate) fn expects(&self, n_jobs: usize, len: usize, pool: &PoolModel, hot: bool) -> Option<f64> {
        let arm = self.shared[usize::from(hot)].arms.iter().find(|(n, _)| *n == n_jobs);
        let measured = if n_jobs == 1 { self.serial.value() } else { arm.and_then(|(_, times)| times.value()) };
        let n = len as f64;
        measured.or_else(|| Some(pool.shared_time(self.serial()? * n, n_jobs, hot) / n))
    }

    /// What an item takes in the plain loop, as far as known.
    pub(crate) fn serial(&self) -> Option<f64> {
        let known = [self.serial.value(), self.estimate, self.bound];
        let value = self.serial.value().filter(|_| !self.doubtful());
        value.or_else(|| known.into_iter().flatten().min_by(f64::total_cmp))
    }

    /// Whether the plain loop was hardly measured, or so rarely and found so slow that it must have been hit by something
    /// else: it cannot take longer than all threads of a shared run together.
    fn doubtful(&self) -> bool {
        let slow = |value| self.bound.is_some_and(|bound| value > CLOSE * bound);
        self.serial.count < 2 || self.serial.count < ENOUGH && self.serial.value().is_none_or(slow)
    }

    /// Whether no shared run was ever measured.
    pub(crate) fn is_serial(&self) -> bool {
        self.shared.iter().all(|shared| shared.arms.is_empty())
    }

    /// What to do with `len` items at this temperature. `None` if nothing is known.
    pub(crate) fn choose(&self, len: usize, pool: &PoolModel, hot: bool) -> Option<Choice> {
        let serial = self.serial()?;
        let n = len as f64;
        let shared = &self.shared[usize::from(hot)];
        let choice = |n_jobs, expected, measured, settled| Choice { n_jobs, serial, expected, measured, settled };
        let model = |n_jobs| pool.shared_time(serial * n, n_jobs, hot) / n;
        // Threads that compete (for memory, say) slow each other down: what was measured tells by how much each.
        let competition = shared.competition(model);
        let slower = |n_jobs: usize| 1.0 + competition * (n_jobs - 1) as f64;
        let predict = |n_jobs| pool.shared_time(serial * n * slower(n_jobs), n_jobs, hot) / n;

        // Arms of a larger pool than this one are none here.
        let arms = || shared.arms.iter().filter(|(n, _)| *n <= pool.threads);
        let best_shared = arms().filter_map(|(n, times)| Some((*n, times.value()?)));
        let best = best_shared.chain(self.serial.value().map(|cost| (1, cost))).min_by(|a, b| a.1.total_cmp(&b.1));

        let Some((best_jobs, best)) = best else {
            // Nothing but a prediction: share only if it promises a clear gain.
            return Some(
                threads(pool, len)
                    .map(|n_jobs| (n_jobs, predict(n_jobs)))
                    .min_by(|a, b| a.1.total_cmp(&b.1))
                    .filter(|(_, predicted)| GAIN * predicted < serial)
                    .map_or(choice(1, serial, false, false), |(n_jobs, cost)| choice(n_jobs, cost, false, false)),
            );
        };

        let untried = threads(pool, len)
            .filter(|n_jobs| arms().all(|(n, _)| n != n_jobs))
            .map(|n_jobs| (n_jobs, predict(n_jobs)))
            .filter(|(_, cost)| if best_jobs == 1 { GAIN * cost < best } else { *cost < PROMISING * best });
        // What it is estimated to take is rough, so once there is budget for it, it is measured.
        let untried_loop = self.doubtful().then_some((1, serial / ROUGHLY));
        let close = |n_jobs: usize, times: &Times| {
            let cost = times.value()?;
            let enough = if times.scattered() { ENOUGH_SCATTERED } else { ENOUGH };
            let hiccup = times.count == 1 && cost > OUTLIER * model(n_jobs) && model(n_jobs) < PROMISING * best;
            (times.count < enough && (cost < CLOSE * best || hiccup)).then_some((n_jobs, cost.min(CLOSE * best)))
        };
        let tried = arms().filter_map(|(n_jobs, times)| close(*n_jobs, times)).chain(close(1, &self.serial));

        let budget = BUDGET * shared.spent + ADVANCE * best * n - shared.lost;
        let affordable = |&(n_jobs, cost): &(usize, f64)| {
            // The plain loop is no experiment where it is expected to be better than all that was tried, and neither is
            // the best.
            n_jobs == best_jobs || n_jobs == 1 && cost <= best || (cost - best).max(0.0) * n <= budget
        };
        let mut unsettled = untried.chain(untried_loop).chain(tried).peekable();
        let settled = unsettled.peek().is_none();
        if settled && shared.since > best * n / RETESTING {
            // What was true of the others once may no longer be.
            let others = arms().filter_map(|(n, times)| Some((*n, times.value()?)));
            let others = others.chain(self.serial.value().map(|cost| (1, cost))).filter(|(n, _)| *n != best_jobs);
            let next = others.min_by(|a, b| a.1.total_cmp(&b.1));
            if let Some((n_jobs, cost)) = next.filter(|(_, cost)| (cost - best) * n < RETESTING * shared.since) {
                return Some(choice(n_jobs, cost, true, false));
            }
        }
        Some(match unsettled.filter(affordable).min_by(|a, b| a.1.total_cmp(&b.1)) {
            Some((n_jobs, cost)) => {
                let arm = shared.arms.iter().find(|(n, _)| *n == n_jobs).map(|(_, times)| times);
                let times = if n_jobs == 1 { Some(&self.serial) } else { arm };
                choice(n_jobs, cost, times.is_some_and(|times| times.count > 0), false)
            }
            None => choice(best_jobs, best, true, settled),
        })
    }
}

impl SharedRuns {
    /// `n_jobs` threads took `cost` an item for `len` items. What that was more than the best is lost only if it was an
    /// experiment: noise of the best itself is nobody's choice.
    fn account(&mut self, n_jobs: usize, cost: f64, len: usize, serial: Option<f64>) {
        let n = len as f64;
        let arms = self.arms.iter().filter_map(|(n, times)| Some((*n, times.value()?)));
        let best = arms.chain(serial.map(|cost| (1, cost))).min_by(|a, b| a.1.total_cmp(&b.1));
        self.spent += cost * n;
        self.since += cost * n;
        if let Some((best_jobs, best)) = best
            && best_jobs != n_jobs
        {
            // A call that took much longer than it should was hit by something else.
            self.lost += (cost - best).clamp(0.0, LOSS * best) * n;
            self.since = 0.0;
        }
    }

    /// By how much a thread slows down each other one, going by the arm that the model is least wrong about.
    fn competition(&self, model: impl Fn(usize) -> f64) -> f64 {
        let excess =
            |(n_jobs, times): &(usize, Times)| Some((times.value()? / model(*n_jobs) - 1.0) / (n_jobs - 1) as f64);
        self.arms.iter().filter_map(excess).min_by(f64::total_cmp).unwrap_or(0.0).max(0.0)
    }
}

/// The numbers of threads worth trying: all, a half, a quarter, .. of the pool, and never more than items. The same for
/// all lengths of a bucket.
pub(super) fn threads(pool: &PoolModel, len: usize) -> impl Iterator<Item = usize> {
    std::iter::successors(Some(pool.threads.min(1 << len.max(1).ilog2())), |n| Some(n / 2)).take_while(|n| *n >= 2)
}
