//! The instances of one function, one for each instantiation and key. They are found by a hash, without a lock.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use amorsize_store::config::config;
use amorsize_store::id::Mix;
use amorsize_store::sync::{lock, try_lock};
use once_cell::race::OnceBox;

use super::instance::{Instance, InstanceKey, SizeState};
use super::instantiation::Instantiation;
use super::tag_table::TagTable;

/// The instances of one function: 16,384 at most. Each is made when its key is first met, and is never freed.
///
/// Beyond that, one in [`EVICT`] calls with a new key takes over the instance of another key, which is evicted; the others do
/// without. A call with the evicted key that is
/// still running may then read a plan of the new key. That can cost time once, but never changes an answer, and what the
/// call measures is not recorded.
#[derive(Debug)]
pub(super) struct Instances {
    table: TagTable,
    /// The instances by their numbers.
    pages: [OnceBox<Page>; TagTable::NUMBERS / PAGE],
    made: Mutex<Made>,
    /// Calls with a new key since there are as many instances as there may be.
    crowded: AtomicUsize,
    /// What was not saved of evicted instances, until it is.
    evicted: Mutex<Vec<Evicted>>,
}

/// Instances on one page.
const PAGE: usize = 64;
type Page = [OnceBox<Instance>; PAGE];

/// How many instances there are, and how many were evicted.
#[derive(Debug)]
struct Made {
    count: usize,
    /// Chooses which instance is evicted next.
    evictions: usize,
}

/// The key of an evicted instance, and what was not saved of it.
pub(crate) type Evicted = (InstanceKey, Vec<SizeState>);

/// To evict an instance takes longer than many calls that never needed one.
const EVICT: usize = 16;

/// The most evicted instances that wait to be saved: as many as plans of one function are stored.
const MAX_EVICTED: usize = 1024;

impl Instances {
    pub(super) fn new() -> Box<Self> {
        Box::new(Self {
            table: TagTable::new(),
            pages: [const { OnceBox::new() }; TagTable::NUMBERS / PAGE],
            made: Mutex::new(Made { count: 0, evictions: 0 }),
            crowded: AtomicUsize::new(0),
            evicted: Mutex::new(Vec::new()),
        })
    }

    /// The tag of an instance. Never 0.
    #[inline]
    pub(super) fn tag(instantiation: Instantiation, user: u64) -> u64 {
        let Instantiation { name, code } = instantiation;
        Mix::new(name.as_ptr().addr() as u64).word(code as u64).word(user).finish() | 1 << 63
    }

    #[inline]
    pub(super) fn find(&self, tag: u64) -> Option<&Instance> {
        self.instance(self.table.find(tag)?)
    }

    #[inline]
    fn instance(&self, number: usize) -> Option<&Instance> {
        self.pages[number / PAGE].get()?[number % PAGE].get()
    }

    /// The instance with this key, made if there is none. `None` if there are too many.
    #[cold]
    pub(super) fn find_or_make(&self, key: InstanceKey) -> Option<&Instance> {
        let crowded = self.crowded.load(Relaxed);
        if crowded > 0 {
            self.crowded.store(crowded.wrapping_add(1).max(1), Relaxed);
            if !crowded.is_multiple_of(EVICT) {
                return None;
            }
        }
        let mut made = lock(&self.made);
        if let Some(known) = self.find(key.tag) {
            return Some(known);
        }
        let crowd = self.table.make_room(key.tag).err();
        let number = if crowd.is_none() && made.count < TagTable::NUMBERS {
            made.count += 1;
            made.count - 1
        } else {
            made.evictions += 1;
            if made.count == TagTable::NUMBERS {
                self.crowded.fetch_max(1, Relaxed);
            }
            crowd.map_or(made.evictions % TagTable::NUMBERS, |crowd| crowd[made.evictions % crowd.len()])
        };
        let page = self.pages[number / PAGE].get_or_init(|| Box::new([const { OnceBox::new() }; PAGE]));
        let instance = page[number % PAGE].get_or_init(|| Box::new(Instance::new(key)));
        let before = instance.key();
        if before != key {
            self.table.remove(before.tag);
            let evicted = instance.reuse(key);
            if !evicted.1.is_empty() && config().writes() {
                self.keep_evicted([evicted]);
            }
        }
        self.table.insert(key.tag, number);
        Some(instance)
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Instance> {
        self.pages.iter().filter_map(OnceBox::get).flatten().filter_map(OnceBox::get)
    }

    /// How many instances were evicted.
    pub(super) fn evictions(&self) -> usize {
        lock(&self.made).evictions
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
