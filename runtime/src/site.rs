//! The static of one annotated function, and the list of those that were used.

use std::num::NonZeroU64;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, OnceLock};

use crate::FunctionId;
use crate::build::Build;
use crate::cache::memory::Memory;
use crate::identity::Mix;
use crate::lock;

/// One per annotated function, made by the attribute: who the function is and what is remembered of it.
#[derive(Debug)]
pub struct Site {
    id: FunctionId,
    name: &'static str,
    module: &'static str,
    build: Build,
    ttl: Option<NonZeroU64>,
    misses: AtomicU64,
    /// Position in [`SITES`] plus one; 0 before the first use.
    index: AtomicU32,
    /// Of a function that has only one instantiation and no key.
    own: Memory,
    /// Of all others.
    table: OnceLock<Box<Table>>,
}

/// A site, and what is remembered of one instantiation of its function.
#[derive(Clone, Copy, Debug)]
pub struct Tuned {
    pub(crate) site: &'static Site,
    pub(crate) memory: &'static Memory,
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
            index: AtomicU32::new(0),
            own: Memory::new(),
            table: OnceLock::new(),
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
        Tuned { site: self, memory: &self.own }
    }

    /// What is remembered of one instantiation (the type name of the function item; empty if there is only one) under one key.
    #[inline]
    pub fn instance(&'static self, instantiation: &'static str, key: u64) -> Tuned {
        let tag = Table::tag(instantiation, key);
        let known = self.table.get().and_then(|table| table.find(tag));
        Tuned { site: self, memory: known.unwrap_or_else(|| self.table.get_or_init(Table::new).make(tag)) }
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

/// Every site that was used so far.
pub(crate) fn sites() -> Vec<&'static Site> {
    lock(&SITES).clone()
}

/// What is remembered of the instantiations and keys of one function: 64 sets of 4, found by a hash.
///
/// Where a set is full the newcomer takes another's place. A thread that holds on to the old tenant's memory then
/// writes a plan into the new one's: that can cost time once, never an answer.
#[derive(Debug)]
struct Table {
    tags: [AtomicU64; Self::SETS * Self::WAYS],
    memories: [OnceLock<Box<Memory>>; Self::SETS * Self::WAYS],
    /// Where the next newcomer goes in a full set.
    turn: Mutex<usize>,
}

impl Table {
    const SETS: usize = 64;
    const WAYS: usize = 4;

    fn new() -> Box<Self> {
        Box::new(Self {
            tags: [const { AtomicU64::new(0) }; Self::SETS * Self::WAYS],
            memories: [const { OnceLock::new() }; Self::SETS * Self::WAYS],
            turn: Mutex::new(0),
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
    fn make(&self, tag: u64) -> &Memory {
        let mut turn = lock(&self.turn);
        let set = Self::set(tag);
        let mine = set.clone().find(|&way| self.tags[way].load(Relaxed) == tag);
        let free = mine.or_else(|| set.clone().find(|&way| self.tags[way].load(Relaxed) == 0));
        let way = free.unwrap_or_else(|| {
            *turn += 1;
            set.start + *turn % Self::WAYS
        });
        let memory = self.memories[way].get_or_init(|| Box::new(Memory::new()));
        if self.tags[way].load(Relaxed) != tag {
            memory.clear();
            self.tags[way].store(tag, Relaxed);
        }
        memory
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
