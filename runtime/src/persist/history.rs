//! What the cache folder says of the days before, and what it takes: read now and then, for those who ask often.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use amorsize_store::clock::{Nanos, now, unix_seconds};
use amorsize_store::disk::{statistics, sweep};
use amorsize_store::record::counts::{Counts, Day};
use amorsize_store::sync::lock_within;

use super::function::StoredFunction;
use super::location::locate_existing;
use super::save::with_saved;
use crate::site::site::used;

/// What is known of the cache folder.
#[derive(Clone, Debug, Default)]
pub(crate) struct History {
    /// What was counted on each of the last days, by all processes.
    pub(crate) days: Vec<Day>,
    /// What the plans take on disk; `None` if that is not known.
    pub(crate) bytes: Option<u64>,
    /// What this process had saved of its counts when it read the days.
    saved: Counts,
}

/// What was read last, and when to read again.
#[derive(Debug)]
struct Known {
    again: Nanos,
    history: Option<Arc<History>>,
}

static KNOWN: Mutex<Known> = Mutex::new(Known { again: 0, history: None });

/// The folder is not read more often than this, ns, ...
const INTERVAL: Nanos = 5_000_000_000;
/// ... and not for more than this part of the time.
const SHARE: Nanos = 50;
/// How long is waited for a thread that saves, or opens the folder.
const TIMEOUT: Duration = Duration::from_millis(20);

/// What was counted on each of the last days by all processes, where this one has counted `counted` so far. Its own part is
/// from now, that of others as old as the last reading.
pub(crate) fn history(counted: &Counts) -> History {
    let mut history = read_now_and_then().map_or_else(History::default, |history| (*history).clone());
    Day::at(unix_seconds(), counted.since(&history.saved)).add_to(&mut history.days);
    history
}

fn read_now_and_then() -> Option<Arc<History>> {
    let start = now();
    let mut known = lock_within(&KNOWN, TIMEOUT)?;
    if start < known.again {
        return known.history.clone();
    }
    // Other threads go on with what there is while this one reads.
    known.again = start + INTERVAL;
    drop(known);
    let read = read();
    let end = now();
    let mut known = lock_within(&KNOWN, TIMEOUT)?;
    if read.is_some() {
        known.history = read.map(Arc::new);
    }
    known.again = end + INTERVAL.max(SHARE * end.saturating_sub(start));
    known.history.clone()
}

/// `None` if there is no folder, or another thread saves.
fn read() -> Option<History> {
    let folder = &locate_existing(TIMEOUT).ok()??.folder;
    let (days, saved) = with_saved(TIMEOUT, |errors| {
        let mut days = Vec::new();
        for id in folder.fingerprints().unwrap_or_default() {
            let found = statistics::load(folder, id).ok().flatten().unwrap_or_default();
            found.days.iter().for_each(|day| day.add_to(&mut days));
        }
        let mut saved = Counts::NONE;
        for function in used().into_iter().filter_map(|site| StoredFunction::of(site, TIMEOUT)) {
            saved.add(&function.saved_counts());
        }
        saved.errors = errors;
        (days, saved)
    })?;
    Some(History { days, bytes: sweep::disk_usage(folder).ok(), saved })
}
