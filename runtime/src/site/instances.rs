//! The instances of one function, one for each instantiation and key. They are found by a hash, without a lock.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use amorsize_store::config::config;
use amorsize_store::id::Mix;
use amorsize_store::sync::{lock, try_lock};
use once_cell::race::OnceBox;

use super::instance::{Instance, InstanceKey, SizeState};

/// The instances of one function, as a set-associative cache: 64 sets of 4.
///
/// If a set is full, a new key takes over the instance of another one, which is evicted. A call with the evicted key that is
/// still running may then read a plan of the new key. That can cost time once, but never changes an answer, and what the
/// call measures is not recorded.
#[derive(Debug)]
pub(super) struct Instances {
    tags: [AtomicU64; Self::SETS * Self::WAYS],
    places: [OnceBox<Instance>; Self::SETS * Self::WAYS],
    /// Counts evictions, to choose which instance of a full set is evicted next.
    next: Mutex<usize>,
    /// What was not saved of evicted instances, until it is.
    evicted: Mutex<Vec<Evicted>>,
}

/// The key of an evicted instance, and what was not saved of it.
pub(crate) type Evicted = (InstanceKey, Vec<SizeState>);

/// The most evicted instances that wait to be saved: as many as plans of one function are stored.
const MAX_EVICTED: usize = 1024;

impl Instances {
    const SETS: usize = 64;
    const WAYS: usize = 4;

    pub(super) fn new() -> Box<Self> {
        Box::new(Self {
            tags: [const { AtomicU64::new(0) }; Self::SETS * Self::WAYS],
            places: [const { OnceBox::new() }; Self::SETS * Self::WAYS],
            next: Mutex::new(0),
            evicted: Mutex::new(Vec::new()),
        })
    }

    /// The tag of an instance. Never 0.
    ///
    /// Type names are compared by their addresses, which takes no time. If the compiler has put the same name at two
    /// addresses, there are two instances, and each learns for itself.
    #[inline]
    pub(super) fn tag(instantiation: &'static str, user: u64) -> u64 {
        Mix::new(instantiation.as_ptr().addr() as u64).word(instantiation.len() as u64).word(user).finish() | 1
    }

    fn set(tag: u64) -> std::ops::Range<usize> {
        let first = (tag >> 32) as usize % Self::SETS * Self::WAYS;
        first..first + Self::WAYS
    }

    #[inline]
    pub(super) fn find(&self, tag: u64) -> Option<&Instance> {
        let way = Self::set(tag).find(|&way| self.tags[way].load(Relaxed) == tag)?;
        self.places[way].get()
    }

    /// The instance with this key, made if there is none.
    #[cold]
    pub(super) fn find_or_make(&self, key: InstanceKey) -> &Instance {
        let tag = key.tag;
        let mut next = lock(&self.next);
        let set = Self::set(tag);
        let own = set.clone().find(|&way| self.tags[way].load(Relaxed) == tag);
        let free = own.or_else(|| set.clone().find(|&way| self.tags[way].load(Relaxed) == 0));
        let way = free.unwrap_or_else(|| {
            *next += 1;
            set.start + *next % Self::WAYS
        });
        let instance = self.places[way].get_or_init(|| Box::new(Instance::new(key)));
        if self.tags[way].load(Relaxed) != tag {
            let evicted = instance.reuse(key);
            self.tags[way].store(tag, Relaxed);
            if !evicted.1.is_empty() && config().writes() {
                self.keep_evicted([evicted]);
            }
        }
        instance
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Instance> {
        self.places.iter().filter_map(OnceBox::get)
    }

    /// Takes what was not saved of evicted instances.
    pub(super) fn take_evicted(&self) -> Vec<Evicted> {
        try_lock(&self.evicted).map_or_else(Vec::new, |mut evicted| std::mem::take(&mut *evicted))
    }

    pub(super) fn keep_evicted(&self, more: impl IntoIterator<Item = Evicted>) {
        let mut evicted = lock(&self.evicted);
        let room = MAX_EVICTED.saturating_sub(evicted.len());
        evicted.extend(more.into_iter().take(room));
    }
}
