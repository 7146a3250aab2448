//! Tests by simulation: functions whose real costs are given are called over and over, with noise.

use super::arms::{Learned, STARVED_ROW, Sample};
use super::cost::{PoolModel, WakeCost, tolerance};
use super::unevenness::LongestChunk;
use super::widths::threads;
use amorsize_store::config::Rigor;

/// A small generator, so that a failure can be repeated.
pub(super) struct Random(pub(super) u64);

impl Random {
    pub(super) fn unit(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1u64 << 53) as f64
    }

    pub(super) fn noise(&mut self) -> f64 {
        let normal = (0..12).map(|_| self.unit()).sum::<f64>() - 6.0;
        (1.0 + 0.05 * normal).max(0.5)
    }
}

/// A function as it really is: what the plain loop takes, and how much slower items get when `n` threads compete.
pub(super) struct Truth {
    pub(super) serial: f64,
    pub(super) competition: f64,
    pub(super) pool: PoolModel,
}

impl Truth {
    pub(super) fn time(&self, n_jobs: usize, hot: bool) -> f64 {
        let slower = 1.0 + self.competition * (n_jobs - 1) as f64;
        if n_jobs == 1 { self.serial } else { self.pool.shared_time(self.serial * slower, n_jobs, hot) }
    }

    fn best(&self, hot: bool) -> f64 {
        let all = std::iter::once(1).chain(threads(&self.pool, usize::MAX));
        all.map(|n_jobs| self.time(n_jobs, hot)).fold(f64::INFINITY, f64::min)
    }
}

impl Learned {
    /// A call of `n_jobs` threads took `time`, and all of them worked for as long, on items that take the same.
    pub(super) fn record(&mut self, len: usize, n_jobs: usize, hot: bool, time: f64, pool: &PoolModel) {
        if n_jobs == 1 {
            return self.record_loop(len, time, pool);
        }
        let helpers = (n_jobs.min(len) - 1) as f64;
        let sample = Sample {
            n_jobs,
            hot,
            wall: time,
            alone: 0.0,
            worked: time * (helpers + 1.0),
            present: time * helpers,
            peak: 0.0,
            longest: LongestChunk::default(),
        };
        self.record_shared(len, &sample, pool);
    }

    /// Two threads took `time`, and the helper came `late`.
    fn record_late(&mut self, len: usize, hot: bool, (time, late): (f64, f64), pool: &PoolModel) {
        let there = time - late;
        let sample = Sample {
            n_jobs: 2,
            hot,
            wall: time,
            alone: 0.0,
            worked: time + there,
            present: there,
            peak: 0.0,
            longest: LongestChunk::default(),
        };
        self.record_shared(len, &sample, pool);
    }

    fn n_jobs(&self, len: usize, pool: &PoolModel, hot: bool) -> Option<usize> {
        self.choose(len, pool, hot).map(|choice| choice.schedule.n_jobs)
    }
}

/// Calls `truth` 40 times and learns. What it settled on, and all the time that it took.
fn play(truth: &Truth, hot: bool, len: usize, random: &mut Random) -> (f64, f64) {
    let mut learned = Learned::default();
    // The first call is a probe, which may be off by a third.
    learned.record_estimate(len, truth.serial * (0.7 + 0.6 * random.unit()));
    let mut total = 0.0;
    let mut last = 1;
    for _ in 0..40 {
        let choice = learned.choose(len, &truth.pool, hot).expect("an estimate is known");
        let time = truth.time(choice.schedule.n_jobs, hot) * random.noise();
        total += time;
        last = choice.schedule.n_jobs;
        learned.record(len, last, hot, time, &truth.pool);
    }
    (truth.time(last, hot), total)
}

pub(super) fn pool(threads: usize) -> PoolModel {
    let (hot, cold) = (WakeCost::initial(true), WakeCost::initial(false));
    PoolModel { threads, hot, cold, waiting: None, tolerance: tolerance(threads, false), rigor: Rigor::Measure }
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
                let truth = Truth { serial, competition, pool: pool(threads) };
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
    let truth = Truth { serial: 1e6, competition: 1.5, pool: pool(8) };
    let (settled, _) = play(&truth, true, 1000, &mut Random(7));
    assert!((settled - truth.serial).abs() < 1.0);
}

#[test]
fn one_hiccup_changes_nothing() {
    let truth = Truth { serial: 1e7, competition: 0.0, pool: pool(4) };
    let mut learned = Learned::default();
    learned.record_estimate(100, truth.serial);
    for round in 0..20 {
        let choice = learned.choose(100, &truth.pool, true).expect("an estimate is known");
        let hiccup = if round == 0 || round == 9 { 20.0 } else { 1.0 };
        let time = truth.time(choice.schedule.n_jobs, true) * hiccup;
        learned.record(100, choice.schedule.n_jobs, true, time, &truth.pool);
    }
    assert_eq!(learned.n_jobs(100, &truth.pool, true), Some(4));
}

#[test]
fn a_plain_loop_that_was_unlucky_once_is_measured_again() {
    let truth = Truth { serial: 15_000.0, competition: 0.0, pool: pool(2) };
    let mut learned = Learned::default();
    learned.record_loop(250, 20.0 * truth.serial, &truth.pool);
    for _ in 0..60 {
        if learned.n_jobs(250, &truth.pool, false) == Some(1) {
            learned.record_loop(250, truth.serial, &truth.pool);
        } else {
            learned.record_late(250, false, (1.2 * truth.serial, 0.2 * truth.serial), &truth.pool);
        }
    }
    assert_eq!(learned.n_jobs(250, &truth.pool, false), Some(1));
}

#[test]
fn a_starved_run_is_not_believed_until_it_is_usual() {
    let mut learned = Learned::default();
    learned.record_loop(100, 1e6, &pool(2));
    for _ in 0..STARVED_ROW {
        learned.record_late(100, true, (1.1e6, 1.09e6), &pool(2));
        assert!(learned.is_serial());
    }
    learned.record_late(100, true, (1.1e6, 1.09e6), &pool(2));
    assert!(!learned.is_serial());
}

#[test]
fn helpers_that_were_called_late_are_not_starved() {
    let mut learned = Learned::default();
    learned.record_loop(100, 1e6, &pool(2));
    let (worked, present, longest) = (1.29e6, 1.9e5, LongestChunk::default());
    let late = Sample { n_jobs: 2, hot: true, wall: 1.1e6, alone: 9e5, worked, present, peak: 0.0, longest };
    learned.record_shared(100, &late, &pool(2));
    assert!(!learned.is_serial());
}

#[test]
fn a_few_heavy_items_are_all_done_at_once() {
    for threads in [6, 8, 64] {
        for len in 2..=24_usize {
            let pool = pool(threads);
            // Whole items: some threads have one more than others.
            let truth = |n_jobs: usize| {
                let rounds = len.div_ceil(n_jobs);
                1e6 * rounds as f64 + if n_jobs > 1 { 80e3 } else { 0.0 }
            };
            let mut learned = Learned::default();
            learned.record_estimate(len, 1e6 * len as f64);
            for _ in 0..20 {
                let n_jobs = learned.n_jobs(len, &pool, false).expect("an estimate is known");
                learned.record(len, n_jobs, false, truth(n_jobs), &pool);
            }
            let last = learned.n_jobs(len, &pool, false).expect("much is known");
            let best = truth(threads.min(len)) * pool.tolerance;
            assert!(truth(last) <= best, "{len} items on {threads} threads: {last}");
        }
    }
}

#[test]
fn what_was_measured_is_preferred_to_a_prediction() {
    let mut learned = Learned::default();
    learned.record_estimate(100, 104.6e6);
    for _ in 0..30 {
        // Two threads that gain little, because they compete.
        learned.record(100, 2, true, 94e6, &pool(2));
    }
    let choice = learned.choose(100, &pool(2), false).expect("an estimate is known");
    assert!(choice.schedule.n_jobs == 2 && !choice.measured, "{choice:?}");
    let (expected, is_measured) = learned.best_known(&choice, false);
    assert!(is_measured && (expected * 100.0 - 94e6).abs() < 1.0, "{expected}");
}

#[test]
fn of_about_as_fast_numbers_of_threads_the_fewest_are_used() {
    // Memory that eight threads nearly saturate.
    let times = [(4, 2e6), (8, 1.02e6), (16, 1e6), (32, 0.99e6)];
    let settled = |pool: PoolModel| {
        let mut learned = Learned::default();
        learned.record_estimate(1000, 8e6);
        for (n_jobs, time) in times.into_iter().flat_map(|arm| [arm; 3]) {
            learned.record(1000, n_jobs, true, time, &pool);
        }
        learned.n_jobs(1000, &pool, true)
    };
    assert_eq!(settled(pool(32)), Some(8));
    assert_eq!(settled(PoolModel { tolerance: 1.0, ..pool(32) }), Some(32));
}

#[test]
fn three_calls_that_take_another_time_are_enough_to_learn_anew() {
    for factor in [0.1, 10.0] {
        let truth = Truth { serial: 1e7, competition: 0.0, pool: pool(16) };
        let mut learned = Learned::default();
        learned.record_estimate(1000, truth.serial);
        for _ in 0..20 {
            let n_jobs = learned.n_jobs(1000, &truth.pool, true).expect("an estimate is known");
            learned.record(1000, n_jobs, true, truth.time(n_jobs, true), &truth.pool);
        }
        let before = learned.calls();
        let late = Truth { serial: factor * truth.serial, ..truth };
        for call in 1..=3 {
            let n_jobs = learned.n_jobs(1000, &late.pool, true).expect("much is known");
            assert!(learned.calls() >= before && (call == 1) != learned.is_suspect(), "{call}");
            learned.record(1000, n_jobs, true, late.time(n_jobs, true), &late.pool);
        }
        assert!(learned.calls() < before, "{factor}");
        assert!(learned.choose(1000, &late.pool, true).is_none(), "the next items decide");
    }
}

#[test]
fn an_arm_that_became_better_is_found_by_retests_that_cost_a_hundredth() {
    let pool = pool(2);
    let mut learned = Learned::default();
    let (mut all, mut tried) = (0.0, 0.0);
    let mut call = |learned: &mut Learned, two: f64| {
        let Some(n_jobs) = learned.n_jobs(1000, &pool, true) else {
            // Calls take another time, so the first items decide.
            learned.record_estimate(1000, 1e6);
            return 1;
        };
        let time = if n_jobs == 2 { two } else { 1e6 };
        learned.record(1000, n_jobs, true, time, &pool);
        all += time;
        tried += f64::max(time - 1e6, 0.0);
        n_jobs
    };
    learned.record_estimate(1000, 1e6);
    for _ in 0..2_000 {
        call(&mut learned, 1.5e6);
    }
    assert!(call(&mut learned, 1.5e6) == 1 || call(&mut learned, 1.5e6) == 1);
    let last: Vec<_> = (0..1_000).map(|_| call(&mut learned, 0.55e6)).collect();
    assert!(last.ends_with(&[2; 100]), "it scales now");
    assert!(tried < 0.01 * all + 1e6, "{tried} of {all}");
}

#[test]
fn rigor_says_how_much_is_tried() {
    // Four threads are best, and the model, which knows of no competition, promises most of 32.
    let truth = Truth { serial: 1e8, competition: 0.3, pool: pool(32) };
    let tried = |rigor| {
        let pool = truth.pool.with(rigor);
        let mut learned = Learned::default();
        learned.record_estimate(1000, truth.serial);
        let mut calls = vec![];
        for _ in 0..60 {
            let schedule = learned.choose(1000, &pool, true).expect("an estimate is known").schedule;
            learned.record(1000, schedule.n_jobs, true, truth.time(schedule.n_jobs, true), &pool);
            calls.push(schedule.n_jobs);
            if schedule.settled {
                break;
            }
        }
        (calls, learned)
    };
    let (calls, _) = tried(Rigor::Estimate);
    assert_eq!(calls, [32], "what the model promises, at once");
    let (calls, learned) = tried(Rigor::Patient);
    let times = |calls: &[usize], n_jobs: usize| calls.iter().filter(|tried| **tried == n_jobs).count();
    for n_jobs in threads(&truth.pool, 1000).chain([1]) {
        assert!((3..=4).contains(&times(&calls, n_jobs)), "{n_jobs} of {calls:?}");
    }
    let settled = learned.choose(1000, &truth.pool.with(Rigor::Patient), true).unwrap().schedule;
    assert!(settled.settled && truth.time(settled.n_jobs, true) <= 1.05 * truth.best(true), "{settled:?}");
    // What was tried serves calls of lower rigor as it is.
    for rigor in [Rigor::Estimate, Rigor::Measure] {
        let schedule = learned.choose(1000, &truth.pool.with(rigor), true).unwrap().schedule;
        assert_eq!((schedule.n_jobs, schedule.settled), (settled.n_jobs, true), "{rigor:?}");
    }
    // And what a lower one has left out is measured by a higher one.
    let (calls, learned) = tried(Rigor::Measure);
    assert!(calls.len() < 30, "{calls:?}");
    assert!(!learned.choose(1000, &truth.pool.with(Rigor::Patient), true).unwrap().schedule.settled);
}
