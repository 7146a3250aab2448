//! The terminal that measures a run chunk by chunk.

use super::record::Recorder;
use super::run::Run;
use super::terminal::Terminal;
use crate::executor::adaptor::NeverFails;
use crate::executor::caller::execute;
use crate::executor::chunk::Source;
use crate::executor::map::Map;
use crate::executor::map_fn::MapFn;
use crate::executor::pool;
use crate::executor::recording::Recording;
use crate::executor::work::RunSpec;
use crate::input::items::Items;
use crate::persist;
use crate::site::site::Tuned;
use crate::tuner::arms::Learned;
use amorsize_store::clock::{Nanos, now, since, unix_seconds};
use amorsize_store::config::is_enabled;
use amorsize_store::fork::is_forked_child;
use amorsize_store::profile::{Other, Profile, Span, Thread, Way};

/// All results, and what was measured.
struct Profiled;

/// What was measured of a run.
struct Measured {
    wall: Nanos,
    /// When help was called for.
    called: Option<Nanos>,
    /// Whether the pool was awake.
    hot: bool,
    threads: Vec<Thread>,
}

impl<T, F: MapFn<T, Output: Send>> Terminal<T, F> for Profiled {
    type Answer = (Vec<F::Output>, Measured);

    fn plain(self, f: &F, items: impl Items<T>, _is_whole: &mut bool) -> Self::Answer {
        let start = now();
        let results: Vec<_> = f.over_all(items.into_loop()).collect();
        let wall = since(start);
        let spans = if results.is_empty() { Vec::new() } else { vec![Span::chunk(0, wall, results.len() as u64)] };
        let measured = Measured { wall, called: None, hot: false, threads: vec![Thread::new(spans)] };
        (results, measured)
    }

    fn share(
        self,
        f: &F,
        source: impl Source<Item = T>,
        (len, _): (usize, usize),
        plan: impl FnOnce() -> (RunSpec, Recorder),
    ) -> Self::Answer {
        let (spec, recorder) = plan();
        let mut map = Map::new(source, len, f, NeverFails);
        map.make_room(Vec::new());
        let recording = Recording::new(&map);
        let report = execute(&recording, spec, &recorder);
        let threads = recording.into_threads();
        let results = map.into_results();
        let called = report.shared.map(|shared| shared.called);
        let hot = report.shared.is_some_and(|shared| shared.hot);
        (results, Measured { wall: report.wall, called, hot, threads })
    }
}

impl<T, I: Items<T>, F: MapFn<T>> Run<T, I, F> {
    /// The results, as of [`map`](Self::map), and a [`Profile`] of the run: who did which chunks when, who waited for what,
    /// and what the plain loop, the cost model and the best plan that is known would take.
    ///
    /// What was learned is neither used nor added to: the first items decide, unless `n_jobs` is fixed. The pool is started
    /// first. The profile is kept in the cache folder, where `amorsize show --profile` finds the last one of each function.
    ///
    /// Each chunk is noted, which takes some 100 ns.
    ///
    /// # Examples
    /// ```
    /// #[amorsize::auto]
    /// fn digits(n: u64) -> u64 { (0..n % 100).map(|k| (n / (k + 1)) % 10).sum() }
    ///
    /// let (sums, profile) = digits::on(0..10_000).profile();
    /// assert_eq!(sums[11], 1 + 5 + 3 + 2 + 2 + 1 + 1 + 1 + 1 + 1 + 1);
    /// println!("{profile}");
    /// let picture: String = profile.svg();
    /// # assert!(picture.starts_with("<svg"));
    /// ```
    ///
    /// # Panics
    /// As [`map`](Self::map).
    pub fn profile<U: Send>(self) -> (Vec<U>, Profile)
    where
        F: MapFn<T, Output = U>,
    {
        let (tuned, len) = (self.tuned, self.items.size());
        if is_enabled() && !is_forked_child() && len.is_some_and(|len| len > 1) {
            pool::start_now();
        }
        let (results, measured) = self.use_cache(false).finish(Profiled);
        let profile = describe(tuned, results.len(), measured);
        persist::keep_profile(tuned.site, &profile);
        (results, profile)
    }
}

/// The profile of a run over `len` items.
fn describe(tuned: Tuned, len: usize, measured: Measured) -> Profile {
    let Measured { wall, called, hot, threads } = measured;
    let mut profile = Profile::new(tuned.site.path(), unix_seconds(), len as u64, wall, called, threads);
    if len < 2 || profile.work() == 0 {
        return profile;
    }
    let learned = tuned.instance.learned(len);
    let model = pool::likely_model();
    let time = |cost: f64| (cost * len as f64) as u64;
    let loop_cost = learned.as_ref().and_then(|learned| learned.expects(1, len, &model, hot));
    let is_loop_measured = learned.as_ref().is_some_and(Learned::has_measured_loop);
    let serial = if is_loop_measured { loop_cost.map_or(profile.work(), time) } else { profile.work() };
    profile.others.push(Other::new(Way::PlainLoop, 1, serial, is_loop_measured));

    let mut estimated = Learned::default();
    estimated.record_estimate(len, serial as f64);
    if let Some(choice) = estimated.choose(len, &model, hot) {
        let schedule = choice.schedule;
        profile.others.push(Other::new(Way::Model, schedule.n_jobs, time(f64::from(schedule.expected)), false));
    }
    if let Some(learned) = learned
        && let Some(choice) = learned.choose(len, &model, hot)
    {
        let (expected, is_measured) = learned.best_known(&choice, hot);
        profile.others.push(Other::new(Way::Plan, choice.schedule.n_jobs, time(expected), is_measured));
    }
    profile
}
