//! What each number of threads took so far, of one function at one size of input.
//!
//! A number of threads is called an arm. Every call that is timed adds one sample to its arm. Samples are kept apart for
//! a pool that is awake (hot) and one that sleeps (cold), because calling helpers costs ten times more when they sleep;
//! the plain loop takes the same at both. All samples are nanoseconds an item, so that calls of different lengths can be
//! compared.

use amorsize_store::record::buckets::costs_differ;

use super::cost::PoolModel;
use super::drift::DriftWatch;
use super::times::{ENOUGH, Times};
use super::unevenness::{LongestChunk, Unevenness};
use super::widths::rounds;

/// What was learned of one function at one size of input.
#[derive(Clone, Debug, Default)]
pub(crate) struct Learned {
    /// Samples of the plain loop.
    pub(super) serial: Times,
    /// What an item takes in the plain loop, estimated from the first items of a call.
    pub(super) estimate: Option<f64>,
    /// Upper bound for the same: the least time that the threads of a shared run spent in total.
    pub(super) bound: Option<f64>,
    /// Whether all items took about the same in some run on several threads.
    pub(super) is_even: bool,
    /// Whether heavy items next to each other hold up runs.
    pub(super) unevenness: Unevenness,
    /// Runs on several threads, while the pool was asleep and while it was awake.
    pub(super) shared: [SharedRuns; 2],
    /// How much processor time an item takes, ns.
    pub(super) cpu: Option<f64>,
    /// Calls that were recorded.
    pub(super) calls: u64,
    /// Whether calls take another time than they used to.
    pub(super) drift: DriftWatch,
    /// Another process learned this, and no call of this process was recorded since.
    pub(super) unconfirmed: bool,
    /// It was embedded in the program, and no call of this process was recorded since.
    pub(super) is_embedded: bool,
}

/// What was learned of runs on several threads, for one state of the pool (asleep or awake).
#[derive(Clone, Debug, Default)]
pub(super) struct SharedRuns {
    /// The samples of each number of threads that was tried.
    pub(super) arms: Vec<Arm>,
    /// Time of all calls, ns.
    pub(super) spent: f64,
    /// How much of that time the best arm would have saved, ns.
    pub(super) lost: f64,
    /// Time spent in calls since an arm other than the best was last tried, ns.
    pub(super) since: f64,
    /// Runs in a row in which helpers got little time to work.
    pub(super) starved: u32,
    /// Threads of the last call.
    pub(super) last: usize,
}

/// The samples of one number of threads.
#[derive(Clone, Debug)]
pub(super) struct Arm {
    pub(super) n_jobs: usize,
    /// What an item took.
    pub(super) times: Times,
    /// The time that all threads worked for it, in total. Not known of what another process measured.
    pub(super) work: Times,
}

/// What a run took.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sample {
    /// Threads, the caller included; 1 for the plain loop.
    pub(crate) n_jobs: usize,
    /// Whether the pool was awake.
    pub(crate) hot: bool,
    /// From start to end, ns.
    pub(crate) wall: f64,
    /// How much of it passed before helpers were called, ns.
    pub(crate) alone: f64,
    /// Time that all threads worked, in total, ns.
    pub(crate) worked: f64,
    /// Time that helpers were there, at work or with nothing left to do, in total, ns.
    pub(crate) present: f64,
    /// The most that an item took, on average over a chunk, ns.
    pub(crate) peak: f64,
    /// The longest chunk of several items.
    pub(crate) longest: LongestChunk,
}

impl Sample {
    /// The plain loop, which took `time` ns.
    pub(crate) fn plain(time: f64) -> Self {
        let longest = LongestChunk::default();
        Self { n_jobs: 1, hot: false, wall: time, alone: 0.0, worked: time, present: 0.0, peak: 0.0, longest }
    }
}

/// One call counts as a loss of at most this part of the best time.
const LOSS: f64 = 0.5;
/// A run is starved if helpers were there for less than this part of the time that they could have been: the machine was
/// busy, so the time says little about the function.
const STARVED: f64 = 0.5;
/// After this many starved runs in a row their times are recorded all the same.
pub(super) const STARVED_ROW: u32 = 8;

impl Learned {
    /// The plain loop over `len` items took `time`.
    pub(crate) fn record_loop(&mut self, len: usize, time: f64, pool: &PoolModel) {
        let cost = time / len as f64;
        self.calls += 1;
        if self.has_drifted(1, false, cost, cost) {
            return self.forget(1, false, cost, cost);
        }
        for hot in [false, true] {
            self.account(1, cost, len, hot, pool);
        }
        self.serial.push(cost);
    }

    /// A call that is not to be recorded took much more or much less than the plan makes expect: that only counts for whether
    /// calls take another time.
    pub(crate) fn note_odd(&mut self, len: usize, sample: &Sample, pool: &PoolModel) {
        let Sample { n_jobs, hot, wall, worked, .. } = *sample;
        let (cost, work) = (wall / len as f64, worked / len as f64);
        let is_starved = n_jobs > 1 && is_starved(sample, len, pool);
        if !is_starved && self.has_drifted(n_jobs, hot, cost, work) {
            self.forget(n_jobs, hot, cost, work);
        }
    }

    /// Whether it is beyond doubt that calls take another time than they used to, with one that took so long for an item.
    fn has_drifted(&mut self, n_jobs: usize, hot: bool, cost: f64, work: f64) -> bool {
        let arm = self.shared[usize::from(hot)].arm(n_jobs);
        let times = if n_jobs == 1 { Some(&self.serial) } else { arm.map(|arm| &arm.times) };
        let (usual, usual_work) = (times.and_then(Times::usual), arm.and_then(|arm| arm.work.usual()));
        // The plain loop is the same, whether the pool is awake or asleep.
        let temperatures = if n_jobs == 1 { [0, 1] } else { [usize::from(hot); 2] };
        for at in temperatures {
            self.shared[at].last = n_jobs;
        }
        self.drift.observe((cost, usual), (work, usual_work))
    }

    /// Calls take another time. What was learned is forgotten, but for what the last call showed.
    fn forget(&mut self, n_jobs: usize, hot: bool, cost: f64, work: f64) {
        // As many samples as before, so that what is stored of them gives way to what is learned now.
        let count = (self.evidence_samples() + 1).min(u64::from(u32::MAX)) as u32;
        *self = Self::default();
        let times = Times::recalled(cost as f32, count);
        if n_jobs == 1 {
            self.serial = times;
        } else {
            self.bound = Some(work);
            self.shared[usize::from(hot)].arms.push(Arm { n_jobs, times, work: Times::default() });
        }
    }

    /// Calls that were measured and are stored.
    pub(super) fn evidence_samples(&self) -> u64 {
        let shared = self.shared.iter().flat_map(|shared| &shared.arms).map(|arm| u64::from(arm.times.count));
        u64::from(self.serial.count) + shared.sum::<u64>()
    }

    /// The plain loop is estimated to take `time` for `len` items.
    pub(crate) fn record_estimate(&mut self, len: usize, time: f64) {
        self.calls += 1;
        self.estimate = Some(time / len as f64);
    }

    /// Several threads did `len` items. The plain loop takes no longer than they did in total.
    pub(crate) fn record_bound(&mut self, len: usize, sample: &Sample) {
        let all = sample.worked / len as f64;
        self.is_even |= sample.peak < UNEVEN * all;
        self.unevenness.observe(sample.longest, sample.wall, all);
        self.bound = Some(self.bound.map_or(all, |before| before.min(all)));
    }

    /// Several threads did `len` items.
    pub(crate) fn record_shared(&mut self, len: usize, sample: &Sample, pool: &PoolModel) {
        let Sample { n_jobs, hot, wall, worked, .. } = *sample;
        self.calls += 1;
        let cost = wall / len as f64;
        self.record_bound(len, sample);
        let starved = is_starved(sample, len, pool);
        let shared = &mut self.shared[usize::from(hot)];
        shared.starved = if starved { shared.starved + 1 } else { 0 };
        if starved && shared.starved <= STARVED_ROW {
            self.account_starved(cost, len, hot);
            return;
        }
        let work = worked / len as f64;
        if self.has_drifted(n_jobs, hot, cost, work) {
            return self.forget(n_jobs, hot, cost, work);
        }
        self.account(n_jobs, cost, len, hot, pool);
        let arm = self.shared[usize::from(hot)].arm_mut(n_jobs);
        arm.times.push(cost);
        arm.work.push(work);
    }

    /// Adds a call of `n_jobs` threads that took `cost` an item for `len` items to the budget. What exceeds the best arm
    /// counts as lost, unless this is what is used when nothing is tried: its noise is no experiment.
    fn account(&mut self, n_jobs: usize, cost: f64, len: usize, hot: bool, pool: &PoolModel) {
        let n = len as f64;
        let used = self.preferred(pool, hot).or_else(|| Some((1, self.serial()?)));
        let shared = &mut self.shared[usize::from(hot)];
        shared.spent += cost * n;
        shared.since += cost * n;
        if let Some((used, best)) = used
            && used != n_jobs
        {
            // A call that took much longer than the best was disturbed by another process.
            shared.lost += (cost - best).clamp(0.0, LOSS * best) * n;
            shared.since = 0.0;
        }
    }

    /// The same for a starved call: what exceeds the plain loop is lost, whatever arm it was.
    fn account_starved(&mut self, cost: f64, len: usize, hot: bool) {
        let (n, serial) = (len as f64, self.serial());
        let shared = &mut self.shared[usize::from(hot)];
        shared.spent += cost * n;
        shared.since += cost * n;
        if let Some(serial) = serial {
            shared.lost += (cost - serial).clamp(0.0, serial) * n;
        }
    }

    /// The arms that were measured, as far as the pool has so many threads, and what an item takes with them.
    pub(super) fn arms(&self, pool: &PoolModel, hot: bool) -> impl Iterator<Item = (usize, &Times, f64)> {
        let threads = pool.threads;
        let shared = self.shared[usize::from(hot)].arms.iter().map(|arm| (arm.n_jobs, &arm.times));
        let all = shared.filter(move |(n_jobs, _)| *n_jobs <= threads).chain([(1, &self.serial)]);
        all.filter_map(|(n_jobs, times)| Some((n_jobs, times, times.value()?)))
    }

    /// The arm that is used when nothing is tried, and what an item takes with it: the fastest one, or one with fewer threads
    /// that takes hardly longer. `None` if nothing was measured.
    pub(super) fn preferred(&self, pool: &PoolModel, hot: bool) -> Option<(usize, f64)> {
        let (best_jobs, best_times, best) = self.arms(pool, hot).min_by(|a, b| a.2.total_cmp(&b.2))?;
        let is_as_good = |&(n_jobs, times, cost): &(usize, &Times, f64)| {
            // Threads that are a little faster mostly and much slower at times are no gain over the plain loop.
            let is_no_worse = cost <= pool.tolerance * best || n_jobs == 1 && times.average() < best_times.average();
            n_jobs == best_jobs || times.count >= 2 && is_no_worse
        };
        let fewest = self.arms(pool, hot).filter(is_as_good).min_by_key(|(n_jobs, ..)| *n_jobs);
        fewest.map(|(n_jobs, _, cost)| (n_jobs, cost))
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

    /// Whether the last call took so much more or less than usual that calls may take another time.
    pub(crate) fn is_suspect(&self) -> bool {
        self.drift.is_suspicious()
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
        n_jobs == 1 || self.shared[usize::from(hot)].times(n_jobs).is_some()
    }

    /// What an item takes with `n_jobs` threads, measured or else predicted. `None` if nothing is known.
    pub(crate) fn expects(&self, n_jobs: usize, len: usize, pool: &PoolModel, hot: bool) -> Option<f64> {
        let measured = if n_jobs == 1 { self.serial.value() } else { self.measured(n_jobs, hot) };
        let n = len as f64;
        measured.or_else(|| Some(pool.shared_time(self.serial()? * n * rounds(n_jobs, len), n_jobs, hot) / n))
    }

    /// What an item took with `n_jobs` threads while the pool was awake (`hot`) or asleep. `None` if that was not measured.
    pub(crate) fn measured(&self, n_jobs: usize, hot: bool) -> Option<f64> {
        self.shared[usize::from(hot)].times(n_jobs)?.value()
    }

    /// What an item takes in the plain loop, as far as known.
    pub(crate) fn serial(&self) -> Option<f64> {
        if let Some(value) = self.serial.value() {
            let is_sure = !self.is_loop_doubtful();
            return Some(if is_sure { value } else { self.bound.map_or(value, |bound| value.min(bound)) });
        }
        let (Some(estimate), Some(bound)) = (self.estimate, self.bound) else { return self.estimate.or(self.bound) };
        Some(if self.is_ambiguous() { bound } else { estimate.min(bound) })
    }

    /// Whether it is open what the plain loop takes, because threads took much longer in total than the first items promise:
    /// either threads compete, or the first items are lighter than most. Threads that compete slow down all items alike.
    pub(super) fn is_ambiguous(&self) -> bool {
        let ambiguous = |estimate| self.bound.is_some_and(|bound| bound > CONFLICT * estimate);
        self.serial.count == 0 && !self.is_even && self.estimate.is_some_and(ambiguous)
    }

    /// Whether the samples of the plain loop are too few to be believed. Where they are few and above what the threads of a
    /// shared run spent in total, another process must have disturbed them.
    pub(super) fn is_loop_doubtful(&self) -> bool {
        self.serial.count < 2 || self.serial.count < ENOUGH && self.is_loop_above(DOUBTFUL)
    }

    /// Whether it is beyond doubt that the only sample of the plain loop was disturbed.
    pub(super) fn is_loop_unlucky(&self) -> bool {
        self.serial.count == 1 && self.is_loop_above(UNLUCKY)
    }

    /// Whether the plain loop took more than the threads of a shared run spent in total, by this factor.
    fn is_loop_above(&self, factor: f64) -> bool {
        self.serial.value().zip(self.bound).is_some_and(|(value, bound)| value > factor * bound)
    }

    /// Whether heavy items next to each other hold up runs.
    pub(crate) fn is_uneven(&self) -> bool {
        self.unevenness.is_found()
    }

    /// Whether the plain loop was ever measured, and not only estimated.
    pub(crate) fn has_measured_loop(&self) -> bool {
        self.serial.value().is_some()
    }

    /// Whether no shared run was ever measured.
    pub(crate) fn is_serial(&self) -> bool {
        self.shared.iter().all(|shared| shared.arms.is_empty())
    }
}

/// Two values for the same differ more than noise makes them by this factor.
const CONFLICT: f64 = 1.5;
/// Items take different times if the heaviest chunk exceeds the average by this factor.
const UNEVEN: f64 = 1.5;
/// Samples of the plain loop that exceed the bound by this factor are doubtful while they are few.
const DOUBTFUL: f64 = 1.10;
/// A single sample of the plain loop that exceeds the bound by this factor was disturbed.
const UNLUCKY: f64 = 2.0;

/// Whether helpers were kept from working on `len` items.
fn is_starved(sample: &Sample, len: usize, pool: &PoolModel) -> bool {
    let Sample { n_jobs, hot, wall, alone, present, .. } = *sample;
    // Each helper that comes calls others.
    let steps = f64::from(n_jobs.ilog2().max(1));
    let arrive = f64::from(pool.wake(hot).arrive);
    present < STARVED * (wall - alone - steps * arrive).max(0.0) * (n_jobs.min(len) - 1) as f64
}

impl SharedRuns {
    fn arm(&self, n_jobs: usize) -> Option<&Arm> {
        self.arms.iter().find(|arm| arm.n_jobs == n_jobs)
    }

    fn arm_mut(&mut self, n_jobs: usize) -> &mut Arm {
        let at = self.arms.iter().position(|arm| arm.n_jobs == n_jobs).unwrap_or_else(|| {
            self.arms.push(Arm { n_jobs, times: Times::default(), work: Times::default() });
            self.arms.len() - 1
        });
        &mut self.arms[at]
    }

    /// The samples of one arm.
    pub(super) fn times(&self, n_jobs: usize) -> Option<&Times> {
        self.arm(n_jobs).map(|arm| &arm.times)
    }
}
