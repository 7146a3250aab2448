//! The static of one annotated function, and the list of those that were used.

use std::mem;
use std::num::NonZeroU64;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU32, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::FunctionId;
use crate::build::Build;
use crate::cache::memory::{Memory, News, Whose};
use crate::cache::record::{Entry, MOST_ENTRIES};
use crate::cache::statistics::Counts;
use crate::config::{CacheMode, config};
use crate::identity::Mix;
use crate::{lock, lock_within, metrics, try_lock};

/// One per annotated function, made by the attribute: who the function is and what is remembered of it.
#[derive(Debug)]
pub struct Site {
    id: FunctionId,
    name: &'static str,
    module: &'static str,
    build: Build,
    ttl: Option<NonZeroU64>,
    misses: AtomicU64,
    /// Hits whose plan was found on disk.
    recalled: AtomicU64,
    /// What the plain loop would have taken for shared runs, less what they took, ns.
    saved: AtomicI64,
    /// Times that its plans on disk could not be read.
    errors: AtomicU64,
    /// Position in [`SITES`] plus one; 0 before the first use.
    index: AtomicU32,
    /// Of a function that has only one instantiation and no key.
    own: Memory,
    /// Of all others.
    table: OnceLock<Box<Table>>,
    /// What was found on disk and may be used, once that was looked at.
    stored: Mutex<Option<Arc<[Entry]>>>,
    is_recalled: AtomicBool,
    /// Its file on disk is of no use, and to be removed.
    damaged: AtomicBool,
    /// When its file was last marked as used, seconds since 1970; 0 if there is none, or that need not be done.
    used: AtomicU64,
    /// What of the counts is already on disk.
    pub(crate) counted: Mutex<Counts>,
}

/// A site, and what is remembered of one instantiation of its function.
#[derive(Clone, Copy, Debug)]
pub struct Tuned {
    pub(crate) site: &'static Site,
    pub(crate) memory: &'static Memory,
    /// Whose memory it was when the call began.
    pub(crate) tag: u64,
}

/// Every site that was used so far.
static SITES: Mutex<Vec<&'static Site>> = Mutex::new(Vec::new());

impl Site {
    /// The static for a function `name` of `module`.
    #[must_use]
    pub const fn new(id: FunctionId, name: &'static str, module: &'static str, build: Build) -> Self {
        Self {
            id,
            name,
            module,
            build,
            ttl: None,
            misses: AtomicU64::new(0),
            recalled: AtomicU64::new(0),
            saved: AtomicI64::new(0),
            errors: AtomicU64::new(0),
            index: AtomicU32::new(0),
            own: Memory::new(Whose::ONLY),
            table: OnceLock::new(),
            stored: Mutex::new(None),
            is_recalled: AtomicBool::new(false),
            damaged: AtomicBool::new(false),
            used: AtomicU64::new(0),
            counted: Mutex::new(Counts::NONE),
        }
    }

    /// Plans of this function are believed for so many seconds.
    #[must_use]
    pub const fn ttl(mut self, seconds: u64) -> Self {
        self.ttl = NonZeroU64::new(seconds);
        self
    }

    /// How its crate was compiled.
    pub fn build(&self) -> Build {
        self.build
    }

    /// For how many seconds its plans are believed, where the function says so itself.
    pub fn own_ttl(&self) -> Option<NonZeroU64> {
        self.ttl
    }

    /// What is remembered of a function that has only one instantiation and no key.
    #[inline]
    pub fn tuned(&'static self) -> Tuned {
        Tuned { site: self, memory: &self.own, tag: Whose::ONLY.tag }
    }

    /// What is remembered of one instantiation (the type name of the function item; empty if there is only one) under one key.
    #[inline]
    pub fn instance(&'static self, instantiation: &'static str, key: u64) -> Tuned {
        let tag = Table::tag(instantiation, key);
        let known = self.table.get().and_then(|table| table.find(tag));
        let make = || self.table.get_or_init(Table::new).make(Whose { tag, instantiation, key });
        Tuned { site: self, memory: known.unwrap_or_else(make), tag }
    }

    /// Who this is, for the counts.
    pub(crate) fn index(&'static self) -> usize {
        match self.index.load(Relaxed) {
            0 => {
                let mut sites = lock(&SITES);
                if self.index.load(Relaxed) == 0 {
                    sites.push(self);
                    self.index.store(sites.len() as u32, Relaxed);
                }
                self.index.load(Relaxed) as usize - 1
            }
            index => index as usize - 1,
        }
    }

    pub(crate) fn id(&self) -> FunctionId {
        self.id
    }

    pub(crate) fn missed(&'static self) {
        self.index();
        self.misses.fetch_add(1, Relaxed);
    }

    pub(crate) fn misses(&self) -> u64 {
        self.misses.load(Relaxed)
    }

    /// What was counted as a miss found its plan on disk.
    pub(crate) fn recalled(&'static self) {
        metrics::hit_slowly(self.index(), u64::MAX, 0);
        self.misses.fetch_sub(1, Relaxed);
        self.recalled.fetch_add(1, Relaxed);
    }

    /// Whether the disk was asked, so that to ask again costs nothing.
    pub(crate) fn is_recalled(&self) -> bool {
        self.is_recalled.load(Relaxed)
    }

    /// What was found on disk; `read` reads it, once, unless it gives up. `None` if so, or while another thread does: nobody
    /// waits for the disk but who asks it.
    pub(crate) fn stored(&self, read: impl FnOnce() -> Option<Vec<Entry>>) -> Option<Arc<[Entry]>> {
        let mut stored = try_lock(&self.stored)?;
        let found = match &*stored {
            Some(found) => found.clone(),
            None => stored.insert(read()?.into()).clone(),
        };
        self.is_recalled.store(true, Relaxed);
        Some(found)
    }

    /// Its file on disk is of no use.
    pub(crate) fn note_damaged(&self) {
        self.damaged.store(true, Relaxed);
    }

    /// Whether its file is of no use. Says so once.
    pub(crate) fn take_damaged(&self) -> bool {
        self.damaged.swap(false, Relaxed)
    }

    /// Its file was read, and last marked as used at this time.
    pub(crate) fn note_used(&self, marked: SystemTime) {
        self.used.store(marked.duration_since(UNIX_EPOCH).map_or(1, |since| since.as_secs().max(1)), Relaxed);
    }

    /// Whether its file was read and ought to be marked as used. Says so once.
    pub(crate) fn is_to_be_marked(&self, now: SystemTime) -> bool {
        let now = now.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        let marked = self.used.load(Relaxed);
        marked != 0 && now.abs_diff(marked) > MARKED && self.used.swap(0, Relaxed) != 0
    }

    /// Its plans on disk could not be read.
    pub(crate) fn note_error(&self) {
        self.errors.fetch_add(1, Relaxed);
    }

    /// A shared run took `time` ns less than the plain loop would have.
    pub(crate) fn saved(&self, time: f64) {
        self.saved.fetch_add(time as i64, Relaxed);
    }

    /// Its counts, with this many hits.
    pub(crate) fn counts(&self, hits: u64) -> Counts {
        Counts {
            id: self.id.get(),
            function: self.path(),
            hits,
            recalled: self.recalled.load(Relaxed),
            misses: self.misses(),
            errors: self.errors.load(Relaxed),
            saved: self.saved.load(Relaxed),
        }
    }

    /// Forgets all plans, and that there were any on disk. The keys there were.
    pub(crate) fn forget(&'static self) -> Vec<(Whose, u8)> {
        *lock(&self.stored) = Some(Arc::new([]));
        self.is_recalled.store(true, Relaxed);
        let in_memory = self.memories().flat_map(|memory| {
            let whose = memory.whose();
            let known: Vec<_> = memory.known().map(|bucket| (whose, bucket)).collect();
            memory.clear();
            known
        });
        let evicted = self.take_evicted();
        let evicted = evicted.iter().flat_map(|(whose, news)| news.iter().map(|news| (*whose, news.bucket)));
        in_memory.chain(evicted).collect()
    }

    /// What was new of those that had to go for others. Says it once.
    pub(crate) fn take_evicted(&self) -> Vec<Evicted> {
        self.table.get().map_or_else(Vec::new, |table| mem::take(&mut *lock(&table.evicted)))
    }

    /// What was taken could not be kept.
    pub(crate) fn return_evicted(&self, evicted: &[Evicted]) {
        if let Some(table) = self.table.get() {
            table.keep_evicted(evicted.iter().cloned());
        }
    }

    /// Its full path, as a person would write it.
    pub(crate) fn path(&self) -> String {
        format!("{}::{}", self.module, self.name)
    }

    /// All that is remembered of this function.
    pub(crate) fn memories(&'static self) -> impl Iterator<Item = &'static Memory> {
        let others = self.table.get().into_iter().flat_map(|table| table.memories.iter().filter_map(OnceLock::get));
        std::iter::once(&self.own).chain(others.map(|memory| &**memory))
    }
}

/// A file in use is marked so often, seconds.
const MARKED: u64 = 60 * 60;

/// Every site that was used so far.
pub(crate) fn sites() -> Vec<&'static Site> {
    lock(&SITES).clone()
}

/// The same, unless the list is not to be had within `patience`.
pub(crate) fn sites_within(patience: Duration) -> Option<Vec<&'static Site>> {
    lock_within(&SITES, patience).map(|sites| sites.clone())
}

/// What is remembered of the instantiations and keys of one function: 64 sets of 4, found by a hash.
///
/// Where a set is full the newcomer takes another's place. A call of the old tenant that is still running may read a plan
/// of the new one's: that can cost time once, never an answer. It teaches nothing.
#[derive(Debug)]
struct Table {
    tags: [AtomicU64; Self::SETS * Self::WAYS],
    memories: [OnceLock<Box<Memory>>; Self::SETS * Self::WAYS],
    /// Where the next newcomer goes in a full set.
    turn: Mutex<usize>,
    /// What was new of those who had to go, until it is written.
    evicted: Mutex<Vec<Evicted>>,
}

/// A tenant that had to go, and what was new of it.
pub(crate) type Evicted = (Whose, Vec<News>);

impl Table {
    const SETS: usize = 64;
    const WAYS: usize = 4;

    fn new() -> Box<Self> {
        Box::new(Self {
            tags: [const { AtomicU64::new(0) }; Self::SETS * Self::WAYS],
            memories: [const { OnceLock::new() }; Self::SETS * Self::WAYS],
            turn: Mutex::new(0),
            evicted: Mutex::new(Vec::new()),
        })
    }

    /// Type names are told apart by where they lie: a name that lies at two places is two instantiations, which costs
    /// learning it twice, and comparing addresses costs nothing.
    #[inline]
    fn tag(instantiation: &'static str, key: u64) -> u64 {
        Mix::new(instantiation.as_ptr().addr() as u64).word(instantiation.len() as u64).word(key).finish() | 1
    }

    fn set(tag: u64) -> std::ops::Range<usize> {
        let first = (tag >> 32) as usize % Self::SETS * Self::WAYS;
        first..first + Self::WAYS
    }

    #[inline]
    fn find(&self, tag: u64) -> Option<&Memory> {
        let way = Self::set(tag).find(|&way| self.tags[way].load(Relaxed) == tag)?;
        self.memories[way].get().map(|memory| &**memory)
    }

    #[cold]
    fn make(&self, whose: Whose) -> &Memory {
        let tag = whose.tag;
        let mut turn = lock(&self.turn);
        let set = Self::set(tag);
        let mine = set.clone().find(|&way| self.tags[way].load(Relaxed) == tag);
        let free = mine.or_else(|| set.clone().find(|&way| self.tags[way].load(Relaxed) == 0));
        let way = free.unwrap_or_else(|| {
            *turn += 1;
            set.start + *turn % Self::WAYS
        });
        let memory = self.memories[way].get_or_init(|| Box::new(Memory::new(whose)));
        if self.tags[way].load(Relaxed) != tag {
            let evicted = memory.give_to(whose);
            self.tags[way].store(tag, Relaxed);
            if !evicted.1.is_empty() && config().cache == CacheMode::Write {
                self.keep_evicted([evicted]);
            }
        }
        memory
    }

    fn keep_evicted(&self, more: impl IntoIterator<Item = Evicted>) {
        // Keys may come faster than they are written, but no more of them are kept on disk.
        let mut evicted = lock(&self.evicted);
        let room = MOST_ENTRIES.saturating_sub(evicted.len());
        evicted.extend(more.into_iter().take(room));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::memory::Word;

    static SITE: Site = Site::new(crate::identity::identify([0; 4], "", "", &[]), "f", "tests", Build::from_bits(0));

    #[test]
    fn instances_are_told_apart_and_found_again() {
        let (a, b) = (SITE.instance("a", 0), SITE.instance("a", 1));
        assert!(!std::ptr::eq(a.memory, b.memory));
        assert!(std::ptr::eq(a.memory, SITE.instance("a", 0).memory));
        assert!(std::ptr::eq(SITE.tuned().memory, SITE.tuned().memory));
    }

    #[test]
    fn keys_without_number_stay_bounded() {
        static SITE: Site =
            Site::new(crate::identity::identify([1; 4], "", "", &[]), "g", "tests", Build::from_bits(0));
        for key in 0..10_000 {
            let memory = SITE.instance("", key).memory;
            assert!(memory.word(100).is_empty(), "a newcomer inherits nothing");
            memory.set(100, Word::plain(1, 1));
        }
        assert!(SITE.memories().count() <= 257);
        assert!(!SITE.instance("", 9_999).memory.word(100).is_empty());
    }
}
