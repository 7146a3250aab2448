//! `clear_cache`, `warm` and `flush`: what a program may do with its own plans.

use amorsize_store::error::Error;
use amorsize_store::fork::is_forked_child;

#[cfg(feature = "disk")]
use super::folder::clear;
use crate::persist;
use crate::site::registry::registered;
use crate::site::site::{Site, used};

/// Forgets every plan of this program's functions: in memory, and on disk and in Redis for this kind of machine. The next calls
/// measure afresh; plans that are [embedded](crate::embed) in the program are not used again before its next start. Returns how
/// many plans there were in memory and on disk.
///
/// If Redis cannot be reached, the plans are removed from it as soon as it can be, if this process still runs by then.
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
    if is_forked_child() {
        return 0;
    }
    clear(&all_sites())
}

#[cfg(not(feature = "disk"))]
fn clear(sites: &[&'static Site]) -> usize {
    sites.iter().map(|site| site.forget().len()).sum()
}

/// The functions of this program, called or not.
fn all_sites() -> Vec<&'static Site> {
    let mut all = used();
    all.extend(registered());
    all.sort_by_key(|site| std::ptr::from_ref(*site).addr());
    all.dedup_by_key(|site| std::ptr::from_ref(*site));
    all
}

/// Loads the plans of all annotated functions of the program together, whether they were called or not. Returns how many
/// plans were found. Those that are not on disk are fetched from Redis, if there is one, in one round trip; it waits for at most
/// half a second for that.
///
/// Without this, each function loads its own plans once, in a first call that turns out to be long enough for that to pay.
/// So this is for programs whose first calls should be as quick as all others.
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
    if is_forked_child() {
        return 0;
    }
    persist::warm(&all_sites())
}

/// Writes to disk what was learned and counted until now, and waits for that.
///
/// Most programs need not call it: what a call learned is written soon after by a background thread, and at the end of the
/// process. It is for processes that end in another way, such as by a signal.
///
/// # Errors
/// If the folder cannot be written to, or another thread writes for all of ten seconds. It is no error if the configuration
/// says that nothing is written, or if Redis cannot be written to within half a second: that is tried again.
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
