//! What this process knows of one function's plans on disk.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use amorsize_store::record::counts::Counts;
use amorsize_store::record::entry::Entry;
use amorsize_store::sync::{lock, lock_within};

use super::generation::{GENERATIONS, is_forked, own};
use crate::site::counters::all_hits;
use crate::site::site::{Site, used_within};

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
    saved: Mutex<Counts>,
}

/// Adds a function, of which `saved` is saved already.
fn insert(functions: &mut Functions, index: usize, saved: Counts) -> &'static StoredFunction {
    if functions.len() <= index {
        functions.resize(index + 1, None);
    }
    let function = StoredFunction {
        entries: Mutex::new(None),
        is_loaded: AtomicBool::new(false),
        is_requested: AtomicBool::new(false),
        saved: Mutex::new(saved),
    };
    functions[index].insert(Box::leak(Box::new(function)))
}

/// By the index of the site.
type Functions = Vec<Option<&'static StoredFunction>>;

static FUNCTIONS: [Mutex<Functions>; GENERATIONS] = [const { Mutex::new(Vec::new()) }; GENERATIONS];

impl StoredFunction {
    /// The entry of this function, made if there is none. `None` if another thread holds what is needed for all of `timeout`.
    ///
    /// In a forked child the first use finds out what the parent had counted: hits of the child before that go uncounted.
    pub(super) fn of(site: &'static Site, timeout: Duration) -> Option<&'static Self> {
        let index = site.index();
        let mut functions = lock_within(own(&FUNCTIONS), timeout)?;
        if functions.is_empty() && is_forked() {
            // What the parent counted is not the child's. Of all functions at once, because from now on they are.
            let (sites, hits) = (used_within(timeout)?, all_hits(timeout)?);
            for site in sites {
                let counts = site.counts(hits.get(site.index()).copied().unwrap_or(0));
                insert(&mut functions, site.index(), counts);
            }
        }
        let known = functions.get(index).copied().flatten();
        Some(known.unwrap_or_else(|| insert(&mut functions, index, Counts::NONE)))
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

    /// The counts that this process has saved.
    pub(super) fn saved_counts(&self) -> Counts {
        *lock(&self.saved)
    }

    /// Records that these counts were saved.
    pub(super) fn add_saved_counts(&self, counted: &Counts) {
        lock(&self.saved).add(counted);
    }
}
