//! What this process knows of one function's plans on disk.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use amorsize_store::record::entry::Entry;
use amorsize_store::record::stats::FunctionStats;
use amorsize_store::sync::{lock, lock_within, try_lock};

use crate::site::site::Site;

/// What this process knows of one function's plans on disk.
#[derive(Debug)]
pub(super) struct StoredFunction {
    /// Its plans that may be used, once they were looked for.
    entries: Mutex<Option<Arc<[Entry]>>>,
    /// Whether they were looked for.
    is_loaded: AtomicBool,
    /// What of its counts is on disk.
    saved: Mutex<FunctionStats>,
}

/// By the index of the site.
static FUNCTIONS: Mutex<Vec<&'static StoredFunction>> = Mutex::new(Vec::new());

impl StoredFunction {
    /// Of this function. `None` if another thread holds the list for all of `timeout`.
    pub(super) fn of(site: &'static Site, timeout: Duration) -> Option<&'static Self> {
        let index = site.index();
        let mut functions = lock_within(&FUNCTIONS, timeout)?;
        while functions.len() <= index {
            functions.push(Box::leak(Box::new(Self {
                entries: Mutex::new(None),
                is_loaded: AtomicBool::new(false),
                saved: Mutex::new(FunctionStats::NONE),
            })));
        }
        Some(functions[index])
    }

    /// Its plans. The first time, `load` looks for them, unless it gives up.
    ///
    /// `None` if it gave up, or while another thread looks for them: nobody waits for the disk but who asks it.
    pub(super) fn entries(&self, load: impl FnOnce() -> Option<Vec<Entry>>) -> Option<Arc<[Entry]>> {
        let mut entries = try_lock(&self.entries)?;
        let found = match &*entries {
            Some(found) => found.clone(),
            None => entries.insert(load()?.into()).clone(),
        };
        self.is_loaded.store(true, Relaxed);
        Some(found)
    }

    /// Whether its plans were looked for, so that to ask for them takes no time.
    pub(super) fn is_loaded(&self) -> bool {
        self.is_loaded.load(Relaxed)
    }

    /// Forgets its plans: from now on there are none.
    pub(super) fn forget(&self) {
        *lock(&self.entries) = Some(Arc::new([]));
        self.is_loaded.store(true, Relaxed);
    }

    /// What was counted since counts were last saved.
    pub(super) fn unsaved_counts(&self, stats: FunctionStats) -> FunctionStats {
        stats.since(&lock(&self.saved))
    }

    /// These counts were saved.
    pub(super) fn add_saved_counts(&self, counted: &FunctionStats) {
        lock(&self.saved).add(counted);
    }
}
