//! The functions by which a program manages its cache folder.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use amorsize_store::config::config;
use amorsize_store::error::Error;
use amorsize_store::faults;
use amorsize_store::id::FunctionId;
use amorsize_store::portable::{Imported, Merge};
use amorsize_store::record::entry::Key;
use amorsize_store::store::Store;
use amorsize_store::tier::stack::Reach;

use crate::persist::{self, Location};
use crate::site::site::Site;

/// Removes the plans of these functions, in memory and from all tiers. Returns their number.
pub(super) fn clear(sites: &[&'static Site]) -> usize {
    persist::forget_embedded();
    // Before anything is locked, because it may report a fault.
    let location = locate();
    // A save that runs meanwhile could write the plans again after they were removed.
    let cleared = persist::while_nobody_saves(TIMEOUT, || {
        let mut plans = forget(sites);
        let removed = location.and_then(|location| match location {
            Some(location) => remove(location, sites, &mut plans),
            None => Ok(()),
        });
        (plans.len(), removed)
    });
    // Only now may be saved again: the thread that tells Redis may be waiting for that, and so may whoever listens to faults.
    persist::drain_far();
    match cleared {
        Ok((plans, removed)) => {
            removed.err().into_iter().for_each(faults::report);
            plans
        }
        Err(error) => {
            faults::report(format_args!("the plans could not be cleared: {error}"));
            0
        }
    }
}

/// Forgets the plans of these functions in memory. Returns the build, function and key of each.
fn forget(sites: &[&'static Site]) -> BTreeSet<(u32, FunctionId, Key)> {
    let mut plans = BTreeSet::new();
    for site in sites {
        let (build, id) = (site.build().bits(), site.id());
        let forgotten = site.forget();
        plans.extend(forgotten.into_iter().map(|(key, bucket)| (build, id, persist::entry_key(site, key, bucket))));
        persist::forget(site);
    }
    plans
}

/// Where plans are removed from. `None` if nothing may be written, or there is no folder that can be used.
///
/// # Errors
/// If another thread is opening the folder for all of two seconds.
fn locate() -> Result<Option<&'static Location>, Error> {
    if !config().writes() {
        return Ok(None);
    }
    persist::locate(TIMEOUT).map_err(|error| Error::io("clear plans in", &cache_dir(), error))
}

/// Removes the plans of these functions from all near tiers, and has them removed from the far ones. Adds the build, function
/// and key of each to `removed`.
///
/// # Errors
/// The first one. Plans of other builds are removed all the same.
fn remove(
    location: &Location,
    sites: &[&'static Site],
    removed: &mut BTreeSet<(u32, FunctionId, Key)>,
) -> Result<(), Error> {
    let mut sites = sites.to_vec();
    sites.sort_by_key(|site| site.build().bits());
    let is_there = location.folder.exists();
    let mut result = Ok(());
    for sites in sites.chunk_by(|a, b| a.build() == b.build()) {
        let (build, functions) = (sites[0].build(), sites.iter().map(|site| site.id()).collect::<Vec<_>>());
        let fingerprint = location.fingerprint(build);
        persist::remove_far(&fingerprint, &functions);
        if !matches!(is_there, Ok(true)) {
            continue;
        }
        let found = location.stack.get(fingerprint.id(), &functions, Reach::Near);
        for plans in found.into_iter().filter_map(|found| found.plans) {
            removed.extend(plans.entries.iter().map(|entry| (build.bits(), plans.id, entry.key)));
        }
        result = result.and(location.stack.remove(fingerprint.id(), &functions, Reach::Near));
    }
    is_there.and(result).map_err(|error| Error::io("clear plans in", location.folder.root(), error))
}

/// How long `clear_cache` waits for another thread that opens the folder, and for one that saves.
const TIMEOUT: Duration = Duration::from_secs(2);

/// Removes from the cache folder every plan that was last measured longer ago than `ttl`, of all programs and machines
/// that share it. Returns how many.
///
/// Plans in the memory of this process stay. Which plans are used at all,
/// [`Config::ttl`](amorsize_store::config::Config::ttl) decides.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// let removed = amorsize::prune_expired_cache(Duration::from_secs(30 * 24 * 60 * 60));
/// println!("{removed} plans were older than 30 days");
/// ```
pub fn prune_expired_cache(ttl: Duration) -> usize {
    if !config().writes() || cache_dir().as_os_str().is_empty() {
        return 0;
    }
    Store::open(cache_dir()).prune(ttl).unwrap_or_else(|error| {
        faults::report(error);
        0
    })
}

/// The folder that plans are kept in, whether it exists or not: what
/// [`Config::cache_dir`](amorsize_store::config::Config::cache_dir) or
/// `AMORSIZE_CACHE_DIR` says, or `amorsize/optimization_cache` in the platform's folder for caches (`$XDG_CACHE_HOME` or
/// `~/.cache` on Linux, `~/Library/Caches` on macOS, the local application data on Windows).
///
/// Empty if nothing was configured and there is no home folder. Then plans are not stored.
#[must_use]
pub fn cache_dir() -> PathBuf {
    config().folder().unwrap_or_default()
}

/// Writes all plans of the cache folder to one file. Plans of this process are written to the folder first, if possible.
/// Returns how many plans were exported.
///
/// # Errors
/// If the folder cannot be read or the file not be written.
///
/// # Examples
///
/// ```
/// # let file = std::env::temp_dir().join(format!("amorsize-doc-{}.plans", std::process::id()));
/// let plans = amorsize::export_cache(&file)?;
/// println!("{plans} plans are in {}", file.display());
/// # std::fs::remove_file(&file).unwrap();
/// # Ok::<(), amorsize::Error>(())
/// ```
pub fn export_cache(path: impl AsRef<Path>) -> Result<usize, Error> {
    // If this fails, the plans that are in the folder can be exported all the same.
    let _ = persist::flush();
    Store::open(config().folder_or_error()?).export(path)
}

/// The same as [`export_cache`], in memory: to be sent elsewhere, for [`import_bytes`] there.
///
/// # Errors
/// If the folder cannot be read.
///
/// # Examples
///
/// ```
/// let plans: Vec<u8> = amorsize::export_bytes()?;
/// # assert!(plans.starts_with(b"amzx"));
/// # Ok::<(), amorsize::Error>(())
/// ```
pub fn export_bytes() -> Result<Vec<u8>, Error> {
    // If this fails, the plans that are in the folder can be exported all the same.
    let _ = persist::flush();
    Store::open(config().folder_or_error()?).export_bytes()
}

/// Adds the plans of an export to the cache folder: all of them, or none if anything in it is wrong. `merge` decides
/// what happens where the folder has a plan for the same key.
///
/// They are used on the machines that they were learned on. This process uses them for functions whose plans it has not
/// loaded yet.
///
/// # Errors
/// If the file cannot be read, is damaged, is of a newer format or holds what is out of bounds, if the folder cannot be
/// changed, or if the configuration says that nothing is to be written. If the system refuses half way, as where a disk is
/// taken away, the error says that not all plans could be written; to import them again adds what is missing.
///
/// # Examples
///
/// ```no_run
/// use amorsize::Merge;
///
/// let done = amorsize::import_cache("learned.plans", Merge::Newer)?;
/// println!("{} plans added, {} replaced, {} were there already", done.added, done.replaced, done.skipped);
/// # Ok::<(), amorsize::Error>(())
/// ```
pub fn import_cache(path: impl AsRef<Path>, merge: Merge) -> Result<Imported, Error> {
    writable()?.import(path, merge)
}

/// The same as [`import_cache`], for the bytes of an export: from an environment that keeps no files, for example.
///
/// # Errors
/// Those of [`import_cache`].
///
/// # Examples
///
/// ```no_run
/// use amorsize::Merge;
///
/// # let received = Vec::new();
/// let done = amorsize::import_bytes(&received, Merge::Newer)?;
/// println!("{} plans count on this machine", done.here);
/// # Ok::<(), amorsize::Error>(())
/// ```
pub fn import_bytes(bytes: &[u8], merge: Merge) -> Result<Imported, Error> {
    writable()?.import_bytes(bytes, merge)
}

/// The store that plans are imported to.
fn writable() -> Result<Store, Error> {
    if !config().writes() {
        return Err(Error::config("nothing is imported: the configuration says that nothing is to be written"));
    }
    Ok(Store::open(config().folder_or_error()?))
}
