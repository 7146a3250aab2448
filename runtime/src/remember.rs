//! What other processes learned: found on disk when it is first needed.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use etcetera::BaseStrategy;

use crate::build::Build;
use crate::cache::disk::{self, Unusable};
use crate::cache::folder::Folder;
use crate::cache::machines::{self, Known, PoolCosts};
use crate::cache::memory::{Way, Whose, Word};
use crate::cache::record::{Course, Entry, Key};
use crate::clock::unix_seconds;
use crate::config::{CacheMode, config};
use crate::executor::drive::Advice;
use crate::executor::pool;
use crate::faults::fault;
use crate::fingerprint::{Fingerprint, Machine};
use crate::identity::Mix;
use crate::metrics;
use crate::rejection::Rejection;
use crate::site::{Site, Tuned};
use crate::tuner::arms::Learned;
use crate::tuner::time_bucket::TimeBucket;

/// Where this process finds and leaves plans, and on what machine.
pub(crate) struct Home {
    pub(crate) folder: Folder,
    /// What the machine goes by, where that is cheap to say.
    pub(crate) label: Option<u64>,
    pub(crate) machine: Machine,
    /// When the machine was last asked what it is, seconds since 1970.
    pub(crate) asked: u64,
    /// What was known of its pool.
    pub(crate) pool: PoolCosts,
}

impl Home {
    pub(crate) fn fingerprint(&self, build: Build) -> Fingerprint {
        Fingerprint::new(self.machine.clone(), build)
    }

    fn find() -> Option<Self> {
        let Some(root) = folder() else {
            fault("there is no home folder to keep plans in: set AMORSIZE_CACHE_DIR");
            return None;
        };
        let folder = Folder::new(root);
        if let Err(error) = folder.exists() {
            fault(format_args!("the cache folder {} is not used: {error}", folder.root().display()));
            return None;
        }
        let label = machines::label();
        let known = label.and_then(|label| machines::recall(&folder, label));
        let Known { machine, asked, pool } = known.unwrap_or_else(|| Known {
            machine: Machine::ask(),
            asked: unix_seconds(),
            pool: PoolCosts::default(),
        });
        pool::recall(machine.pool() as usize, pool.start, pool.wake);
        Some(Self { folder, label, machine, asked, pool })
    }
}

static HOME: OnceLock<Option<Home>> = OnceLock::new();

/// Where plans are, unless nothing is to be kept or there is no such place.
pub(crate) fn home() -> Option<&'static Home> {
    if config().cache == CacheMode::Off || !config().enabled {
        return None;
    }
    HOME.get_or_init(Home::find).as_ref()
}

/// Whether [`home`] was ever asked for.
pub(crate) fn is_home_known() -> bool {
    HOME.get().is_some()
}

/// The cache folder: as configured, or where the platform keeps caches. `None` if there is no such place.
pub(crate) fn folder() -> Option<PathBuf> {
    let default = || {
        let strategy = etcetera::base_strategy::choose_native_strategy().ok()?;
        Some(strategy.cache_dir().join("amorsize").join("optimization_cache"))
    };
    config().cache_dir.clone().or_else(default)
}

/// Takes over what other processes learned of this function, and says how many threads are best for `len` items, asleep
/// and awake; `Unknown` if nobody knows, or if items took `cost` ns in this call and clearly something else in theirs.
pub(crate) fn recall(tuned: Tuned, len: usize, cost: f64) -> Advice {
    let Some(stored) = stored(tuned.site) else { return Advice::AskAgain };
    let bucket = len.max(1).ilog2() as u8;
    let mut advice = Advice::Unknown;
    for entry in theirs(&stored, tuned.memory.whose()) {
        if entry.key.bucket == bucket {
            if TimeBucket::differs(f64::from(entry.cost), cost) {
                Rejection::TimeBucket.count();
                continue;
            }
            advice = Advice::Known([entry.asleep, entry.awake].map(|course| course.n_jobs as usize));
        }
        take_over(tuned, entry);
    }
    advice
}

/// Takes over what other processes learned of this function.
pub(crate) fn recall_all(tuned: Tuned) {
    for entry in theirs(&stored(tuned.site).unwrap_or_default(), tuned.memory.whose()) {
        take_over(tuned, entry);
    }
}

/// Takes over what other processes learned of all instantiations and keys of a function. The number of plans.
pub(crate) fn warm(site: &'static Site) -> usize {
    let stored = stored(site).unwrap_or_default();
    if !stored.is_empty() {
        recall_all(site.tuned());
    }
    stored.len()
}

fn theirs(stored: &[Entry], whose: Whose) -> impl Iterator<Item = &Entry> {
    let instantiation = digest(whose.instantiation);
    stored.iter().filter(move |entry| entry.key.instantiation == instantiation && entry.key.user == whose.key)
}

fn take_over(tuned: Tuned, entry: &Entry) {
    let site = tuned.site.index();
    let way = |course: Course| Way {
        n_jobs: course.n_jobs as usize,
        chunksize: usize::try_from(course.chunksize).unwrap_or(usize::MAX),
        open: course.open,
    };
    let (awake, asleep) = (way(entry.awake), way(entry.asleep));
    let word = if awake.n_jobs < 2 && asleep.n_jobs < 2 {
        let len = 2f64.powi(i32::from(entry.key.bucket));
        let open = awake.open || asleep.open;
        Word::plain(if open { u64::MAX } else { metrics::weight(f64::from(entry.cost) * len) }, site)
    } else {
        Word::known(awake, asleep, site)
    };
    tuned.memory.recall(entry.key.bucket, Learned::recalled(&entry.summary), entry.cost, word);
}

/// The plans of this function that are on disk and may be used. Read once; `None` while another thread reads.
fn stored(site: &'static Site) -> Option<Arc<[Entry]>> {
    site.stored(|| read(site).unwrap_or_default())
}

fn read(site: &'static Site) -> Option<Vec<Entry>> {
    let home = home()?;
    let fingerprint = home.fingerprint(site.build()).id();
    let found = match disk::load(&home.folder, fingerprint, site.id().get()) {
        Ok(found) => found?,
        Err(Unusable::Rejected(reason)) => {
            reason.count();
            site.is_damaged();
            return None;
        }
        Err(Unusable::Io(error)) => {
            site.failed();
            let path = home.folder.plans(fingerprint, site.id().get());
            fault(format_args!("the plans in {} cannot be read: {error}", path.display()));
            return None;
        }
    };
    site.is_used(found.used);
    let (now, ttl) = (unix_seconds(), site.own_ttl().map_or(config().ttl, |ttl| Duration::from_secs(ttl.get())));
    // How many threads there will be is not known before there is a pool; what is too much is cut down then.
    let pool = pool::ready().then(|| pool::threads() as u32);
    let mut entries = found.plans.entries;
    entries.retain(|entry| entry.check(now, ttl, pool).inspect_err(|reason| reason.count()).is_ok());
    Some(entries)
}

/// What an instantiation goes by on disk: 0 if there is only one.
pub(crate) fn digest(instantiation: &str) -> u64 {
    if instantiation.is_empty() { 0 } else { Mix::new(2).bytes(instantiation.as_bytes()).finish() | 1 }
}

/// What a plan goes by on disk.
pub(crate) fn key(whose: Whose, bucket: u8) -> Key {
    Key { instantiation: digest(whose.instantiation), user: whose.key, bucket }
}
