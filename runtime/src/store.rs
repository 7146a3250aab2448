//! The plans on disk, for those who look after them: what the `amorsize` command shows and does.
//!
//! ```no_run
//! use amorsize::store::Store;
//!
//! let store = Store::open(amorsize::cache_dir());
//! for function in store.functions()? {
//!     println!("{}: {} plans, {} bytes", function.function, function.plans.len(), function.bytes);
//! }
//! # Ok::<(), amorsize::Error>(())
//! ```
//!
//! Nothing here touches what this process itself remembers.

mod health;

use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Serialize, Serializer};

pub use self::health::{Health, Problem, Trouble};
pub use crate::build::Build;
pub use crate::cache::portable::{Imported, Merge};
pub use crate::fingerprint::{Fingerprint, FingerprintId, Machine, named_threads};
pub use crate::rejection::Rejection;

use crate::cache::disk;
use crate::cache::folder::Folder;
use crate::cache::record::{Course, Entry, Plans, size_name};
use crate::cache::{portable, spool, statistics};
use crate::clock::unix_seconds;
use crate::config::{CacheMode, config};
use crate::error::Error;
use crate::tuner::time_bucket::TimeBucket;

/// A cache folder, which need not exist.
#[derive(Clone, Debug)]
pub struct Store {
    folder: Folder,
}

/// How long those who look after a folder wait for others who change it; ...
const PATIENCE: Duration = Duration::from_secs(10);
/// ... and those who only read, for what others left to be put in its place.
const READING: Duration = Duration::from_secs(1);

/// A fingerprint for which there are plans.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Place {
    /// Its name, and that of its folder.
    pub id: FingerprintId,
    /// Its parts; `None` if they are not known.
    pub fingerprint: Option<Fingerprint>,
    /// Where it differs from this machine, so that its plans are not used here. The build is not looked at: that of the
    /// program counts.
    pub differences: Vec<Difference>,
    /// Functions with plans.
    pub functions: usize,
}

/// A part of a fingerprint that is not as it is here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Difference {
    /// Which part.
    pub part: &'static str,
    /// As it was where the plans were learned.
    pub there: String,
    /// As it is here.
    pub here: String,
}

/// A function with plans.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Function {
    /// Its path, `crate::module::name`.
    pub function: String,
    /// Its identity, 16 hexadecimal digits.
    pub id: String,
    /// Where its plans hold.
    pub fingerprint: FingerprintId,
    /// Whether that is this machine, whatever the build.
    pub here: bool,
    /// Length of its file.
    pub bytes: u64,
    /// When it was last written or marked as used, seconds since 1970.
    pub used: u64,
    /// Calls there whose plan was known, over all processes.
    pub hits: u64,
    /// Its plans, in the order of instantiation, key and size.
    pub plans: Vec<PlanInfo>,
}

/// What is kept for one instantiation, key and size of input.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct PlanInfo {
    /// The instantiation's type, where there is more than one.
    pub instantiation: Option<String>,
    /// The digest of the user's `key(..)`, 16 hexadecimal digits, where there is one.
    pub key: Option<String>,
    /// The fewest and the most items of this size.
    pub items: (u64, u64),
    /// The word for it: tiny, small, medium, large, xlarge.
    pub size: &'static str,
    /// How long an item takes, as a word: instant, fast, moderate, slow, `very_slow`.
    pub time: &'static str,
    /// What an item takes in the plain loop, ns.
    pub serial_ns: f64,
    /// What is done while the pool is awake.
    pub awake: CourseInfo,
    /// What is done while it sleeps.
    pub asleep: CourseInfo,
    /// Threads of the pool it was learned on.
    pub pool: u32,
    /// Calls that were measured.
    pub samples: u64,
    /// When it was last measured, seconds since 1970.
    pub measured: u64,
    /// How long ago that is, in seconds.
    pub age: u64,
    /// How long it is believed, in seconds: as its function says, or else the configuration.
    pub ttl: u64,
    /// Why it would not be used on this machine now; `None` if it would.
    pub rejected: Option<Rejection>,
}

/// What is done, at one temperature of the pool.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct CourseInfo {
    /// Threads; 1 for the plain loop.
    pub n_jobs: u32,
    /// The fewest items that a thread takes at once.
    pub chunksize: u64,
    /// What an item is expected to take, ns.
    pub expected_ns: f64,
    /// Whether nothing is left that is worth trying.
    pub settled: bool,
}

/// What has happened over all processes.
#[derive(Clone, Debug, Default, Serialize)]
#[non_exhaustive]
pub struct Totals {
    /// Seconds since 1970 of the first and of the last addition; 0 if there was none.
    pub since: u64,
    /// See `since`.
    pub until: u64,
    /// Processes that added to it.
    pub processes: u64,
    /// Calls whose plan was known.
    pub hits: u64,
    /// Of the hits, those whose plan was found on disk.
    pub recalled: u64,
    /// Calls whose plan was not known.
    pub misses: u64,
    /// Faults of the cache and of the configuration.
    pub errors: u64,
    /// What shared runs took less than the plain loop would have, ns; negative if they took more.
    pub saved_ns: i64,
    /// Plans that were found and not used, by the reason's name.
    #[serde(serialize_with = "as_map")]
    pub rejected: Vec<(String, u64)>,
    /// Each function, the one that saved most first.
    pub functions: Vec<FunctionTotals>,
}

/// What has happened to one function over all processes.
#[derive(Clone, Debug, Default, Serialize)]
#[non_exhaustive]
pub struct FunctionTotals {
    /// Its path.
    pub function: String,
    /// Its identity, 16 hexadecimal digits.
    pub id: String,
    /// Calls whose plan was known.
    pub hits: u64,
    /// Of the hits, those whose plan was found on disk.
    pub recalled: u64,
    /// Calls whose plan was not known.
    pub misses: u64,
    /// Times that its plans on disk could not be read.
    pub errors: u64,
    /// What shared runs took less than the plain loop would have, ns.
    pub saved_ns: i64,
}

impl Store {
    /// The store in this folder. Nothing is read or made yet.
    pub fn open(path: impl Into<PathBuf>) -> Self {
        Self { folder: Folder::new(path.into()) }
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        self.folder.root()
    }

    /// The fingerprints for which there are plans.
    ///
    /// # Errors
    /// If the folder cannot be read.
    pub fn places(&self) -> Result<Vec<Place>, Error> {
        self.settle_to_read();
        let here = Machine::ask();
        let ids = self.folder.fingerprints().map_err(|error| self.unreadable(error))?;
        let place = |id| {
            let functions = self.folder.functions(id).map_err(|error| self.unreadable(error))?.len();
            let fingerprint = disk::parts(&self.folder, id).ok().flatten();
            let differences = fingerprint.as_ref().map_or_else(Vec::new, |there| differences(there, &here));
            Ok(Place { id, fingerprint, differences, functions })
        };
        ids.into_iter().map(place).collect()
    }

    /// All functions with plans, by their paths. Files that cannot be used are left out: [`verify`](Self::verify) finds
    /// them.
    ///
    /// # Errors
    /// If the folder cannot be read.
    pub fn functions(&self) -> Result<Vec<Function>, Error> {
        let now = unix_seconds();
        let mut functions = Vec::new();
        for place in self.places()? {
            // Where the counts cannot be read, the plans can be shown all the same.
            let counts = statistics::load(&self.folder, place.id).ok().flatten().unwrap_or_default().functions;
            for id in self.folder.functions(place.id).map_err(|error| self.unreadable(error))? {
                if let Ok(Some(found)) = disk::load(&self.folder, place.id, id) {
                    let hits = counts.iter().find(|counts| counts.id == id).map_or(0, |counts| counts.hits);
                    functions.push(Function::new(found, &place, hits, now));
                }
            }
        }
        functions.sort_by(|a, b| (&a.function, !a.here, &a.id).cmp(&(&b.function, !b.here, &b.id)));
        Ok(functions)
    }

    /// What has happened over all processes, on all machines that share the folder.
    ///
    /// # Errors
    /// If the folder cannot be read.
    pub fn totals(&self) -> Result<Totals, Error> {
        self.settle_to_read();
        let mut all = statistics::Statistics::default();
        for id in self.folder.fingerprints().map_err(|error| self.unreadable(error))? {
            if let Some(more) = statistics::load(&self.folder, id).map_err(|error| self.unreadable(error))? {
                all.add(more);
            }
        }
        Ok(Totals::of(all))
    }

    /// Removes the plans of `function` (its path, the end of its path from a `::` on, or its identity), or all there are.
    /// The number of plans.
    ///
    /// # Errors
    /// If the folder cannot be changed.
    pub fn clear(&self, function: Option<&str>) -> Result<usize, Error> {
        let goes = |plans: &Plans| function.is_none_or(|name| is_called(&plans.function, plans.id, name));
        self.change(|| disk::retain(&self.folder, PATIENCE, |plans, _| !goes(plans)))
    }

    /// Removes the plans that are no longer believed: last measured longer ago than their function says, or else the
    /// [configuration](crate::Config::ttl). The number of plans.
    ///
    /// # Errors
    /// If the folder cannot be changed.
    pub fn prune_expired(&self) -> Result<usize, Error> {
        self.retain(|plans, entry, now| entry.age(now) <= plans.ttl_or(config().ttl))
    }

    /// Removes the plans that were last measured longer ago than `ttl`, whatever their functions say, and those that claim
    /// to be from the future. The number of plans.
    ///
    /// # Errors
    /// If the folder cannot be changed.
    pub fn prune(&self, ttl: Duration) -> Result<usize, Error> {
        self.retain(|_, entry, now| entry.age(now) <= ttl)
    }

    fn retain(&self, stays: impl Fn(&Plans, &Entry, u64) -> bool) -> Result<usize, Error> {
        let now = unix_seconds();
        let stays = |plans: &Plans, entry: &Entry| stays(plans, entry, now) && !entry.is_from_the_future(now);
        self.change(|| disk::retain(&self.folder, PATIENCE, stays))
    }

    /// Writes all plans to one file. The number of plans.
    ///
    /// # Errors
    /// If the folder cannot be read or the file not be written.
    pub fn export(&self, path: impl AsRef<Path>) -> Result<usize, Error> {
        self.settle_to_read();
        portable::export(&self.folder, path.as_ref(), unix_seconds())
    }

    /// Adds the plans of an export: all of them, or on any error none.
    ///
    /// # Errors
    /// If the file cannot be read, is damaged, is of a newer format or holds what is out of bounds, or if the folder
    /// cannot be changed.
    pub fn import(&self, path: impl AsRef<Path>, merge: Merge) -> Result<Imported, Error> {
        let _ = spool::settle(&self.folder, PATIENCE, unix_seconds());
        let done = portable::import(&self.folder, path.as_ref(), merge, unix_seconds(), PATIENCE);
        let _ = spool::settle(&self.folder, Duration::ZERO, unix_seconds());
        done
    }

    /// Looks at every file: what is wrong, and how healthy the folder is. Changes nothing.
    ///
    /// # Errors
    /// If the folder is there and cannot be looked at.
    pub fn verify(&self) -> Result<Health, Error> {
        health::look(&self.folder).map_err(|error| self.unreadable(error))
    }

    /// Mends what [`verify`](Self::verify) finds. What was mended; the rest is what could not be.
    ///
    /// # Errors
    /// If the folder is there and cannot be looked at.
    pub fn repair(&self) -> Result<(Vec<Problem>, Vec<Problem>), Error> {
        self.change(|| health::mend(&self.folder, PATIENCE))
    }

    /// What others left is to be seen as well, if it may be put in its place.
    fn settle_to_read(&self) {
        if config().cache == CacheMode::Write {
            let _ = spool::settle(&self.folder, READING, unix_seconds());
        }
    }

    /// What others left would come back; and what they leave meanwhile is put in its place.
    fn change<R>(&self, change: impl FnOnce() -> io::Result<R>) -> Result<R, Error> {
        let done = spool::settle(&self.folder, PATIENCE, unix_seconds()).and_then(|()| change());
        let _ = spool::settle(&self.folder, Duration::ZERO, unix_seconds());
        done.map_err(|error| self.unwritable(error))
    }

    fn unreadable(&self, error: io::Error) -> Error {
        Error::io("read", self.folder.root(), error)
    }

    fn unwritable(&self, error: io::Error) -> Error {
        Error::io("change", self.folder.root(), error)
    }
}

/// This machine as it is now, and what of it this process may use. Takes some hundred microseconds.
#[must_use]
pub fn machine() -> Machine {
    Machine::ask()
}

/// The fingerprint of plans here, for functions that were built like this.
#[must_use]
pub fn fingerprint(build: Build) -> Fingerprint {
    Fingerprint::new(Machine::ask(), build)
}

/// What the environment tells programs to do, with the default where it says nothing or something that makes no sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Settings {
    /// Whether anything is tuned.
    pub enabled: bool,
    /// What is done with the plans on disk: off, read or write.
    pub cache: &'static str,
    /// How long a plan is believed, in seconds.
    pub ttl: u64,
    /// The most bytes that the plans take on disk.
    pub max_size: u64,
}

/// What this process goes by: its [`Config`](crate::Config), or the environment.
#[must_use]
pub fn settings() -> Settings {
    let config = config();
    let cache = match config.cache {
        CacheMode::Off => "off",
        CacheMode::Read => "read",
        CacheMode::Write => "write",
    };
    Settings { enabled: config.enabled, cache, ttl: config.ttl.as_secs(), max_size: config.max_size }
}

/// The memory that the control groups leave to this process, in bytes; `None` if they leave all of it.
#[must_use]
pub fn memory_limit() -> Option<u64> {
    // Version 1 of control groups says "none" by a number that no machine has.
    crate::cgroup::memory_limit().filter(|&limit| limit < 1 << 60)
}

impl Function {
    /// Whether a person who writes `name` means this one: its path, the end of its path from a `::` on, or its identity.
    #[must_use]
    pub fn is_called(&self, name: &str) -> bool {
        self.id == name || is_end_of(&self.function, name)
    }

    fn new(found: disk::Found, place: &Place, hits: u64, now: u64) -> Self {
        let disk::Found { plans, size, used } = found;
        let ttl = plans.ttl_or(config().ttl);
        let infos = plans.entries.iter().map(|entry| PlanInfo::new(entry, &plans.names, place, ttl, now));
        Self {
            id: format!("{:016x}", plans.id),
            fingerprint: place.id,
            here: place.fingerprint.is_some() && place.differences.is_empty(),
            bytes: size,
            used: seconds(used),
            hits,
            plans: infos.collect(),
            function: plans.function,
        }
    }
}

impl PlanInfo {
    fn new(entry: &Entry, names: &[(u64, String)], place: &Place, ttl: Duration, now: u64) -> Self {
        let name_of = |digest| names.iter().find(|(known, _)| *known == digest).map(|(_, name)| name.clone());
        let instantiation = entry.key.instantiation;
        let first = 1u64 << entry.key.bucket.min(63);
        let foreign = !place.differences.is_empty() || place.fingerprint.is_none();
        let pool = place.fingerprint.as_ref().map(|fingerprint| fingerprint.pool);
        let rejected = if foreign { Some(Rejection::Fingerprint) } else { None };
        Self {
            instantiation: (instantiation != 0)
                .then(|| name_of(instantiation).unwrap_or_else(|| format!("{instantiation:016x}"))),
            key: (entry.key.user != 0).then(|| format!("{:016x}", entry.key.user)),
            items: (first, first - 1 + first),
            size: size_name(entry.key.bucket),
            time: TimeBucket::of(f64::from(entry.cost)).name(),
            serial_ns: f64::from(entry.cost),
            awake: CourseInfo::from(entry.awake),
            asleep: CourseInfo::from(entry.asleep),
            pool: entry.pool,
            samples: entry.summary.samples(),
            measured: entry.measured,
            age: entry.age(now).as_secs(),
            ttl: ttl.as_secs(),
            rejected: rejected.or_else(|| entry.check(now, ttl, pool).err()),
        }
    }
}

impl From<Course> for CourseInfo {
    fn from(course: Course) -> Self {
        let Course { n_jobs, chunksize, open, expected } = course;
        Self { n_jobs, chunksize, expected_ns: f64::from(expected), settled: !open }
    }
}

impl Totals {
    fn of(all: statistics::Statistics) -> Self {
        let total = |part: fn(&statistics::Counts) -> u64| all.functions.iter().map(part).fold(0, u64::saturating_add);
        let (hits, recalled, misses) = (total(|f| f.hits), total(|f| f.recalled), total(|f| f.misses));
        let saved_ns = all.functions.iter().map(|function| function.saved).fold(0, i64::saturating_add);
        let mut functions: Vec<_> = all.functions.into_iter().map(FunctionTotals::of).collect();
        functions.sort_by(|a, b| b.saved_ns.cmp(&a.saved_ns).then_with(|| a.function.cmp(&b.function)));
        let statistics::Statistics { since, until, processes, errors, rejected, .. } = all;
        Self { since, until, processes, hits, recalled, misses, errors, saved_ns, rejected, functions }
    }
}

impl FunctionTotals {
    fn of(counts: statistics::Counts) -> Self {
        let statistics::Counts { id, function, hits, recalled, misses, errors, saved } = counts;
        Self { function, id: format!("{id:016x}"), hits, recalled, misses, errors, saved_ns: saved }
    }
}

fn is_called(function: &str, id: u64, name: &str) -> bool {
    format!("{id:016x}") == name || is_end_of(function, name)
}

fn is_end_of(path: &str, name: &str) -> bool {
    path.strip_suffix(name).is_some_and(|rest| !name.is_empty() && (rest.is_empty() || rest.ends_with("::")))
}

/// Where the plans of a fingerprint do not hold here.
fn differences(there: &Fingerprint, here: &Machine) -> Vec<Difference> {
    let Machine { cpu, physical_cores, logical_cores, usable_cores, memory_log2, os, arch } = &there.machine;
    let memory = |log2: u32| format!("{} to {} MiB", (1u64 << log2.min(62)) >> 20, (2u64 << log2.min(62)) >> 20);
    let parts = [
        ("cpu", cpu.clone(), here.cpu.clone()),
        ("physical cores", physical_cores.to_string(), here.physical_cores.to_string()),
        ("logical cores", logical_cores.to_string(), here.logical_cores.to_string()),
        ("usable cores", usable_cores.to_string(), here.usable_cores.to_string()),
        ("memory", memory(*memory_log2), memory(here.memory_log2)),
        ("pool", there.pool.to_string(), here.pool().to_string()),
        ("os", os.clone(), here.os.clone()),
        ("architecture", arch.clone(), here.arch.clone()),
    ];
    parts
        .into_iter()
        .filter(|(_, there, here)| there != here)
        .map(|(part, there, here)| Difference { part, there, here })
        .collect()
}

/// Names and numbers as a map.
fn as_map<S: Serializer>(pairs: &[(String, u64)], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(pairs.iter().map(|(name, count)| (name, count)))
}

/// Seconds since 1970.
fn seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_goes_by_the_end_of_its_path() {
        for (name, is) in
            [("crate::text::score", true), ("text::score", true), ("score", true), ("core", false), ("", false)]
        {
            assert_eq!(is_called("crate::text::score", 255, name), is, "{name}");
        }
        assert!(is_called("x", 255, "00000000000000ff"));
    }

    #[test]
    fn differences_are_named() {
        let there = fingerprint(Build::from_bits(0));
        assert_eq!(differences(&there, &there.machine), []);
        let mut here = there.machine.clone();
        here.cpu.push('2');
        here.memory_log2 += 1;
        let parts: Vec<_> = differences(&there, &here).into_iter().map(|difference| difference.part).collect();
        assert_eq!(parts, ["cpu", "memory"]);
    }
}
