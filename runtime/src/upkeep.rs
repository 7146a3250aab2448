//! What a program may do with what is remembered.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::cache::disk;
use crate::cache::portable::{Imported, Merge};
use crate::cache::record::Key;
use crate::config::{CacheMode, config};
use crate::error::Error;
use crate::faults::fault;
use crate::registry::registered;
use crate::remember;
use crate::site::{Site, sites};
use crate::store::Store;
use crate::writer::flush;

/// Forgets every plan of this program's functions: in memory, and on disk for this machine. The next calls measure
/// afresh. Returns how many plans there were.
///
/// Other programs and other machines keep theirs; `amorsize clear` removes those too. Calls that are running now may still
/// write what they learn.
///
/// # Examples
///
/// ```
/// #[amorsize::auto]
/// fn double(x: u32) -> u32 { x * 2 }
///
/// double::map(0..10_000);
/// assert!(amorsize::clear_cache() >= 1);
/// assert_eq!(amorsize::stats().entries, 0);
/// ```
pub fn clear_cache() -> usize {
    let mut all: Vec<&'static Site> = sites();
    // What was never called may be on disk.
    all.extend(registered());
    all.sort_by_key(|site| std::ptr::from_ref(*site).addr());
    all.dedup_by_key(|site| std::ptr::from_ref(*site));
    let mut plans: BTreeSet<(u32, u64, Key)> = BTreeSet::new();
    for site in all {
        let name = |key| (site.build().bits(), site.id().get(), key);
        plans.extend(clear_on_disk(site).into_iter().map(name));
        plans.extend(site.forget().into_iter().map(|(whose, bucket)| name(remember::key(whose, bucket))));
    }
    plans.len()
}

/// Removes a function's plans from the disk. The keys there were.
fn clear_on_disk(site: &'static Site) -> Vec<Key> {
    let Some(home) = remember::home().filter(|_| config().cache == CacheMode::Write) else { return Vec::new() };
    let (id, function) = (home.fingerprint(site.build()).id(), site.id().get());
    let Ok(Some(found)) = disk::load(&home.folder, id, function) else { return Vec::new() };
    let cleared = home.folder.lock(PATIENCE).and_then(|lock| match lock {
        Some(_lock) => crate::cache::folder::remove(&home.folder.plans(id, function)),
        None => Err(std::io::Error::new(std::io::ErrorKind::TimedOut, "others keep it busy")),
    });
    match cleared {
        Ok(()) => found.plans.entries.iter().map(|entry| entry.key).collect(),
        Err(error) => {
            fault(format_args!("the plans in {} could not be removed: {error}", home.folder.root().display()));
            Vec::new()
        }
    }
}

/// How long to wait for other processes.
const PATIENCE: Duration = Duration::from_secs(2);

/// Removes from the cache folder every plan that was last measured longer ago than `ttl`, of all programs and machines
/// that share it. Returns how many.
///
/// What this process remembers stays; [`Config::ttl`](crate::Config::ttl) says which plans are used at all.
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
    if config().cache != CacheMode::Write || remember::home().is_none() {
        return 0;
    }
    Store::open(cache_dir()).prune(ttl).unwrap_or_else(|error| {
        fault(error);
        0
    })
}

/// The folder that plans are kept in, whether it exists or not: what [`Config::cache_dir`](crate::Config::cache_dir) or
/// `AMORSIZE_CACHE_DIR` says, or `amorsize/optimization_cache` in the platform's folder for caches (`$XDG_CACHE_HOME` or
/// `~/.cache` on Linux, `~/Library/Caches` on macOS, the local application data on Windows).
///
/// Empty if there is no home folder and none was named: then nothing is kept.
#[must_use]
pub fn cache_dir() -> PathBuf {
    remember::folder().unwrap_or_default()
}

/// Writes all plans of the cache folder to one file, those of this process included. Returns how many.
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
    flush()?;
    Store::open(cache_dir()).export(path)
}

/// Adds the plans of an export to the cache folder: all of them, or on any error none. What becomes of plans that are
/// there already, `merge` says.
///
/// They are used on the machines they were learned on, by functions that this process has not asked for yet.
///
/// # Errors
/// If the file cannot be read, is damaged, is of a newer format or holds what is out of bounds, if the folder cannot be
/// changed, or if the configuration says that nothing is to be written.
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
    if config().cache != CacheMode::Write {
        return Err(Error::config("nothing is imported: the configuration says that nothing is to be written"));
    }
    let folder = remember::folder();
    let folder =
        folder.ok_or_else(|| Error::config("there is no home folder to keep plans in: set AMORSIZE_CACHE_DIR"))?;
    Store::open(folder).import(path, merge)
}

/// Looks for the plans of all annotated functions of the program at once, called or not. Returns how many were found.
///
/// A function that is called without this looks for its own, once, when its first call has turned out to be long enough
/// for that to pay; so this is for a program that wants its first calls to be as quick as all others.
///
/// # Examples
///
/// ```
/// #[amorsize::auto]
/// fn double(x: u32) -> u32 { x * 2 }
///
/// let plans = amorsize::warm();
/// println!("{plans} plans are known already");
/// ```
pub fn warm() -> usize {
    let mut all: Vec<&'static Site> = registered().collect();
    all.extend(sites());
    all.sort_by_key(|site| std::ptr::from_ref(*site).addr());
    all.dedup_by_key(|site| std::ptr::from_ref(*site));
    all.into_iter().map(remember::warm).sum()
}
