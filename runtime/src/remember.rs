//! What other processes learned: found on disk when it is first needed.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use etcetera::BaseStrategy;

use crate::build::Build;
use crate::cache::disk::{self, Unusable};
use crate::cache::folder::Folder;
use crate::cache::machines::{self, Known, PoolCosts};
use crate::cache::memory::{News, Way, Whose, Word};
use crate::cache::record::{Course, Entry, Key};
use crate::clock::{now, unix_seconds};
use crate::config::{CacheMode, config};
use crate::error::Error;
use crate::executor::policy::{Advice, ProbeSample};
use crate::executor::pool;
use crate::faults::fault;
use crate::fingerprint::{Fingerprint, Machine};
use crate::identity::Mix;
use crate::metrics;
use crate::rejection::Rejection;
use crate::site::{Site, Tuned};
use crate::tuner::arms::Learned;
use crate::tuner::time_bucket::TimeBucket;
use crate::{lock, lock_within};

/// Where this process finds and leaves plans, and on what machine.
pub(crate) struct Home {
    pub(crate) folder: Folder,
    /// What the machine goes by, where that is cheap to say.
    pub(crate) label: Option<u64>,
    pub(crate) machine: Machine,
    /// Threads that rayon's global pool has or will have.
    pub(crate) threads: u32,
    /// When the machine was last asked what it is, seconds since 1970.
    pub(crate) asked: u64,
    /// What was known of its pool.
    pub(crate) pool: PoolCosts,
}

impl Home {
    pub(crate) fn fingerprint(&self, build: Build) -> Fingerprint {
        Fingerprint { machine: self.machine.clone(), pool: self.threads, build: build.bits() }
    }

    /// The same, on what the machine turned out to be by now.
    pub(crate) fn moved(&self, machine: Machine, asked: u64) -> Self {
        Self {
            folder: self.folder.clone(),
            label: self.label,
            threads: machine.pool(),
            machine,
            asked,
            pool: self.pool,
        }
    }

    fn find(folder: Folder) -> Self {
        let label = machines::label();
        // Whoever writes asks again much sooner; where nobody does, it is not believed for ever.
        let today = unix_seconds();
        let known = label.and_then(|label| machines::recall(&folder, label));
        let known = known.filter(|known| today.abs_diff(known.asked) < machines::BELIEVED_UNASKED);
        let Known { machine, asked, pool } =
            known.unwrap_or_else(|| Known { machine: Machine::ask(), asked: today, pool: PoolCosts::default() });
        let threads = machine.pool();
        pool::recall(threads as usize, pool.start, pool.wake);
        Self { folder, label, machine, threads, asked, pool }
    }
}

/// What came of looking for a home.
#[derive(Clone, Copy)]
enum Search {
    NotYet,
    InVain,
    Found(&'static Home),
}

static HOME: Mutex<Search> = Mutex::new(Search::NotYet);

/// Where plans are; `None` if nothing is to be kept or there is no such place.
///
/// Looks for it if nobody has.
///
/// # Errors
/// If another thread is still looking after so long: a file system may not answer.
pub(crate) fn home(patience: Duration) -> Result<Option<&'static Home>, Busy> {
    look(patience, true)
}

/// The same; `None` also if nobody has left anything there yet: then what machine this is can wait until there is something
/// to leave.
fn home_with_plans(patience: Duration) -> Result<Option<&'static Home>, Busy> {
    look(patience, false)
}

fn look(patience: Duration, even_if_empty: bool) -> Result<Option<&'static Home>, Busy> {
    if config().cache == CacheMode::Off || !config().enabled {
        return Ok(None);
    }
    let mut search = lock_within(&HOME, patience).ok_or(Busy)?;
    if matches!(*search, Search::NotYet) {
        *search = match folder_or_error() {
            Ok(root) => {
                let folder = Folder::new(root);
                match folder.exists() {
                    Ok(false) if !even_if_empty => return Ok(None),
                    Ok(_) => Search::found(Home::find(folder)),
                    Err(error) => {
                        fault(format_args!("the cache folder {} is not used: {error}", folder.root().display()));
                        Search::InVain
                    }
                }
            }
            Err(error) => {
                fault(error);
                Search::InVain
            }
        };
    }
    Ok(match *search {
        Search::Found(home) => Some(home),
        Search::NotYet | Search::InVain => None,
    })
}

impl Search {
    /// Homes live for ever: there is one for each process, but where the machine changes under it.
    fn found(home: Home) -> Self {
        Self::Found(Box::leak(Box::new(home)))
    }
}

/// Another thread was at it all the time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Busy;

/// The machine is no longer what it was.
pub(crate) fn move_home(to: Home) {
    *lock(&HOME) = Search::found(to);
}

/// Whether [`home`] was ever asked for.
pub(crate) fn is_home_known() -> bool {
    lock_within(&HOME, Duration::ZERO).is_none_or(|search| !matches!(*search, Search::NotYet))
}

/// The cache folder: as configured, or where the platform keeps caches. `None` if there is no such place.
pub(crate) fn folder() -> Option<PathBuf> {
    let default = || {
        let strategy = etcetera::base_strategy::choose_native_strategy().ok()?;
        Some(strategy.cache_dir().join("amorsize").join("optimization_cache"))
    };
    config().cache_dir.clone().or_else(default)
}

/// The same, for those who cannot go on without.
pub(crate) fn folder_or_error() -> Result<PathBuf, Error> {
    folder().ok_or_else(|| Error::config("there is no home folder to keep plans in: set AMORSIZE_CACHE_DIR"))
}

/// Takes over what other processes learned of this function, and says how many threads are best for this call, asleep and
/// awake; `Unknown` if nobody knows, or if its items take clearly something else than theirs did.
pub(crate) fn recall(tuned: Tuned, sample: &ProbeSample) -> Advice {
    let Some(stored) = stored(tuned.site, Duration::ZERO) else { return Advice::AskAgain };
    let bucket = sample.len.max(1).ilog2() as u8;
    let mut advice = Advice::Unknown;
    for entry in theirs(&stored, tuned.memory.whose()) {
        if entry.key.bucket == bucket {
            match verdict(f64::from(entry.cost), sample) {
                Verdict::Same => {}
                Verdict::Doubt => return Advice::Wait,
                Verdict::Different => {
                    Rejection::TimeBucket.count();
                    continue;
                }
            }
            advice = Advice::Known([entry.asleep, entry.awake].map(|course| course.n_jobs as usize));
        }
        take_over(tuned, entry);
    }
    advice
}

/// Whether items take what they took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Same,
    /// Wait for more items: one more is soon done, and a plan that was learned over many calls is worth it.
    Doubt,
    Different,
}

fn verdict(cost: f64, sample: &ProbeSample) -> Verdict {
    if !TimeBucket::differs(cost, sample.cost) {
        Verdict::Same
    } else if sample.in_doubt && sample.cost > cost {
        Verdict::Doubt
    } else {
        Verdict::Different
    }
}

/// Takes over what other processes learned of this function.
pub(crate) fn recall_all(tuned: Tuned) {
    for entry in theirs(&stored(tuned.site, PATIENCE).unwrap_or_default(), tuned.memory.whose()) {
        take_over(tuned, entry);
    }
}

/// Takes over what other processes learned of all instantiations and keys of a function. The number of plans.
pub(crate) fn warm(site: &'static Site) -> usize {
    let stored = stored(site, PATIENCE).unwrap_or_default();
    if !stored.is_empty() {
        recall_all(site.tuned());
    }
    stored.len()
}

/// Those who ask on purpose wait this long for another thread that is at the disk.
const PATIENCE: Duration = Duration::from_secs(2);

/// What was measured so recently is not written again for every process that uses it.
const A_WHILE: Duration = Duration::from_secs(60 * 60);

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
    let news = News { bucket: entry.key.bucket, learned: Learned::recalled(&entry.summary), cost: entry.cost, word };
    let told = (entry.age(unix_seconds()) < A_WHILE).then(now);
    tuned.memory.recall(tuned.tag, news, told);
}

/// The plans of this function that are on disk and may be used. Read once; `None` while another thread is at the disk.
fn stored(site: &'static Site, patience: Duration) -> Option<Arc<[Entry]>> {
    site.stored(|| match home_with_plans(patience) {
        Ok(home) => Some(home.and_then(|home| read(home, site)).unwrap_or_default()),
        Err(Busy) => None,
    })
}

fn read(home: &Home, site: &'static Site) -> Option<Vec<Entry>> {
    let fingerprint = home.fingerprint(site.build()).id();
    let found = match disk::load(&home.folder, fingerprint, site.id().get()) {
        Ok(found) => found?,
        Err(Unusable::Rejected(reason)) => {
            reason.count();
            site.note_damaged();
            return None;
        }
        Err(Unusable::Io(error)) => {
            site.note_error();
            let path = home.folder.plans(fingerprint, site.id().get());
            fault(format_args!("the plans in {} cannot be read: {error}", path.display()));
            return None;
        }
    };
    site.note_used(found.used);
    let (today, ttl) = (unix_seconds(), own_ttl(site).unwrap_or(config().ttl));
    let mut entries = found.plans.entries;
    entries
        .retain(|entry| entry.check(today, ttl, pool::global_threads()).inspect_err(|reason| reason.count()).is_ok());
    Some(entries)
}

/// How long the plans of a function are believed, if it says so itself.
pub(crate) fn own_ttl(site: &Site) -> Option<Duration> {
    site.own_ttl().map(|ttl| Duration::from_secs(ttl.get()))
}

/// What an instantiation goes by on disk: 0 if there is only one.
pub(crate) fn digest(instantiation: &str) -> u64 {
    if instantiation.is_empty() { 0 } else { Mix::new(2).bytes(instantiation.as_bytes()).finish() | 1 }
}

/// What a plan goes by on disk.
pub(crate) fn key(whose: Whose, bucket: u8) -> Key {
    Key { instantiation: digest(whose.instantiation), user: whose.key, bucket }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_item_that_took_long_is_no_verdict() {
        let sample = |cost, in_doubt| ProbeSample { len: 8, time: 1_000_000, sure: 0.0, cost, in_doubt, pays: true };
        assert_eq!(verdict(1e5, &sample(2e5, true)), Verdict::Same);
        assert_eq!(verdict(1e5, &sample(4e6, true)), Verdict::Doubt);
        assert_eq!(verdict(1e5, &sample(4e6, false)), Verdict::Different, "and the next one as well");
        assert_eq!(verdict(4e6, &sample(1e5, true)), Verdict::Different, "nothing makes items faster than they are");
    }
}
