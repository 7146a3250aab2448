//! Forgetting, warming and writing what this program remembers.

use std::time::Duration;

use amorsize_store::error::Error;
use amorsize_store::faults;

use crate::persist;
use crate::site::registry::registered;
use crate::site::site::{Site, used};

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
    persist::while_nobody_saves(TIMEOUT, clear).unwrap_or_else(|error| {
        faults::report(format_args!("the plans could not be cleared: {error}"));
        0
    })
}

/// Other threads are waited for so long.
const TIMEOUT: Duration = Duration::from_secs(2);

#[cfg(not(feature = "disk"))]
fn clear() -> usize {
    all_sites().into_iter().map(|site| site.forget().len()).sum()
}

#[cfg(feature = "disk")]
fn clear() -> usize {
    use std::collections::BTreeSet;

    let mut plans = BTreeSet::new();
    for site in all_sites() {
        let (build, id) = (site.build().bits(), site.id());
        let forgotten = site.forget();
        plans.extend(forgotten.into_iter().map(|(key, bucket)| (build, id, persist::entry_key(key, bucket))));
        persist::forget(site);
    }
    match super::folder::clear(&all_sites()) {
        Ok(removed) => plans.extend(removed),
        Err(error) => faults::report(error),
    }
    plans.len()
}

/// The functions of this program, called or not.
fn all_sites() -> Vec<&'static Site> {
    let mut all = used();
    all.extend(registered());
    all.sort_by_key(|site| std::ptr::from_ref(*site).addr());
    all.dedup_by_key(|site| std::ptr::from_ref(*site));
    all
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
    persist::warm(&all_sites())
}

/// Writes to disk what was learned and counted until now, and waits for that.
///
/// There is no need to call it: what a call learned is written in the background soon after, and at the end of the
/// process. It is for those who end it in another way, as by a signal.
///
/// # Errors
/// If the folder cannot be written to, or another thread writes for all of ten seconds. Nothing is an error where the
/// configuration says that nothing is to be written.
///
/// # Examples
///
/// ```
/// #[amorsize::auto]
/// fn double(x: u32) -> u32 { x * 2 }
///
/// double::map(0..1000);
/// if let Err(error) = amorsize::flush() {
///     eprintln!("nothing was kept: {error}");
/// }
/// ```
pub fn flush() -> Result<(), Error> {
    persist::flush()
}
