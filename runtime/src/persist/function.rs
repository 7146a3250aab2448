//! What this process knows of one function's plans on disk.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use amorsize_store::record::entry::Entry;
use amorsize_store::record::stats::FunctionStats;
use amorsize_store::sync::{lock, lock_within};

use crate::site::site::Site;

/// What this process knows of one function's plans on disk.
#[derive(Debug)]
pub(super) struct StoredFunction {
    /// Its plans that may be used. `None` until they were loaded.
    entries: Mutex<Option<Arc<[Entry]>>>,
    /// Whether they were loaded.
    is_loaded: AtomicBool,
    /// Whether the background thread was asked to load them.
    is_requested: AtomicBool,
    /// The counts that this process has saved.
    saved: Mutex<FunctionStats>,
}

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
            saved: Mutex::new(FunctionStats::NONE),
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

    /// Forgets its plans. From now on it has none, and they are not loaded again.
    pub(super) fn forget(&self) {
        *lock(&self.entries) = Some(Arc::new([]));
        self.is_loaded.store(true, Relaxed);
    }

    /// The part of `stats` that was counted since counts were last saved.
    pub(super) fn unsaved_counts(&self, stats: FunctionStats) -> FunctionStats {
        stats.since(&lock(&self.saved))
    }

    /// Records that these counts were saved.
    pub(super) fn add_saved_counts(&self, counted: &FunctionStats) {
        lock(&self.saved).add(counted);
    }
}
