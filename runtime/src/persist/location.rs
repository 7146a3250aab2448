//! The cache folder, the machine that this process runs on, and the tiers. They are found out once.

use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use amorsize_store::clock::unix_seconds;
use amorsize_store::config::config;
use amorsize_store::disk::Disk;
use amorsize_store::disk::files::is_trusted_folder;
use amorsize_store::disk::folder::Folder;
use amorsize_store::disk::machines::{self, KnownMachine, PoolCosts};
use amorsize_store::faults;
use amorsize_store::machine::build_flags::Build;
use amorsize_store::machine::fingerprint::{Fingerprint, Machine};
use amorsize_store::machine::label;
use amorsize_store::record::stats::TierStats;
use amorsize_store::redis::Redis;
use amorsize_store::sync::{lock_timeout, lock_within};
use amorsize_store::tier::stack::{Reach, Stack};
use once_cell::race::OnceBox;

use crate::executor::pool;

/// The cache folder, the machine and the tiers of this process.
#[derive(Debug)]
pub(crate) struct Location {
    pub(crate) folder: Folder,
    pub(crate) disk: Arc<Disk>,
    /// `None` if there is none to share plans by.
    pub(super) redis: Option<Arc<Redis>>,
    /// All tiers; a new tier is added in [`Location::new`].
    pub(crate) stack: Stack,
    /// The label of the machine. `None` on systems where there is no quick way to make one.
    pub(super) label: Option<u64>,
    pub(super) machine: Machine,
    /// When the system was last asked for the properties of the machine, seconds since 1970.
    pub(super) asked: u64,
    /// Whether there is no file about this machine yet.
    pub(super) is_new: bool,
    /// Threads that rayon's global pool has or will have.
    threads: u32,
    /// The costs of the pool, as they were on disk.
    pub(super) pool: PoolCosts,
}

/// Empty until it was found out. `None` in it: there is no folder that can be used.
static LOCATION: OnceBox<Option<Location>> = OnceBox::new();

/// Held by the thread that opens the folder. If the file system does not answer, only this thread hangs: others give up.
static LOCATING: Mutex<()> = Mutex::new(());

/// The location. `None` if the configuration says that plans are not used, or there is no folder that can be used.
///
/// # Errors
/// `TimedOut` if another thread is opening the folder for all of `timeout`.
pub(crate) fn locate(timeout: Duration) -> io::Result<Option<&'static Location>> {
    locate_with(timeout, true)
}

/// The same, but also `None` if the folder does not exist yet. Then the machine need not be examined before there is
/// something to write.
pub(super) fn locate_existing(timeout: Duration) -> io::Result<Option<&'static Location>> {
    locate_with(timeout, false)
}

/// Whether [`locate`] has an answer already, be it a location or `None`.
pub(super) fn is_located() -> bool {
    LOCATION.get().is_some()
}

/// Threads that rayon's global pool has or will have.
pub(super) fn threads() -> u32 {
    let located = LOCATION.get().and_then(Option::as_ref).map(|location| location.threads);
    located.unwrap_or_else(|| pool::likely_model().threads as u32)
}

/// The fingerprint of functions with this build on this machine, whether there is a folder or not.
pub(super) fn fingerprint_here(build: Build) -> Fingerprint {
    if let Some(Some(location)) = LOCATION.get() {
        return location.fingerprint(build);
    }
    let fingerprint = Fingerprint::new(label::machine(), build);
    pool::expect(fingerprint.pool as usize);
    fingerprint
}

/// The Redis, if it is known already that there is one.
pub(super) fn known_redis() -> Option<&'static Redis> {
    LOCATION.get()?.as_ref()?.redis.as_deref()
}

/// The counts of each tier that may be written to.
pub(super) fn tiers() -> Vec<TierStats> {
    LOCATION.get().and_then(Option::as_ref).map_or_else(Vec::new, |location| location.stack.stats())
}

fn locate_with(timeout: Duration, may_be_absent: bool) -> io::Result<Option<&'static Location>> {
    if let Some(location) = LOCATION.get() {
        return Ok(location.as_ref());
    }
    if !config().reads() {
        return Ok(None);
    }
    let locating = lock_within(&LOCATING, timeout).ok_or_else(|| lock_timeout("another thread"))?;
    let mut fault = None;
    let found = LOCATION.get_or_try_init(|| match open(may_be_absent) {
        Ok(Some(location)) => Ok(Box::new(Some(location))),
        Ok(None) => Err(()),
        Err(why) => {
            fault = Some(why);
            Ok(Box::new(None))
        }
    });
    // With no lock held: whoever listens may do anything.
    drop(locating);
    fault.into_iter().for_each(faults::report);
    Ok(found.ok().and_then(Option::as_ref))
}

/// Opens the folder. `None` if it does not exist, unless it `may_be_absent`.
fn open(may_be_absent: bool) -> Result<Option<Location>, String> {
    let folder = Folder::new(config().folder_or_error().map_err(|error| error.to_string())?);
    match is_trusted_folder(folder.root()) {
        Ok(false) if !may_be_absent => Ok(None),
        Ok(_) => Ok(Some(Location::new(folder))),
        Err(error) => Err(format!("the cache folder {} is not used: {error}", folder.root().display())),
    }
}

impl Location {
    fn new(folder: Folder) -> Self {
        let label = label::label();
        let today = unix_seconds();
        let known = label.and_then(|label| machines::load(&folder, label));
        let known = known.filter(|known| today.abs_diff(known.asked) < machines::MAX_AGE_UNASKED);
        let is_new = known.is_none();
        let KnownMachine { machine, asked, pool } =
            known.unwrap_or_else(|| KnownMachine { machine: Machine::ask(), asked: today, pool: PoolCosts::default() });
        let threads = machine.pool();
        pool::recall(threads as usize, pool.start, pool.wake);
        let disk = Arc::new(Disk::new(folder.clone(), config().writes()));
        let mut stack = Stack::default();
        stack.push(disk.clone(), Reach::Near);
        let redis = config().redis_url().and_then(|url| Redis::open(url, config().ttl_of(None))).map(Arc::new);
        if let Some(redis) = &redis {
            stack.push(redis.clone(), Reach::Far);
        }
        Self { folder, disk, redis, stack, label, machine, asked, is_new, threads, pool }
    }

    /// The fingerprint of functions with this build.
    pub(crate) fn fingerprint(&self, build: Build) -> Fingerprint {
        Fingerprint { machine: self.machine.clone(), pool: self.threads, build: build.bits() }
    }
}
