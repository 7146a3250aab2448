//! The figures of the report, as JSON has them.

use amorsize_store::clock::unix_seconds;
use amorsize_store::insight::{Recommendation, insight};
use amorsize_store::store::Store;
use amorsize_store::view::snapshot::{Counts, Snapshot, TierStats};
use serde::Serialize;

use super::rounds::{Measured, PAUSE};
use super::sample::Sample;
use super::statistics::{Speedup, Times, geometric_mean, mean_and_deviation, median};
use crate::doctor::{Cache, Parts};
use crate::folder::folder_snapshot;
use crate::shared::{Ping, tier};

/// All figures of a report.
#[derive(Debug, Serialize)]
pub(super) struct Figures {
    pub(super) version: &'static str,
    /// `release`, or `debug`, whose figures say little.
    pub(super) build: &'static str,
    /// When the report was made, seconds since 1970.
    pub(super) taken: u64,
    pub(super) queries: usize,
    pub(super) pause_ns: u64,
    pub(super) fingerprint: Parts,
    pub(super) cache: Cache,
    pub(super) redis: Option<Ping>,
    pub(super) workloads: Vec<OfWorkload>,
    /// Over all workloads.
    pub(super) averages: Averages,
    pub(super) look_ups: LookUps,
    /// The user's own folder. `None` if there is none.
    pub(super) folder: Option<OfFolder>,
    pub(super) recommendations: Vec<Recommendation>,
    /// What is wrong with the tiers.
    pub(super) problems: Vec<String>,
    /// The file that the report was written to, if it was.
    pub(super) report: Option<String>,
}

#[derive(Debug, Serialize)]
pub(super) struct OfWorkload {
    pub(super) workload: &'static str,
    pub(super) what: &'static str,
    pub(super) items: usize,
    pub(super) plain_loop: Times,
    /// First calls of processes without a cache.
    pub(super) without_cache: Times,
    /// First calls of processes whose plan is on disk.
    pub(super) disk: With,
    /// Later calls of the same processes, by the plan that is in memory then.
    pub(super) memory: With,
    /// First calls of processes with an empty disk, whose plan is in Redis.
    pub(super) from_redis: Option<With>,
}

/// What is measured with a cache.
#[derive(Debug, Serialize)]
pub(super) struct With {
    #[serde(flatten)]
    pub(super) times: Times,
    /// The processes in which the plan was found there. (In memory it always is.)
    pub(super) found: usize,
    /// Over the first call without a cache.
    pub(super) speedup: Option<Speedup>,
}

/// The tiers over all workloads.
#[derive(Debug, Serialize)]
pub(super) struct Averages {
    /// Mean of the medians, ns.
    pub(super) plain_loop_ns: f64,
    pub(super) without_cache_ns: f64,
    pub(super) memory: Average,
    pub(super) disk: Average,
    pub(super) from_redis: Option<Average>,
}

#[derive(Debug, Serialize)]
pub(super) struct Average {
    /// Mean of the medians, ns.
    pub(super) mean_ns: f64,
    /// Geometric mean of the speed-ups of the workloads, the least and the greatest of them.
    pub(super) speedup: f64,
    pub(super) speedup_least: f64,
    pub(super) speedup_greatest: f64,
    pub(super) found: usize,
    pub(super) processes: usize,
}

/// What asking a tier for a plan takes, medians. In memory no call asks: it has its plan.
#[derive(Debug, Serialize)]
pub(super) struct LookUps {
    pub(super) disk_ns: Option<f64>,
    pub(super) redis_ns: Option<f64>,
}

/// The current figures of the user's folder.
#[derive(Debug, Serialize)]
pub(super) struct OfFolder {
    pub(super) cache_dir: String,
    pub(super) functions: usize,
    pub(super) counts: Counts,
    pub(super) hit_rate_percent: Option<f64>,
    pub(super) tiers: Vec<TierStats>,
    pub(super) faults: Vec<String>,
}

/// What is known before anything is measured.
#[derive(Debug)]
pub(super) struct Surroundings {
    pub(super) fingerprint: Parts,
    pub(super) cache: Cache,
    pub(super) redis: Option<Ping>,
    pub(super) problems: Vec<String>,
}

impl Figures {
    pub(super) fn of(around: Surroundings, queries: usize, measured: &[Measured], store: Option<&Store>) -> Self {
        let workloads: Vec<_> = measured.iter().map(OfWorkload::of).collect();
        let snapshot = store.map(|store| {
            let mut all = folder_snapshot(store);
            all.tiers.push(tier());
            all
        });
        let Surroundings { fingerprint, cache, redis, problems } = around;
        Self {
            version: env!("CARGO_PKG_VERSION"),
            build: if cfg!(debug_assertions) { "debug" } else { "release" },
            taken: unix_seconds(),
            queries,
            pause_ns: PAUSE.as_nanos() as u64,
            fingerprint,
            cache,
            redis,
            averages: Averages::of(&workloads, queries),
            workloads,
            look_ups: LookUps {
                disk_ns: look_up(measured, |measured| &measured.disk),
                redis_ns: look_up(measured, |measured| &measured.redis),
            },
            recommendations: snapshot.as_ref().map(insight).unwrap_or_default(),
            folder: store.zip(snapshot).map(|(store, snapshot)| OfFolder::of(store, snapshot)),
            problems,
            report: None,
        }
    }
}

impl OfWorkload {
    fn of(measured: &Measured) -> Self {
        let Measured { workload, without, disk, redis } = measured;
        let each = |samples: &[Sample], of: fn(&Sample) -> &Vec<f64>| -> Vec<f64> {
            samples.iter().map(|sample| median(&mut of(sample).clone())).collect()
        };
        let first = |samples: &[Sample]| -> Vec<f64> { samples.iter().map(|sample| sample.first_ns).collect() };
        let found = |samples: &[Sample]| samples.iter().filter(|sample| sample.found).count();
        let before = first(without);
        let with = |nanos: &[f64], found| With { times: Times::of(nanos), found, speedup: Speedup::of(&before, nanos) };
        Self {
            workload: workload.name(),
            what: workload.what(),
            items: workload.items(),
            plain_loop: Times::of(&each(without, |sample| &sample.plain_ns)),
            without_cache: Times::of(&before),
            disk: with(&first(disk), found(disk)),
            memory: with(&each(disk, |sample| &sample.memory_ns), disk.len()),
            from_redis: (!redis.is_empty()).then(|| with(&first(redis), found(redis))),
        }
    }
}

impl Averages {
    fn of(workloads: &[OfWorkload], queries: usize) -> Self {
        let mean = |of: fn(&OfWorkload) -> &Times| {
            mean_and_deviation(&workloads.iter().map(|it| of(it).median_ns).collect::<Vec<_>>()).0
        };
        let average = |of: fn(&OfWorkload) -> Option<&With>| {
            let all: Vec<&With> = workloads.iter().filter_map(of).collect();
            let ratios: Vec<f64> = all.iter().filter_map(|with| Some(with.speedup.as_ref()?.ratio)).collect();
            Average {
                mean_ns: mean_and_deviation(&all.iter().map(|with| with.times.median_ns).collect::<Vec<_>>()).0,
                speedup: geometric_mean(&ratios),
                speedup_least: ratios.iter().copied().reduce(f64::min).unwrap_or(1.0),
                speedup_greatest: ratios.iter().copied().reduce(f64::max).unwrap_or(1.0),
                found: all.iter().map(|with| with.found).sum(),
                processes: all.len() * queries,
            }
        };
        let has_redis = workloads.iter().any(|it| it.from_redis.is_some());
        Self {
            plain_loop_ns: mean(|it| &it.plain_loop),
            without_cache_ns: mean(|it| &it.without_cache),
            memory: average(|it| Some(&it.memory)),
            disk: average(|it| Some(&it.disk)),
            from_redis: has_redis.then(|| average(|it| it.from_redis.as_ref())),
        }
    }
}

impl OfFolder {
    fn of(store: &Store, snapshot: Snapshot) -> Self {
        Self {
            cache_dir: store.path().display().to_string(),
            functions: snapshot.functions.len(),
            hit_rate_percent: snapshot.counts.hit_rate().map(|rate| 100.0 * rate),
            counts: snapshot.counts,
            tiers: snapshot.tiers,
            faults: snapshot.faults,
        }
    }
}

fn look_up(measured: &[Measured], of: fn(&Measured) -> &Vec<Sample>) -> Option<f64> {
    let mut all: Vec<f64> = measured.iter().flat_map(of).filter_map(|sample| sample.look_up_ns).collect();
    (!all.is_empty()).then(|| median(&mut all))
}
