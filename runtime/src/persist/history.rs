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

/// What this process counted on each day, as far as it was looked at on that day.
#[derive(Debug)]
struct OwnDays {
    days: Vec<Day>,
    /// The counts when it was last looked at.
    seen: Counts,
}

static OWN_DAYS: Mutex<OwnDays> = Mutex::new(OwnDays { days: Vec::new(), seen: Counts::NONE });

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
    let today = unix_seconds();
    let own = lock_within(&OWN_DAYS, TIMEOUT).map(|mut own| own.look(counted, today));
    match own {
        // Nothing of this process is among the days that were read.
        Some(own) if history.saved.is_empty() => own.iter().for_each(|day| day.add_to(&mut history.days)),
        // What is not saved yet is of the last minute.
        _ => Day::at(today, counted.since(&history.saved)).add_to(&mut history.days),
    }
    history
}

impl OwnDays {
    /// The days, if `counted` are the counts at this moment (seconds since 1970).
    fn look(&mut self, counted: &Counts, moment: u64) -> Vec<Day> {
        // Another thread may have looked since these were counted.
        if counted.requests() >= self.seen.requests() {
            Day::at(moment, counted.since(&self.seen)).add_to(&mut self.days);
            self.seen = *counted;
        }
        self.days.clone()
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_counted_on_days_before_is_not_of_today() {
        const NOON: u64 = 20_000 * 86_400 + 43_200;
        let counted = |hits, misses| {
            let mut counts = Counts::NONE;
            (counts.hits, counts.misses) = (hits, misses);
            counts
        };
        let mut own = OwnDays { days: Vec::new(), seen: Counts::NONE };
        let mut look = |hits, misses, moment| {
            let days = own.look(&counted(hits, misses), moment);
            days.iter().map(|day| (day.day, day.counts.hits, day.counts.misses)).collect::<Vec<_>>()
        };
        assert_eq!(look(5, 1, NOON), [(20_000, 5, 1)]);
        assert_eq!(look(7, 1, NOON + 60), [(20_000, 7, 1)]);
        assert_eq!(look(9, 2, NOON + 86_400), [(20_000, 7, 1), (20_001, 2, 1)]);
        assert_eq!(look(8, 2, NOON + 86_400), [(20_000, 7, 1), (20_001, 2, 1)], "from before the last look");
        assert_eq!(look(9, 3, NOON + 86_401), [(20_000, 7, 1), (20_001, 2, 2)]);
    }
}
