//! What a program may do with what is remembered.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::cache::disk;
use crate::cache::folder;
use crate::cache::portable::{Imported, Merge};
use crate::cache::record::Key;
use crate::cache::spool;
use crate::clock::unix_seconds;
use crate::config::{CacheMode, config};
use crate::error::Error;
use crate::faults::fault;
use crate::keep;
use crate::registry::registered;
use crate::remember::{self, Home};
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
    // What was learned and is about to be written would come back.
    keep::while_nobody_writes(PATIENCE, clear).unwrap_or_else(|error| {
        fault(format_args!("the plans could not be cleared: {error}"));
        0
    })
}

fn clear() -> usize {
    let mut plans: BTreeSet<(u32, u64, Key)> = BTreeSet::new();
    for site in all_sites() {
        let (build, id) = (site.build().bits(), site.id().get());
        plans.extend(site.forget().into_iter().map(|(whose, bucket)| (build, id, remember::key(whose, bucket))));
    }
    if config().cache == CacheMode::Write
        && let Ok(Some(home)) = remember::home(PATIENCE)
        && home.folder.exists().unwrap_or(false)
    {
        match clear_on_disk(home) {
            Ok(found) => plans.extend(found),
            Err(error) => fault(format_args!("{} could not be cleared: {error}", home.folder.root().display())),
        }
    }
    plans.len()
}

/// Removes the plans of this program's functions from the disk. The keys there were, with build and function.
fn clear_on_disk(home: &Home) -> io::Result<Vec<(u32, u64, Key)>> {
    // What was left there would come back.
    spool::settle(&home.folder, PATIENCE, unix_seconds())?;
    let lock = home.folder.lock(PATIENCE)?;
    let lock = lock.ok_or_else(|| io::Error::new(io::ErrorKind::TimedOut, "others keep it busy"))?;
    let mut cleared = Vec::new();
    for site in all_sites() {
        let (place, id) = (home.fingerprint(site.build()).id(), site.id().get());
        if let Ok(Some(found)) = disk::load(&home.folder, place, id) {
            folder::remove(&home.folder.plans(place, id))?;
            cleared.extend(found.plans.entries.iter().map(|entry| (site.build().bits(), id, entry.key)));
        }
    }
    drop(lock);
    let _ = spool::settle(&home.folder, Duration::ZERO, unix_seconds());
    Ok(cleared)
}

/// The functions of this program, called or not.
fn all_sites() -> Vec<&'static Site> {
    let mut all = sites();
    all.extend(registered());
    all.sort_by_key(|site| std::ptr::from_ref(*site).addr());
    all.dedup_by_key(|site| std::ptr::from_ref(*site));
    all
}

/// How long to wait for other threads and processes.
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
    if config().cache != CacheMode::Write || !config().enabled || cache_dir().as_os_str().is_empty() {
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

/// Writes all plans of the cache folder to one file, those of this process included, as far as they can be written there
/// first. Returns how many.
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
    // What cannot be written is counted, and what is there can be read all the same.
    let _ = flush();
    Store::open(remember::folder_or_error()?).export(path)
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
    Store::open(remember::folder_or_error()?).import(path, merge)
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
    all_sites().into_iter().map(remember::warm).sum()
}
