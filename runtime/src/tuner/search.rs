//! Which number of threads a function is run with next, given what each took so far.

use amorsize_store::config::Rigor;
use amorsize_store::record::schedule::Schedule;

use super::arms::{Learned, SharedRuns};
use super::cost::{GAIN, PoolModel, SHORTEST_CHUNK, items_in};
use super::times::{ENOUGH, Times};
use super::widths::{rounds, threads};

/// What to do next, and why.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Selection {
    pub(crate) schedule: Schedule,
    /// What an item takes in the plain loop, measured or estimated, ns.
    pub(crate) serial: f64,
    /// Whether this number of threads has been measured, or only predicted.
    pub(crate) measured: bool,
}

impl Learned {
    /// What to do with `len` items while the pool is awake (`hot`) or asleep. `None` if nothing is known.
    pub(crate) fn choose(&self, len: usize, pool: &PoolModel, hot: bool) -> Option<Selection> {
        Some(Search::new(self, len, pool, hot)?.next())
    }

    /// What the model alone says of `len` items that take `serial` ns in the plain loop.
    pub(crate) fn predicted(len: usize, serial: f64, pool: &PoolModel, hot: bool) -> Option<Schedule> {
        let mut estimated = Self::default();
        estimated.record_estimate(len, serial);
        let selection = estimated.choose(len, &pool.with(Rigor::Estimate), hot)?;
        Some(selection.schedule)
    }

    /// What an item is expected to take in `selection`, and whether that was measured. What was measured while the pool was
    /// asleep says more of one that is awake than any prediction, and the other way round.
    pub(crate) fn best_known(&self, selection: &Selection, hot: bool) -> (f64, bool) {
        let Schedule { n_jobs, expected, .. } = selection.schedule;
        let elsewhere = if selection.measured { None } else { self.measured(n_jobs, !hot) };
        (elsewhere.unwrap_or(f64::from(expected)), selection.measured || elsewhere.is_some())
    }
}

/// An arm is sampled further while its time is below the best one times this.
const CLOSE: f64 = 1.10;
/// An arm that was never tried is sampled if its predicted time is below the best one times this.
const PROMISING: f64 = 1.05;
/// The plain loop's estimate may be too high by this factor.
const ROUGHLY: f64 = 1.35;
/// The plain loop is not tried where its estimate is above the best time times this.
const LOOP_PLAUSIBLE: f64 = 1.6;
/// Where fewer threads than the best take this many times as long, the function scales, and the plain loop is not tried.
const STEEP: f64 = 1.5;
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

/// The choice of the next arm.
struct Search<'l> {
    learned: &'l Learned,
    shared: &'l SharedRuns,
    pool: &'l PoolModel,
    hot: bool,
    len: usize,
    /// What an item takes in the plain loop, ns.
    serial: f64,
    /// By which part each further thread slows down the others.
    competition: f64,
}

/// An arm and what an item takes or may take with it, ns.
type Arm = (usize, f64);

fn least(arms: impl Iterator<Item = Arm>) -> Option<Arm> {
    arms.min_by(|a, b| a.1.total_cmp(&b.1))
}

impl<'l> Search<'l> {
    /// `None` if nothing tells what the plain loop takes.
    fn new(learned: &'l Learned, len: usize, pool: &'l PoolModel, hot: bool) -> Option<Self> {
        if learned.serial.count == 0 && learned.estimate.is_none() {
            return None;
        }
        let shared = &learned.shared[usize::from(hot)];
        let mut search = Self { learned, shared, pool, hot, len, serial: learned.serial()?, competition: 0.0 };
        // Threads that compete (for memory, say) slow each other down; the samples tell by how much.
        search.competition = search.competition(1);
        Some(search)
    }

    /// By which part each further thread slows down the others, going by one arm.
    fn excess(&self, (n_jobs, cost): Arm) -> Option<f64> {
        let n = self.len as f64;
        let serial = self.pool.serial_time(cost * n, n_jobs, self.hot) / (n * rounds(n_jobs, self.len));
        (n_jobs > 1).then(|| (serial / self.serial - 1.0) / (n_jobs - 1) as f64)
    }

    /// The same, going by the arm with the least, `without` apart.
    fn competition(&self, without: usize) -> f64 {
        let others = self.measured().filter(|(n_jobs, _)| *n_jobs != without);
        others.filter_map(|arm| self.excess(arm)).min_by(f64::total_cmp).unwrap_or(0.0).max(0.0)
    }

    /// What an item will take by the model, ns.
    fn predict(&self, n_jobs: usize, competition: f64) -> f64 {
        let slower = 1.0 + competition * (n_jobs - 1) as f64;
        let serial = self.serial * self.len as f64 * slower * rounds(n_jobs, self.len);
        self.pool.shared_time(serial, n_jobs, self.hot) / self.len as f64
    }

    fn select(&self, n_jobs: usize, expected: f64, measured: bool, settled: bool) -> Selection {
        // A chunk lasts long enough for the counter and the clock to cost little, and every thread gets two at least. A chunksize
        // of one item says that chunks are to be as short as that allows.
        let most = (self.len / (2 * n_jobs)).max(1);
        let is_one = n_jobs < 2 || self.learned.is_uneven();
        let chunksize = if is_one { 1 } else { items_in(SHORTEST_CHUNK, self.serial).min(most) };
        let schedule = Schedule { n_jobs, chunksize, settled, expected: expected as f32 };
        Selection { schedule, serial: self.serial, measured }
    }

    fn measured(&self) -> impl Iterator<Item = Arm> {
        self.learned.arms(self.pool, self.hot).map(|(n_jobs, _, cost)| (n_jobs, cost))
    }

    fn times(&self, n_jobs: usize) -> Option<&'l Times> {
        if n_jobs == 1 { Some(&self.learned.serial) } else { self.shared.times(n_jobs) }
    }

    /// What to do next.
    fn next(&self) -> Selection {
        if self.pool.rigor == Rigor::Estimate {
            return self.estimated();
        }
        let Some(best) = least(self.measured()) else { return self.first() };
        if let Some((n_jobs, cost)) = self.suspect() {
            return self.select(n_jobs, cost, true, false);
        }
        let mut unsettled = self.unsettled(best).into_iter().peekable();
        let settled = unsettled.peek().is_none();
        if settled && let Some((n_jobs, cost)) = self.retested(best) {
            return self.select(n_jobs, cost, true, false);
        }
        if let Some((n_jobs, cost)) = least(unsettled.filter(|arm| self.is_affordable(*arm, best))) {
            let measured = self.times(n_jobs).is_some_and(|times| times.count > 0);
            return self.select(n_jobs, cost, measured, false);
        }
        let (n_jobs, cost) = self.learned.preferred(self.pool, self.hot).unwrap_or(best);
        self.select(n_jobs, cost, true, settled)
    }

    /// The arm of the last call, if that took so much more or less than usual that the next ones are to tell why.
    fn suspect(&self) -> Option<Arm> {
        let arm = self.measured().find(|(n_jobs, _)| *n_jobs == self.shared.last);
        arm.filter(|_| self.learned.is_suspect())
    }

    /// Nothing was measured but the first items: several threads only if they promise a clear gain.
    fn first(&self) -> Selection {
        let n = self.len as f64;
        // Runs whose helpers were kept from working say nothing of the function, but they cost time.
        let is_spent = self.shared.lost > BUDGET * self.shared.spent + ADVANCE * self.serial * n;
        let predicted = threads(self.pool, self.len).map(|n_jobs| (n_jobs, self.predict(n_jobs, self.competition)));
        let best = least(predicted).filter(|(_, cost)| GAIN * cost < self.serial && !is_spent);
        let (n_jobs, cost) = best.unwrap_or((1, self.serial));
        self.select(n_jobs, cost, false, false)
    }

    /// What the model promises most of, or what was measured where that is known: nothing is tried.
    fn estimated(&self) -> Selection {
        let first = self.first();
        let Some((n_jobs, cost)) = self.learned.preferred(self.pool, self.hot) else {
            return Selection { schedule: Schedule { settled: true, ..first.schedule }, ..first };
        };
        let is_unknown = self.times(first.schedule.n_jobs).is_none_or(|times| times.count == 0);
        // Of the plain loop there may be a time, and of several threads only a promise.
        if is_unknown && n_jobs == 1 && first.schedule.n_jobs > 1 {
            return Selection { schedule: Schedule { settled: true, ..first.schedule }, ..first };
        }
        self.select(n_jobs, cost, true, true)
    }

    /// Every arm whose samples are too few, whatever it promises.
    fn unknown(&self) -> Vec<Arm> {
        let arms = threads(self.pool, self.len).chain([1]);
        let count = |n_jobs| self.times(n_jobs).map_or(0, |times| times.count);
        arms.filter(|n_jobs| count(*n_jobs) < ENOUGH).map(|n_jobs| (n_jobs, f64::from(count(n_jobs)))).collect()
    }

    /// What is worth a measurement.
    fn unsettled(&self, best: Arm) -> Vec<Arm> {
        if self.pool.rigor == Rigor::Patient {
            return self.unknown();
        }
        let (best_jobs, least) = best;
        // Times have one minimum over the number of threads. So below an arm that is slower than a larger one, all are.
        let slower = |factor: f64| {
            let below = self.measured().filter(|(n, cost)| *n < best_jobs && *cost > factor * least);
            below.map(|(n, _)| n).max().unwrap_or(0)
        };
        let (floor, is_steep) = (slower(CLOSE), slower(STEEP) > 0);
        let above = self.measured().filter(|(n, cost)| *n > best_jobs && *cost > CLOSE * least);
        let ceiling = above.map(|(n, _)| n).min().unwrap_or(usize::MAX);
        let untried = threads(self.pool, self.len)
            .filter(|n_jobs| (floor..ceiling).contains(n_jobs) && self.shared.times(*n_jobs).is_none())
            .map(|n_jobs| (n_jobs, self.predict(n_jobs, self.competition)))
            .filter(|(_, cost)| if best_jobs == 1 { GAIN * cost < least } else { *cost < PROMISING * least });
        // The estimate of the plain loop is rough, so the loop is measured once the budget allows it.
        let is_plausible = !is_steep && self.serial < LOOP_PLAUSIBLE * least || self.learned.is_loop_unlucky();
        let untried_loop = (self.learned.is_loop_doubtful() && is_plausible).then_some((1, self.serial / ROUGHLY));
        // Where it is open what the plain loop takes, predictions are worth little: half as many threads show more.
        let half = (self.learned.is_ambiguous()
            && best_jobs > 1
            && self.times(best_jobs / 2).is_none_or(|times| times.count == 0))
        .then_some((best_jobs / 2, least));
        let tried = self.learned.arms(self.pool, self.hot);
        let tried = tried.filter_map(|(n_jobs, times, cost)| self.is_close(n_jobs, times, cost, least));
        untried.chain(untried_loop).chain(half).chain(tried).collect()
    }

    /// An arm that was measured, if it may be the best and its samples are too few.
    fn is_close(&self, n_jobs: usize, times: &Times, cost: f64, least: f64) -> Option<Arm> {
        let enough = if times.scattered() { ENOUGH_SCATTERED } else { ENOUGH };
        let predicted = || self.predict(n_jobs, self.competition(n_jobs));
        let hiccup = times.count == 1 && cost > OUTLIER * predicted() && predicted() < PROMISING * least;
        (times.count < enough && (cost < CLOSE * least || hiccup)).then_some((n_jobs, cost.min(CLOSE * least)))
    }

    fn is_affordable(&self, (n_jobs, cost): Arm, (best_jobs, least): Arm) -> bool {
        let n = self.len as f64;
        if self.pool.rigor == Rigor::Patient {
            return true;
        }
        let budget = BUDGET * self.shared.spent + ADVANCE * least * n - self.shared.lost;
        // The best arm costs no budget, and neither does a plain loop that is expected to be better.
        n_jobs == best_jobs || n_jobs == 1 && cost <= least || (cost - least).max(0.0) * n <= budget
    }

    /// Once all is settled: an arm that may have become better since it was measured.
    fn retested(&self, (best_jobs, best): Arm) -> Option<Arm> {
        let (n, since) = (self.len as f64, self.shared.since);
        if since <= best * n / RETESTING {
            return None;
        }
        let next = least(self.measured().filter(|(n_jobs, _)| *n_jobs != best_jobs));
        next.filter(|(_, cost)| (cost - best) * n < RETESTING * since)
    }
}
