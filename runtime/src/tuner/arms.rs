//! Every call is a free experiment: ways to run a loop, what each took, and which is next.
//!
//! A way ("arm") is a number of threads. Their times are kept apart for a pool that is awake and one that sleeps,
//! which differ by a factor of ten in what help costs; the plain loop takes the same at both. All values are
//! nanoseconds an item, so that calls of different lengths in one bucket speak of the same thing.

use serde::{Deserialize, Serialize};

use super::cost::{GAIN, Machine};
use super::time_bucket::TimeBucket;

/// The last times of one arm.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Times {
    last: [f32; Self::KEPT],
    count: u32,
}

impl Times {
    const KEPT: usize = 8;

    pub(crate) fn push(&mut self, cost: f64) {
        if self.count >= ENOUGH && self.value().is_some_and(|value| cost < CHANGED * value) {
            // Nothing makes a call that much faster but a change of what it does, or of the machine.
            *self = Self::default();
        }
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

    /// As many times as were measured, as far as they count, each of them the value of all.
    fn recalled(cost: f32, count: u32) -> Self {
        Self { last: [cost; Self::KEPT], count: count.min(Self::KEPT as u32) }
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
    /// What the plain loop would take, going by the first call: a rough idea.
    estimate: Option<f64>,
    /// What it would take at most: the least that all threads of a shared run together spent.
    bound: Option<f64>,
    /// Shared runs: asleep, awake.
    shared: [Shared; 2],
    /// Calls that taught something.
    calls: u64,
    /// It was learned by another process, and no call of this one has said anything to it.
    hearsay: bool,
}

/// What was learned of shared runs at one temperature.
#[derive(Clone, Debug, Default)]
struct Shared {
    /// By number of threads, as tried.
    arms: Vec<(usize, Times)>,
    /// Time of all calls, and what of it the best arm would have saved.
    spent: f64,
    lost: f64,
    /// Time since another arm than the best was last looked at.
    since: f64,
    /// Runs in a row in which helpers were kept away.
    starved: u32,
}

/// [`Learned`] in short: what of it outlives the process.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Summary {
    /// The plain loop; none if it was never measured.
    serial: Option<Arm>,
    estimate: Option<f32>,
    bound: Option<f32>,
    /// Asleep, awake.
    shared: [SharedSummary; 2],
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct SharedSummary {
    arms: Vec<Arm>,
    spent: f32,
    lost: f32,
}

/// A number of threads, what an item took with them, and how often that was measured.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Arm {
    pub(crate) n_jobs: u32,
    pub(crate) cost: f32,
    pub(crate) count: u32,
}

impl Arm {
    fn of(n_jobs: usize, times: &Times) -> Option<Self> {
        Some(Self { n_jobs: n_jobs as u32, cost: times.value()? as f32, count: times.count })
    }
}

impl Summary {
    /// Whether every number of threads and every time in it is `good`.
    pub(crate) fn all(&self, good: impl Fn(u32, f32) -> bool) -> bool {
        let times = self.estimate.into_iter().chain(self.bound);
        let sums = self.shared.iter().flat_map(|shared| [shared.spent, shared.lost]);
        self.arms().all(|arm| good(arm.n_jobs, arm.cost))
            && times.chain(sums).all(|time| good(1, time))
            && self.shared.iter().all(|shared| shared.arms.len() <= MOST_ARMS)
    }

    /// Everything that was measured, the plain loop first.
    pub(crate) fn arms(&self) -> impl Iterator<Item = Arm> {
        self.serial.into_iter().chain(self.shared.iter().flat_map(|shared| shared.arms.iter().copied()))
    }

    /// Calls that were measured.
    pub(crate) fn samples(&self) -> u64 {
        self.arms().map(|arm| u64::from(arm.count)).sum()
    }
}

/// More than there are powers of two.
const MOST_ARMS: usize = 32;

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
/// A time that is less than this part of what was usual is the first of a new series.
const CHANGED: f64 = 0.6;
/// Samples an arm gets before it is judged, and when they scatter.
const ENOUGH: u32 = 3;
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
const STARVED_ROW: u32 = 8;

impl Learned {
    /// The plain loop over `len` items took `time`.
    pub(crate) fn looped(&mut self, len: usize, time: f64) {
        self.calls += 1;
        let cost = time / len as f64;
        let before = self.serial();
        for shared in &mut self.shared {
            shared.account(1, cost, len, before);
        }
        self.serial.push(cost);
    }

    /// The plain loop is estimated to take `time` for `len` items.
    pub(crate) fn estimate(&mut self, len: usize, time: f64) {
        self.calls += 1;
        self.estimate = Some(time / len as f64);
    }

    /// The plain loop takes `time` for `len` items at most: all threads of a shared run together spent that.
    pub(crate) fn bound(&mut self, len: usize, time: f64) {
        let all = time / len as f64;
        self.bound = Some(self.bound.map_or(all, |before| before.min(all)));
    }

    /// `n_jobs` threads took `time` for `len` items; the helpers were at work for `helped`, added up.
    pub(crate) fn shared(&mut self, len: usize, n_jobs: usize, hot: bool, time: f64, helped: f64) {
        self.calls += 1;
        let cost = time / len as f64;
        self.bound(len, time + helped);
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

    /// What is worth keeping of it.
    pub(crate) fn summary(&self) -> Summary {
        Summary {
            serial: Arm::of(1, &self.serial),
            estimate: self.estimate.map(|cost| cost as f32),
            bound: self.bound.map(|cost| cost as f32),
            shared: [0, 1].map(|hot| {
                let Shared { arms, spent, lost, .. } = &self.shared[hot];
                SharedSummary {
                    arms: arms.iter().filter_map(|(n_jobs, times)| Arm::of(*n_jobs, times)).collect(),
                    spent: *spent as f32,
                    lost: *lost as f32,
                }
            }),
        }
    }

    /// What was learned, as far as it was kept.
    pub(crate) fn recalled(summary: &Summary) -> Self {
        Self {
            serial: summary.serial.map_or_else(Times::default, |arm| Times::recalled(arm.cost, arm.count)),
            estimate: summary.estimate.map(f64::from),
            bound: summary.bound.map(f64::from),
            shared: [0, 1].map(|hot| {
                let SharedSummary { arms, spent, lost } = &summary.shared[hot];
                let times = |arm: &Arm| (arm.n_jobs as usize, Times::recalled(arm.cost, arm.count));
                let (spent, lost) = (f64::from(*spent), f64::from(*lost));
                Shared { arms: arms.iter().map(times).collect(), spent, lost, ..Shared::default() }
            }),
            calls: summary.samples(),
            hearsay: true,
        }
    }

    /// Calls that taught something.
    pub(crate) fn calls(&self) -> u64 {
        self.calls
    }

    /// A call of this process found that an item takes `cost` in the plain loop. If it is the first one, and another
    /// process had found something clearly different, all that is forgotten. False if so.
    pub(crate) fn confirm(&mut self, cost: f64) -> bool {
        let believed = self.serial().filter(|_| self.hearsay);
        self.hearsay = false;
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
    pub(crate) fn expects(&self, n_jobs: usize, len: usize, machine: &Machine, hot: bool) -> Option<f64> {
        let arm = self.shared[usize::from(hot)].arms.iter().find(|(n, _)| *n == n_jobs);
        let measured = if n_jobs == 1 { self.serial.value() } else { arm.and_then(|(_, times)| times.value()) };
        let n = len as f64;
        measured.or_else(|| Some(machine.shared(self.serial()? * n, n_jobs, hot) / n))
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
    pub(crate) fn choose(&self, len: usize, machine: &Machine, hot: bool) -> Option<Choice> {
        let serial = self.serial()?;
        let n = len as f64;
        let shared = &self.shared[usize::from(hot)];
        let choice = |n_jobs, expected, measured, settled| Choice { n_jobs, serial, expected, measured, settled };
        let model = |n_jobs| machine.shared(serial * n, n_jobs, hot) / n;
        // Threads that compete (for memory, say) slow each other down: what was measured tells by how much each.
        let competition = shared.competition(model);
        let slower = |n_jobs: usize| 1.0 + competition * (n_jobs - 1) as f64;
        let predict = |n_jobs| machine.shared(serial * n * slower(n_jobs), n_jobs, hot) / n;

        // Arms of a larger pool than this one are none here.
        let arms = || shared.arms.iter().filter(|(n, _)| *n <= machine.threads);
        let best_shared = arms().filter_map(|(n, times)| Some((*n, times.value()?)));
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
        let mut open = untried.chain(untried_loop).chain(tried).peekable();
        let settled = open.peek().is_none();
        if settled && shared.since > best * n / RETESTING {
            // What was true of the others once may no longer be.
            let others = arms().filter_map(|(n, times)| Some((*n, times.value()?)));
            let others = others.chain(self.serial.value().map(|cost| (1, cost))).filter(|(n, _)| *n != best_jobs);
            let next = others.min_by(|a, b| a.1.total_cmp(&b.1));
            if let Some((n_jobs, cost)) = next.filter(|(_, cost)| (cost - best) * n < RETESTING * shared.since) {
                return Some(choice(n_jobs, cost, true, false));
            }
        }
        Some(match open.filter(affordable).min_by(|a, b| a.1.total_cmp(&b.1)) {
            Some((n_jobs, cost)) => {
                let arm = shared.arms.iter().find(|(n, _)| *n == n_jobs).map(|(_, times)| times);
                let times = if n_jobs == 1 { Some(&self.serial) } else { arm };
                choice(n_jobs, cost, times.is_some_and(|times| times.count > 0), false)
            }
            None => choice(best_jobs, best, true, settled),
        })
    }
}

impl Shared {
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
fn threads(machine: &Machine, len: usize) -> impl Iterator<Item = usize> {
    std::iter::successors(Some(machine.threads.min(1 << len.max(1).ilog2())), |n| Some(n / 2)).take_while(|n| *n >= 2)
}

#[cfg(test)]
mod tests {
    use super::super::cost::Wake;
    use super::*;

    /// A small generator, so that a failure can be repeated.
    struct Random(u64);

    impl Random {
        fn unit(&mut self) -> f64 {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (self.0 >> 11) as f64 / (1u64 << 53) as f64
        }

        fn noise(&mut self) -> f64 {
            let normal = (0..12).map(|_| self.unit()).sum::<f64>() - 6.0;
            (1.0 + 0.05 * normal).max(0.5)
        }
    }

    /// A function as it really is: what the plain loop takes, and how much slower items get when `n` threads compete.
    struct Truth {
        serial: f64,
        competition: f64,
        machine: Machine,
    }

    impl Truth {
        fn time(&self, n_jobs: usize, hot: bool) -> f64 {
            let slower = 1.0 + self.competition * (n_jobs - 1) as f64;
            if n_jobs == 1 { self.serial } else { self.machine.shared(self.serial * slower, n_jobs, hot) }
        }

        fn best(&self, hot: bool) -> f64 {
            let all = std::iter::once(1).chain(threads(&self.machine, usize::MAX));
            all.map(|n_jobs| self.time(n_jobs, hot)).fold(f64::INFINITY, f64::min)
        }
    }

    /// Calls `truth` 40 times and learns. What it settled on, and all the time that it took.
    fn play(truth: &Truth, hot: bool, len: usize, random: &mut Random) -> (f64, f64) {
        let mut learned = Learned::default();
        // The first call is a probe, which may be off by a third.
        learned.estimate(len, truth.serial * (0.7 + 0.6 * random.unit()));
        let mut total = 0.0;
        let mut last = 1;
        for _ in 0..40 {
            let choice = learned.choose(len, &truth.machine, hot).expect("an estimate is known");
            let time = truth.time(choice.n_jobs, hot) * random.noise();
            total += time;
            last = choice.n_jobs;
            if last == 1 {
                learned.looped(len, time);
            } else {
                learned.shared(len, last, hot, time, time * (last - 1) as f64);
            }
        }
        (truth.time(last, hot), total)
    }

    fn machine(threads: usize) -> Machine {
        Machine { threads, hot: Wake::at_first(true), cold: Wake::at_first(false) }
    }

    #[test]
    fn forty_calls_find_a_plan_close_to_the_best_and_lose_little_on_the_way() {
        let mut random = Random(1);
        let (mut games, mut close, mut worst) = (0, 0, 1.0f64);
        for threads in [2, 4, 16, 64, 256] {
            for hot in [false, true] {
                for i in 0..60 {
                    let serial = 10f64.powf(3.5 + 4.5 * f64::from(i) / 60.0);
                    let competition = [0.0, 0.0, 0.05, 0.4, 1.2][random.0 as usize % 5] * random.unit();
                    let truth = Truth { serial, competition, machine: machine(threads) };
                    let (settled, total) = play(&truth, hot, 1 << 20, &mut random);
                    games += 1;
                    close += i32::from(settled <= 1.1 * truth.best(hot));
                    worst = worst.min(40.0 * truth.serial / total);
                }
            }
        }
        assert!(close * 100 >= games * 95, "{close} of {games} ended within 10% of the best");
        assert!(worst > 0.9, "one game took {worst} of the plain loop's time");
    }

    #[test]
    fn a_function_that_threads_make_slower_goes_serial_and_stays() {
        let truth = Truth { serial: 1e6, competition: 1.5, machine: machine(8) };
        let (settled, _) = play(&truth, true, 1000, &mut Random(7));
        assert!((settled - truth.serial).abs() < 1.0);
    }

    #[test]
    fn one_hiccup_changes_nothing() {
        let truth = Truth { serial: 1e7, competition: 0.0, machine: machine(4) };
        let mut learned = Learned::default();
        learned.estimate(100, truth.serial);
        for round in 0..20 {
            let choice = learned.choose(100, &truth.machine, true).expect("an estimate is known");
            let hiccup = if round == 0 || round == 9 { 20.0 } else { 1.0 };
            let time = truth.time(choice.n_jobs, true) * hiccup;
            if choice.n_jobs == 1 {
                learned.looped(100, time);
            } else {
                learned.shared(100, choice.n_jobs, true, time, time * 3.0);
            }
        }
        assert_eq!(learned.choose(100, &truth.machine, true).map(|choice| choice.n_jobs), Some(4));
    }

    #[test]
    fn a_plain_loop_that_was_unlucky_once_is_measured_again() {
        let truth = Truth { serial: 15_000.0, competition: 0.0, machine: machine(2) };
        let mut learned = Learned::default();
        learned.looped(250, 20.0 * truth.serial);
        for _ in 0..60 {
            let choice = learned.choose(250, &truth.machine, false).expect("it was measured");
            if choice.n_jobs == 1 {
                learned.looped(250, truth.serial);
            } else {
                learned.shared(250, 2, false, 1.2 * truth.serial, truth.serial);
            }
        }
        assert_eq!(learned.choose(250, &truth.machine, false).map(|choice| choice.n_jobs), Some(1));
    }

    #[test]
    fn a_starved_run_is_not_believed_until_it_is_usual() {
        let mut learned = Learned::default();
        learned.looped(100, 1e6);
        for _ in 0..STARVED_ROW {
            learned.shared(100, 2, true, 1.1e6, 1e4);
            assert!(learned.is_serial());
        }
        learned.shared(100, 2, true, 1.1e6, 1e4);
        assert!(!learned.is_serial());
    }

    #[test]
    fn what_is_recalled_chooses_what_was_learned() {
        let mut random = Random(3);
        for threads in [2, 16, 64] {
            for serial in [1e5, 1e6, 1e8] {
                let truth = Truth { serial, competition: random.unit(), machine: machine(threads) };
                let mut learned = Learned::default();
                learned.estimate(1000, serial);
                for _ in 0..60 {
                    let choice = learned.choose(1000, &truth.machine, true).expect("an estimate is known");
                    let time = truth.time(choice.n_jobs, true) * random.noise();
                    if choice.n_jobs == 1 {
                        learned.looped(1000, time);
                    } else {
                        learned.shared(1000, choice.n_jobs, true, time, time * (choice.n_jobs - 1) as f64);
                    }
                }
                let recalled = Learned::recalled(&learned.summary());
                let [was, is] = [learned, recalled].map(|learned| learned.choose(1000, &truth.machine, true));
                let [was, is] = [was, is].map(|choice| truth.time(choice.expect("much is known").n_jobs, true));
                assert!(is <= 1.15 * was, "{is} for {was}: {threads} threads, {serial} ns");
            }
        }
    }

    #[test]
    fn a_value_is_robust() {
        let mut times = Times::default();
        assert_eq!(times.value(), None);
        for (cost, value) in [(10.0, 10.0), (30.0, 10.0), (12.0, 11.0), (11.0, 11.5)] {
            times.push(cost);
            let now = times.value().expect("there are samples");
            assert!((now - value).abs() < 0.01, "{now} for {value}");
        }
    }
}
