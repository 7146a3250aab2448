//! Which number of threads a function is run with next, given what each took so far.
//!
//! A number of threads is called an arm. Every call that is timed adds one sample to its arm. Samples are kept apart for
//! a pool that is awake (hot) and one that sleeps (cold), because calling helpers costs ten times more when they sleep;
//! the plain loop takes the same at both. All samples are nanoseconds an item, so that calls of different lengths can be
//! compared.

use amorsize_store::record::buckets::costs_differ;
use amorsize_store::record::schedule::Schedule;

use super::cost::{GAIN, PoolModel, SHORTEST_CHUNK, items_in};
use super::times::{ENOUGH, Times};

/// What was learned of one function at one size of input.
#[derive(Clone, Debug, Default)]
pub(crate) struct Learned {
    /// Samples of the plain loop.
    pub(super) serial: Times,
    /// What an item takes in the plain loop, estimated from the first items of a call.
    pub(super) estimate: Option<f64>,
    /// Upper bound for the same: the least time that the threads of a shared run spent in total.
    pub(super) bound: Option<f64>,
    /// Runs on several threads, while the pool was asleep and while it was awake.
    pub(super) shared: [SharedRuns; 2],
    /// How much processor time an item takes, ns.
    pub(super) cpu: Option<f64>,
    /// Calls that were recorded.
    pub(super) calls: u64,
    /// Samples of the plain loop in a row that were much above its value.
    pub(super) heavier: u32,
    /// Another process learned this, and no call of this process was recorded since.
    pub(super) unconfirmed: bool,
    /// It was embedded in the program, and no call of this process was recorded since.
    pub(super) is_embedded: bool,
}

/// What was learned of runs on several threads, for one state of the pool (asleep or awake).
#[derive(Clone, Debug, Default)]
pub(super) struct SharedRuns {
    /// The samples of each number of threads that was tried.
    pub(super) arms: Vec<(usize, Times)>,
    /// Time of all calls, ns.
    pub(super) spent: f64,
    /// How much of that time the best arm would have saved, ns.
    pub(super) lost: f64,
    /// Time spent in calls since an arm other than the best was last tried, ns.
    pub(super) since: f64,
    /// Runs in a row in which helpers got little time to work.
    pub(super) starved: u32,
}

/// What to do next, and why.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Selection {
    pub(crate) schedule: Schedule,
    /// What an item takes in the plain loop, measured or estimated, ns.
    pub(crate) serial: f64,
    /// Whether this number of threads has been measured, or only predicted.
    pub(crate) measured: bool,
}

impl Selection {
    fn new(n_jobs: usize, len: usize, serial: f64, expected: f64, measured: bool, settled: bool) -> Self {
        // A chunk lasts long enough for the counter and the clock to cost little, and every thread gets two at least.
        let most = (len / (2 * n_jobs)).max(1);
        let chunksize = if n_jobs < 2 { 1 } else { items_in(SHORTEST_CHUNK, serial).min(most) };
        Self { schedule: Schedule { n_jobs, chunksize, settled, expected: expected as f32 }, serial, measured }
    }
}

/// An arm is sampled further while its time is below the best one times this.
const CLOSE: f64 = 1.10;
/// An arm that was never tried is sampled if its predicted time is below the best one times this.
const PROMISING: f64 = 1.05;
/// The plain loop's estimate may be too high by this factor.
const ROUGHLY: f64 = 1.35;
/// A single sample that exceeds its prediction by this factor may have been disturbed by another process.
const OUTLIER: f64 = 1.3;
/// Samples that are enough to judge an arm whose samples differ much.
const ENOUGH_SCATTERED: u32 = 8;
/// Experiments may lose this part of all time spent, plus the advance.
const BUDGET: f64 = 0.05;
/// Experiments may lose this part of one call from the start.
const ADVANCE: f64 = 0.25;
/// Once no arm is worth trying, the second best is measured again in this part of the time.
const RETESTING: f64 = 0.01;
/// A sample of the plain loop that exceeds its value by this factor is of heavier items, or was disturbed; ...
const HEAVIER: f64 = 3.0;
/// ... so many in a row are of heavier items.
const HEAVIER_ROW: u32 = 2;
/// One call counts as a loss of at most this part of the best time.
const LOSS: f64 = 0.5;
/// A run is starved if helpers worked for less than this part of the time that they could have worked: the machine was
/// busy, so the time says little about the function.
const STARVED: f64 = 0.5;
/// After this many starved runs in a row their times are recorded all the same.
pub(super) const STARVED_ROW: u32 = 8;

impl Learned {
    /// The plain loop over `len` items took `time`.
    pub(crate) fn record_loop(&mut self, len: usize, time: f64) {
        let cost = time / len as f64;
        self.heavier =
            if self.serial.value().is_some_and(|usual| cost > HEAVIER * usual) { self.heavier + 1 } else { 0 };
        if self.heavier >= HEAVIER_ROW {
            // What was learned is of lighter items.
            *self = Self::default();
        }
        self.calls += 1;
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

    /// The plain loop takes at most `time` for `len` items: the total that the threads of a shared run spent.
    pub(crate) fn record_bound(&mut self, len: usize, time: f64) {
        let all = time / len as f64;
        self.bound = Some(self.bound.map_or(all, |before| before.min(all)));
    }

    /// `n_jobs` threads took `time` for `len` items, of which the caller was alone for `alone` before it called the helpers;
    /// these worked for `helped` in total.
    pub(crate) fn record_shared(
        &mut self,
        len: usize,
        n_jobs: usize,
        hot: bool,
        (alone, time): (f64, f64),
        helped: f64,
    ) {
        self.calls += 1;
        let cost = time / len as f64;
        self.record_bound(len, time + helped);
        let serial = self.serial();
        let shared = &mut self.shared[usize::from(hot)];
        shared.account(n_jobs, cost, len, serial);
        let starved = helped < STARVED * (time - alone) * (n_jobs.min(len) - 1) as f64;
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

    /// Calls that were recorded.
    pub(crate) fn calls(&self) -> u64 {
        self.calls
    }

    /// Whether another process learned this, and no call of this process was recorded since.
    pub(crate) fn unconfirmed(&self) -> bool {
        self.unconfirmed
    }

    /// Whether it was embedded in the program, and no call of this process was recorded since.
    pub(crate) fn is_embedded(&self) -> bool {
        self.is_embedded
    }

    /// Whether the last call of the plain loop took so long that items may have become heavier.
    pub(crate) fn is_suspect(&self) -> bool {
        self.heavier > 0
    }

    /// A call of this process found that an item takes `cost` in the plain loop. If that is clearly different from what
    /// another process had learned, all of that is forgotten and the answer is false.
    pub(crate) fn confirm(&mut self, cost: f64) -> bool {
        let believed = self.serial().filter(|_| self.unconfirmed);
        self.unconfirmed = false;
        self.is_embedded = false;
        if believed.is_some_and(|believed| costs_differ(believed, cost)) {
            *self = Self::default();
            return false;
        }
        true
    }

    /// Whether this number of threads was ever measured.
    pub(crate) fn has_tried(&self, n_jobs: usize, hot: bool) -> bool {
        n_jobs == 1 || self.shared[usize::from(hot)].arms.iter().any(|(n, _)| *n == n_jobs)
    }

    /// What an item takes with `n_jobs` threads, measured or else predicted. `None` if nothing is known.
    pub(crate) fn expects(&self, n_jobs: usize, len: usize, pool: &PoolModel, hot: bool) -> Option<f64> {
        let measured = if n_jobs == 1 { self.serial.value() } else { self.measured(n_jobs, hot) };
        let n = len as f64;
        measured.or_else(|| Some(pool.shared_time(self.serial()? * n * rounds(n_jobs, len), n_jobs, hot) / n))
    }

    /// What an item took with `n_jobs` threads while the pool was awake (`hot`) or asleep. `None` if that was not measured.
    pub(crate) fn measured(&self, n_jobs: usize, hot: bool) -> Option<f64> {
        let (_, times) = self.shared[usize::from(hot)].arms.iter().find(|(n, _)| *n == n_jobs)?;
        times.value()
    }

    /// What an item is expected to take in `selection`, and whether that was measured. What was measured while the pool was
    /// asleep says more of one that is awake than any prediction, and the other way round.
    pub(crate) fn best_known(&self, selection: &Selection, hot: bool) -> (f64, bool) {
        let Schedule { n_jobs, expected, .. } = selection.schedule;
        let elsewhere = if selection.measured { None } else { self.measured(n_jobs, !hot) };
        (elsewhere.unwrap_or(f64::from(expected)), selection.measured || elsewhere.is_some())
    }

    /// What an item takes in the plain loop, as far as known.
    pub(crate) fn serial(&self) -> Option<f64> {
        let known = [self.serial.value(), self.estimate, self.bound];
        let value = self.serial.value().filter(|_| !self.doubtful());
        value.or_else(|| known.into_iter().flatten().min_by(f64::total_cmp))
    }

    /// Whether the samples of the plain loop are too few to be believed. Where they are few and above what the threads of a
    /// shared run spent in total, another process must have disturbed them.
    fn doubtful(&self) -> bool {
        let slow = |value| self.bound.is_some_and(|bound| value > CLOSE * bound);
        self.serial.count < 2 || self.serial.count < ENOUGH && self.serial.value().is_none_or(slow)
    }

    /// Whether the plain loop was ever measured, and not only estimated.
    pub(crate) fn has_measured_loop(&self) -> bool {
        self.serial.value().is_some()
    }

    /// Whether no shared run was ever measured.
    pub(crate) fn is_serial(&self) -> bool {
        self.shared.iter().all(|shared| shared.arms.is_empty())
    }

    /// What to do with `len` items while the pool is awake (`hot`) or asleep. `None` if nothing is known.
    pub(crate) fn choose(&self, len: usize, pool: &PoolModel, hot: bool) -> Option<Selection> {
        let serial = self.serial()?;
        let n = len as f64;
        let shared = &self.shared[usize::from(hot)];
        let select =
            |n_jobs, expected, measured, settled| Selection::new(n_jobs, len, serial, expected, measured, settled);
        let model = |n_jobs| pool.shared_time(serial * n * rounds(n_jobs, len), n_jobs, hot) / n;
        // Threads that compete (for memory, say) slow each other down; the samples tell by how much.
        let competition = shared.competition(model);
        let slower = |n_jobs: usize| 1.0 + competition * (n_jobs - 1) as f64;
        let predict = |n_jobs| pool.shared_time(serial * n * slower(n_jobs) * rounds(n_jobs, len), n_jobs, hot) / n;

        // Arms may have been learned on a larger pool.
        let arms = || shared.arms.iter().filter(|(n, _)| *n <= pool.threads);
        let best_shared = arms().filter_map(|(n, times)| Some((*n, times.value()?)));
        let best = best_shared.chain(self.serial.value().map(|cost| (1, cost))).min_by(|a, b| a.1.total_cmp(&b.1));

        let Some((best_jobs, best)) = best else {
            // There are only predictions: several threads only if they promise a clear gain.
            return Some(
                threads(pool, len)
                    .map(|n_jobs| (n_jobs, predict(n_jobs)))
                    .min_by(|a, b| a.1.total_cmp(&b.1))
                    .filter(|(_, predicted)| GAIN * predicted < serial)
                    .map_or(select(1, serial, false, false), |(n_jobs, cost)| select(n_jobs, cost, false, false)),
            );
        };

        let untried = threads(pool, len)
            .filter(|n_jobs| arms().all(|(n, _)| n != n_jobs))
            .map(|n_jobs| (n_jobs, predict(n_jobs)))
            .filter(|(_, cost)| if best_jobs == 1 { GAIN * cost < best } else { *cost < PROMISING * best });
        // The estimate of the plain loop is rough, so the loop is measured once the budget allows it.
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
            // The best arm costs no budget, and neither does a plain loop that is expected to be better.
            n_jobs == best_jobs || n_jobs == 1 && cost <= best || (cost - best).max(0.0) * n <= budget
        };
        let mut unsettled = untried.chain(untried_loop).chain(tried).peekable();
        let settled = unsettled.peek().is_none();
        if settled && shared.since > best * n / RETESTING {
            // The other arms may have become better since they were measured.
            let others = arms().filter_map(|(n, times)| Some((*n, times.value()?)));
            let others = others.chain(self.serial.value().map(|cost| (1, cost))).filter(|(n, _)| *n != best_jobs);
            let next = others.min_by(|a, b| a.1.total_cmp(&b.1));
            if let Some((n_jobs, cost)) = next.filter(|(_, cost)| (cost - best) * n < RETESTING * shared.since) {
                return Some(select(n_jobs, cost, true, false));
            }
        }
        Some(match unsettled.filter(affordable).min_by(|a, b| a.1.total_cmp(&b.1)) {
            Some((n_jobs, cost)) => {
                let arm = shared.arms.iter().find(|(n, _)| *n == n_jobs).map(|(_, times)| times);
                let times = if n_jobs == 1 { Some(&self.serial) } else { arm };
                select(n_jobs, cost, times.is_some_and(|times| times.count > 0), false)
            }
            None => select(best_jobs, best, true, settled),
        })
    }
}

impl SharedRuns {
    /// Adds a call of `n_jobs` threads that took `cost` an item for `len` items to the budget. What exceeds the best arm
    /// counts as lost, unless this was the best arm: its noise is no experiment.
    fn account(&mut self, n_jobs: usize, cost: f64, len: usize, serial: Option<f64>) {
        let n = len as f64;
        let arms = self.arms.iter().filter_map(|(n, times)| Some((*n, times.value()?)));
        let best = arms.chain(serial.map(|cost| (1, cost))).min_by(|a, b| a.1.total_cmp(&b.1));
        self.spent += cost * n;
        self.since += cost * n;
        if let Some((best_jobs, best)) = best
            && best_jobs != n_jobs
        {
            // A call that took much longer than the best was disturbed by another process.
            self.lost += (cost - best).clamp(0.0, LOSS * best) * n;
            self.since = 0.0;
        }
    }

    /// By which part each further thread slows down the others, taken from the arm with the smallest deviation from the
    /// model.
    fn competition(&self, model: impl Fn(usize) -> f64) -> f64 {
        let excess =
            |(n_jobs, times): &(usize, Times)| Some((times.value()? / model(*n_jobs) - 1.0) / (n_jobs - 1) as f64);
        self.arms.iter().filter_map(excess).min_by(f64::total_cmp).unwrap_or(0.0).max(0.0)
    }
}

/// The numbers of threads worth trying: all threads of the pool, a half of them, a quarter and so on. If there may be fewer
/// items than threads: one for each item, then powers of two. The same for all lengths with the same `floor(log2 len)`; a
/// call with fewer items than threads uses as many as it has items.
pub(super) fn threads(pool: &PoolModel, len: usize) -> impl Iterator<Item = usize> {
    let power = 1_usize << len.max(1).ilog2();
    let few = (pool.threads > power).then(|| pool.threads.min(2 * power - 1));
    let halves = std::iter::successors(Some(pool.threads.min(power)), |n| Some(n / 2));
    few.into_iter().chain(halves).take_while(|n| *n >= 2)
}

/// How much longer a run takes because items are whole: with five on four threads, one thread has two of them.
fn rounds(n_jobs: usize, len: usize) -> f64 {
    (n_jobs as f64 / len as f64) * len.div_ceil(n_jobs) as f64
}
