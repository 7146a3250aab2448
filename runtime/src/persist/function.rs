//! What this process knows of one function's plans on disk and further away.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use amorsize_store::clock::Nanos;
use amorsize_store::record::counts::Counts;
use amorsize_store::record::entry::{Entry, Key};
use amorsize_store::sync::{lock, lock_within};

use crate::site::site::Site;

/// What this process knows of one function's plans on disk and further away.
#[derive(Debug)]
pub(super) struct StoredFunction {
    /// Its plans that may be used. `None` until they were loaded.
    entries: Mutex<Option<Arc<[Entry]>>>,
    /// Whether they were loaded.
    is_loaded: AtomicBool,
    /// Whether the background thread was asked to load them.
    is_requested: AtomicBool,
    /// When the far tiers were asked for them, or [`NOT_ASKED`], or [`ANSWERED`].
    far: AtomicU64,
    /// Whether any of its plans came from there.
    has_far: AtomicBool,
    /// The counts that this process has saved.
    saved: Mutex<Counts>,
}

/// Whether the far tiers were asked for the plans of a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Far {
    NotAsked,
    /// They were asked at this time, and have not answered yet.
    Asked(Nanos),
    /// What they have is among the plans.
    Answered,
}

const NOT_ASKED: u64 = 0;
const ANSWERED: u64 = u64::MAX;

/// By the index of the site.
static FUNCTIONS: Mutex<Vec<Option<&'static StoredFunction>>> = Mutex::new(Vec::new());

impl StoredFunction {
    /// The entry of this function, made if there is none. `None` if another thread holds the list for all of `timeout`.
    pub(super) fn of(site: &'static Site, timeout: Duration) -> Option<&'static Self> {
        let index = site.index();
        let mut functions = lock_within(&FUNCTIONS, timeout)?;
        if functions.len() <= index {
            functions.resize(index + 1, None);
        }
        Some(functions[index].get_or_insert_with(|| Box::leak(Box::new(Self::new()))))
    }

    fn new() -> Self {
        Self {
            entries: Mutex::new(None),
            is_loaded: AtomicBool::new(false),
            is_requested: AtomicBool::new(false),
            far: AtomicU64::new(NOT_ASKED),
            has_far: AtomicBool::new(false),
            saved: Mutex::new(Counts::NONE),
        }
    }

    /// Asks for its plans. True the first time.
    pub(super) fn request(&self) -> bool {
        !self.is_requested.swap(true, Relaxed)
    }

    /// Its plans. The first call loads them by `load`.
    ///
    /// `None` if `load` returns `None` (the next call tries again), or if another thread is loading them for all of `timeout`.
    pub(super) fn entries(&self, timeout: Duration, load: impl FnOnce() -> Option<Vec<Entry>>) -> Option<Arc<[Entry]>> {
        let mut entries = lock_within(&self.entries, timeout)?;
        let found = match &*entries {
            Some(found) => found.clone(),
            None => entries.insert(load()?.into()).clone(),
        };
        self.is_loaded.store(true, Relaxed);
        Some(found)
    }

    /// Whether its plans were loaded, so that [`entries`](Self::entries) does not read from the disk.
    pub(super) fn is_loaded(&self) -> bool {
        self.is_loaded.load(Relaxed)
    }

    /// Whether its plans were loaded, and there are none that may be used. False if another thread holds the lock for all of
    /// `timeout`.
    pub(super) fn is_unknown(&self, timeout: Duration) -> bool {
        self.is_loaded()
            && lock_within(&self.entries, timeout).is_some_and(|it| it.as_deref().is_none_or(<[_]>::is_empty))
    }

    /// Whether the far tiers were asked.
    pub(super) fn far(&self) -> Far {
        match self.far.load(Acquire) {
            NOT_ASKED => Far::NotAsked,
            ANSWERED => Far::Answered,
            time => Far::Asked(time),
        }
    }

    /// The name of the tier that its plans came from.
    pub(super) fn source(&self) -> &'static str {
        if self.has_far.load(Relaxed) { "redis" } else { "disk" }
    }

    /// Notes that the far tiers are being asked. False if they were before.
    pub(super) fn ask_far(&self, now: Nanos) -> bool {
        self.far.compare_exchange(NOT_ASKED, now, Relaxed, Relaxed).is_ok()
    }

    /// Adds what the far tiers have, unless the plans were forgotten meanwhile. `today` is seconds since 1970.
    pub(super) fn far_answered(&self, found: Vec<Entry>, today: u64) {
        let mut entries = lock(&self.entries);
        if !matches!(self.far(), Far::Asked(_)) {
            return;
        }
        self.has_far.fetch_or(!found.is_empty(), Relaxed);
        let mut all: BTreeMap<Key, Entry> = BTreeMap::new();
        for entry in entries.iter().flat_map(|known| known.iter().cloned()).chain(found) {
            let merged = match all.remove(&entry.key) {
                Some(known) => known.merge(entry, today),
                None => entry,
            };
            all.insert(merged.key, merged);
        }
        *entries = Some(all.into_values().collect());
        self.is_loaded.store(true, Relaxed);
        self.far.store(ANSWERED, Release);
    }

    /// The far tiers have not answered, and may be asked again.
    pub(super) fn far_failed(&self) {
        let again = |time| (time != ANSWERED).then_some(NOT_ASKED);
        let _ = self.far.fetch_update(Relaxed, Relaxed, again);
    }

    /// Forgets its plans. From now on it has none, and they are not loaded again.
    pub(super) fn forget(&self) {
        let mut entries = lock(&self.entries);
        self.far.store(ANSWERED, Relaxed);
        *entries = Some(Arc::new([]));
        self.is_loaded.store(true, Relaxed);
    }

    /// The counts that this process has saved.
    pub(super) fn saved_counts(&self) -> Counts {
        *lock(&self.saved)
    }

    /// Records that these counts were saved.
    pub(super) fn add_saved_counts(&self, counted: &Counts) {
        lock(&self.saved).add(counted);
    }
}

#[cfg(test)]
mod tests {
    use amorsize_store::record::evidence::Evidence;
    use amorsize_store::record::schedule::Schedule;

    use super::*;

    fn entry(user: u64, measured: u64) -> Entry {
        let key = Key { user, bucket: 3, ..Key::default() };
        let (awake, asleep) = (Schedule::PLAIN, Schedule::PLAIN);
        Entry { key, measured, pool: 1, cost: 100.0, awake, asleep, evidence: Evidence::default() }
    }

    #[test]
    fn no_call_waits_to_be_told_what_is_known() {
        let function = StoredFunction::new();
        assert!(!function.is_unknown(Duration::ZERO), "nobody has looked");
        assert_eq!(function.entries(Duration::ZERO, || Some(Vec::new())).as_deref(), Some(&[][..]));
        assert!(function.is_unknown(Duration::ZERO));
        let _held = lock(&function.entries);
        assert!(!function.is_unknown(Duration::ZERO));
    }

    #[test]
    fn what_far_tiers_have_is_merged_with_what_is_known() {
        let function = StoredFunction::new();
        function.entries(Duration::ZERO, || Some(vec![entry(3, 5), entry(1, 5)]));
        assert!(function.ask_far(7));
        function.far_answered(vec![entry(2, 6), entry(3, 6), entry(2, 7)], 1_800_000_000);
        let known = function.entries(Duration::ZERO, || None).unwrap();
        assert_eq!(known[..], [entry(1, 5), entry(2, 7), entry(3, 6)]);
        assert_eq!((function.far(), function.source()), (Far::Answered, "redis"));
    }
}
