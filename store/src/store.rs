//! The interface of a cache folder for tools: what the `amorsize` command shows and does.
//!
//! Nothing here changes what this process has in memory.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::clock::unix_seconds;
use crate::config::config;
use crate::disk::folder::Folder;
use crate::disk::{plans, profiles, statistics, sweep};
use crate::error::Error;
use crate::health::{self, Health, Problem};
use crate::id::FunctionId;
use crate::machine::build_flags::Build;
use crate::machine::fingerprint::{Fingerprint, Machine};
use crate::portable::{self, Imported, Merge};
use crate::profile::Profile;
use crate::record::entry::Entry;
use crate::record::plans::Plans;
use crate::record::statistics::Statistics;
use crate::view::folder_snapshot::folder_snapshot;
use crate::view::functions::{Function, is_called};
use crate::view::places::Place;
use crate::view::snapshot::Snapshot;
use crate::view::survey::{Survey, survey};
use crate::view::totals::Totals;

/// A cache folder, which need not exist.
#[derive(Clone, Debug)]
pub struct Store {
    folder: Folder,
}

/// How long a tool waits for the lock of the folder.
const TIMEOUT: Duration = Duration::from_secs(10);

impl Store {
    /// The store in this folder. Nothing is read or made yet.
    pub fn open(path: impl Into<PathBuf>) -> Self {
        Self { folder: Folder::new(path.into()) }
    }

    /// The same store; `tell` is called with the folder when another process has held its lock for a second, and we wait.
    #[must_use]
    pub fn on_wait(self, tell: fn(&Path)) -> Self {
        Self { folder: self.folder.on_wait(tell) }
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
        // No function is wanted, so no file of plans is read.
        Ok(self.survey(|_, _| false)?.places)
    }

    /// All functions with plans, sorted by path. Files that cannot be used are left out; [`verify`](Self::verify) finds
    /// them.
    ///
    /// # Errors
    /// If the folder cannot be read.
    pub fn functions(&self) -> Result<Vec<Function>, Error> {
        Ok(self.survey(|_, _| true)?.functions)
    }

    /// The functions that are `wanted`, sorted by path, and the fingerprints that they are kept under. Reads no more files
    /// than it must: `wanted` is asked with an identity, and with the path once that is known. Without a path, it says
    /// whether a function with that identity may be wanted.
    ///
    /// # Errors
    /// If the folder cannot be read.
    pub fn survey(&self, wanted: impl Fn(FunctionId, Option<&str>) -> bool + Sync) -> Result<Survey, Error> {
        survey(&self.folder, &wanted).map_err(|error| self.unreadable(error))
    }

    /// What plans and the files about machines take on disk, in bytes: what the size limit is about.
    ///
    /// # Errors
    /// If the folder cannot be read.
    pub fn disk_usage(&self) -> Result<u64, Error> {
        sweep::disk_usage(&self.folder).map_err(|error| self.unreadable(error))
    }

    /// The counts over all processes, on all machines that share the folder.
    ///
    /// # Errors
    /// If the folder cannot be read.
    pub fn totals(&self) -> Result<Totals, Error> {
        let mut all = Statistics::default();
        for id in self.folder.fingerprints().map_err(|error| self.unreadable(error))? {
            if let Some(more) = statistics::load(&self.folder, id).map_err(|error| self.unreadable(error))? {
                all.add(more);
            }
        }
        Ok(Totals::of(all))
    }

    /// Everything that was measured: the counts over all processes, on all machines that share the folder, and the plans for
    /// this machine. Reads every file, so it takes some 10 us a function.
    ///
    /// # Errors
    /// If the folder cannot be read.
    pub fn snapshot(&self) -> Result<Snapshot, Error> {
        let survey = self.survey(|_, _| true)?;
        Ok(folder_snapshot(survey, self.totals()?, self.disk_usage()?))
    }

    /// Removes the plans of `function` (its path, the end of its path from a `::` on, or its identity), or all plans.
    /// Returns how many.
    ///
    /// # Errors
    /// If the folder cannot be changed.
    pub fn clear(&self, function: Option<&str>) -> Result<usize, Error> {
        let is_meant = |path: &str, id| function.is_none_or(|name| is_called(path, id, name));
        let removed = self.retain(|plans, _, _| !is_meant(&plans.function, plans.id))?;
        profiles::remove(&self.folder, is_meant).map_err(|error| self.unwritable(error))?;
        Ok(removed)
    }

    /// The profiles that were kept, of each function the last one on each kind of machine, the last ones first. Files that
    /// cannot be used are left out; [`verify`](Self::verify) finds them.
    ///
    /// # Errors
    /// If the folder cannot be read.
    pub fn profiles(&self) -> Result<Vec<(FunctionId, Profile)>, Error> {
        profiles::all(&self.folder).map_err(|error| self.unreadable(error))
    }

    /// Removes the plans that were last measured longer ago than their TTL: that of the function's attribute, else the
    /// [configured](crate::config::Config::ttl) one. Also those from the future. Returns how many.
    ///
    /// # Errors
    /// If the folder cannot be changed.
    pub fn prune_expired(&self) -> Result<usize, Error> {
        self.retain(|plans, entry, today| is_younger(entry, config().ttl_of(plans.own_ttl()), today))
    }

    /// Removes the plans that were last measured longer ago than `ttl`, whatever TTL their functions have, and those
    /// from the future. Returns how many.
    ///
    /// # Errors
    /// If the folder cannot be changed.
    pub fn prune(&self, ttl: Duration) -> Result<usize, Error> {
        self.retain(|_, entry, today| is_younger(entry, ttl, today))
    }

    fn retain(&self, keep: impl Fn(&Plans, &Entry, u64) -> bool) -> Result<usize, Error> {
        let today = unix_seconds();
        let removed = plans::retain(&self.folder, TIMEOUT, today, |plans, entry| keep(plans, entry, today));
        removed.map_err(|error| self.unwritable(error))
    }

    /// Writes all plans to one file. Returns how many.
    ///
    /// # Errors
    /// If the folder cannot be read or the file not be written.
    pub fn export(&self, path: impl AsRef<Path>) -> Result<usize, Error> {
        self.export_of(path, |_, _| true)
    }

    /// Writes the plans of the functions that are `wanted`, by identity and path, to one file. Returns how many.
    ///
    /// # Errors
    /// If the folder cannot be read or the file not be written.
    pub fn export_of(&self, path: impl AsRef<Path>, wanted: impl Fn(FunctionId, &str) -> bool) -> Result<usize, Error> {
        let wanted = |plans: &Plans| wanted(plans.id, &plans.function);
        portable::export(&self.folder, path.as_ref(), wanted, unix_seconds())
    }

    /// What [`export`](Self::export) writes.
    ///
    /// # Errors
    /// If the folder cannot be read.
    pub fn export_bytes(&self) -> Result<Vec<u8>, Error> {
        portable::export_bytes(&self.folder, |_| true, unix_seconds()).map(|(bytes, _)| bytes)
    }

    /// Adds the plans of an export: all of them, or none if anything in it is wrong.
    ///
    /// # Errors
    /// If the file cannot be read, is damaged, is of a newer format or holds what is out of bounds, or if the folder
    /// cannot be changed. If that happens in the midst of it, the error says that some of the plans may be imported: to
    /// import them again does no harm.
    pub fn import(&self, path: impl AsRef<Path>, merge: Merge) -> Result<Imported, Error> {
        portable::import(&self.folder, path.as_ref(), merge, unix_seconds(), TIMEOUT)
    }

    /// The same for the bytes of an export.
    ///
    /// # Errors
    /// If they are damaged, of a newer format or hold what is out of bounds, or if the folder cannot be changed.
    pub fn import_bytes(&self, bytes: &[u8], merge: Merge) -> Result<Imported, Error> {
        portable::import_bytes(&self.folder, bytes, merge, unix_seconds(), TIMEOUT)
    }

    /// Checks every file: the problems, and a health score. Changes nothing.
    ///
    /// # Errors
    /// If the folder exists and cannot be read.
    pub fn verify(&self) -> Result<Health, Error> {
        health::verify(&self.folder).map_err(|error| self.unreadable(error))
    }

    /// Repairs what [`verify`](Self::verify) finds. Returns the problems that were repaired, then those that were not.
    ///
    /// # Errors
    /// If the folder exists and cannot be read, or another process holds its lock for too long.
    pub fn repair(&self) -> Result<(Vec<Problem>, Vec<Problem>), Error> {
        health::repair(&self.folder, TIMEOUT).map_err(|error| self.unwritable(error))
    }

    fn unreadable(&self, error: io::Error) -> Error {
        Error::io("read", self.folder.root(), error)
    }

    fn unwritable(&self, error: io::Error) -> Error {
        Error::io("change", self.folder.root(), error)
    }
}

fn is_younger(entry: &Entry, ttl: Duration, today: u64) -> bool {
    entry.age(today) <= ttl && !entry.is_from_the_future(today)
}

/// The properties of this machine, and the limits of this process. Takes some hundred microseconds.
#[must_use]
pub fn machine() -> Machine {
    Machine::ask()
}

/// The fingerprint of this machine, for functions with this build.
#[must_use]
pub fn fingerprint(build: Build) -> Fingerprint {
    Fingerprint::new(Machine::ask(), build)
}
