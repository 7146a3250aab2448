//! Plans in memory: one word for each size of input, in the static of the function.
//!
//! ```text
//! bits 0..2    kind: EMPTY, SHORT (the plain loop, not even timed), KNOWN
//! bits 2..22   plan while the pool is awake      10 bits n_jobs, 10 bits chunksize
//! bits 22..42  plan while it sleeps              likewise
//! bits 42..64  index of the site, for counting
//! ```
//!
//! A chunksize is kept as a power of two and its next three bits, rounded down: it is a lower bound on
//! what a thread takes, and 12% less of it changes nothing.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, TryLockError};

use crate::tuner::arms::Learned;
use crate::unpoisoned;

/// Sizes of input: floor(log2 n).
const BUCKETS: usize = 64;

/// The bucket of an input of `len` items.
#[inline]
pub(crate) fn bucket(len: usize) -> usize {
    (len | 1).ilog2() as usize
}

/// What is remembered of one function (one instantiation of it, under one key).
#[derive(Debug)]
pub(crate) struct Memory {
    words: [AtomicU64; BUCKETS],
    /// What an item takes, ns (`f32` bits).
    costs: [AtomicU32; BUCKETS],
    learned: Mutex<BTreeMap<usize, Learned>>,
}

/// How a call is to be run, at one temperature of the pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Way {
    /// Threads; 1 for the plain loop.
    pub(crate) n_jobs: usize,
    /// The fewest items that a thread takes at once.
    pub(crate) chunksize: usize,
}

impl Way {
    pub(crate) const SERIAL: Self = Self { n_jobs: 1, chunksize: 1 };
    const MOST_JOBS: usize = (1 << 10) - 1;

    fn pack(self) -> u64 {
        let log = self.chunksize.max(1).ilog2();
        let next = if log >= 3 { self.chunksize >> (log - 3) } else { self.chunksize.max(1) << (3 - log) } & 7;
        (self.n_jobs.clamp(1, Self::MOST_JOBS) | (log as usize) << 10 | next << 16) as u64
    }

    fn unpack(bits: u64) -> Self {
        let bits = bits as usize;
        let (log, next) = (bits >> 10 & 63, bits >> 16 & 7 | 8);
        Self { n_jobs: bits & Self::MOST_JOBS, chunksize: if log >= 3 { next << (log - 3) } else { next >> (3 - log) } }
    }
}

/// One slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Word(u64);

impl Word {
    const KIND: u64 = 3;
    const EMPTY: u64 = 0;
    const SHORT: u64 = 1;
    const KNOWN: u64 = 2;
    const WAY: u32 = 20;
    const ASLEEP: u32 = 2 + Self::WAY;
    const SITE: u32 = 2 + 2 * Self::WAY;

    /// A plain loop too short to be timed.
    pub(crate) fn short(site: usize) -> Self {
        Self(Self::SHORT | Way::SERIAL.pack() << 2 | Way::SERIAL.pack() << Self::ASLEEP | (site as u64) << Self::SITE)
    }

    /// A plan for a pool that is awake and one for a pool that sleeps.
    pub(crate) fn known(awake: Way, asleep: Way, site: usize) -> Self {
        Self(Self::KNOWN | awake.pack() << 2 | asleep.pack() << Self::ASLEEP | (site as u64) << Self::SITE)
    }

    #[inline]
    pub(crate) fn is_short(self) -> bool {
        self.0 & Self::KIND == Self::SHORT
    }

    pub(crate) fn is_empty(self) -> bool {
        self.0 & Self::KIND == Self::EMPTY
    }

    #[inline]
    pub(crate) fn site(self) -> usize {
        (self.0 >> Self::SITE) as usize
    }

    pub(crate) fn way(self, hot: bool) -> Way {
        Way::unpack(self.0 >> if hot { 2 } else { Self::ASLEEP } & ((1 << Self::WAY) - 1))
    }

    /// Whether both plans are the plain loop.
    pub(crate) fn is_serial(self) -> bool {
        self.way(false).n_jobs == 1 && self.way(true).n_jobs == 1
    }
}

impl Memory {
    pub(crate) const fn new() -> Self {
        Self {
            words: [const { AtomicU64::new(0) }; BUCKETS],
            costs: [const { AtomicU32::new(0) }; BUCKETS],
            learned: Mutex::new(BTreeMap::new()),
        }
    }

    #[inline]
    pub(crate) fn word(&self, len: usize) -> Word {
        // Relaxed: a word is whole by itself.
        Word(self.words[bucket(len)].load(Relaxed))
    }

    pub(crate) fn set(&self, len: usize, word: Word) {
        self.words[bucket(len)].store(word.0, Relaxed);
    }

    /// What an item takes in the plain loop, ns; 0 if unknown.
    pub(crate) fn cost(&self, len: usize) -> f64 {
        f64::from(f32::from_bits(self.costs[bucket(len)].load(Relaxed)))
    }

    pub(crate) fn set_cost(&self, len: usize, cost: f64) {
        self.costs[bucket(len)].store((cost as f32).to_bits(), Relaxed);
    }

    /// What was learned at this size, unless another thread is at it: nobody waits to learn.
    pub(crate) fn learn<R>(&self, len: usize, with: impl FnOnce(&mut Learned) -> R) -> Option<R> {
        let mut learned = match self.learned.try_lock() {
            Ok(learned) => learned,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return None,
        };
        Some(with(learned.entry(bucket(len)).or_default()))
    }

    /// What was learned at this size.
    pub(crate) fn learned(&self, len: usize) -> Option<Learned> {
        unpoisoned(self.learned.lock()).get(&bucket(len)).cloned()
    }

    /// Slots with a plan.
    pub(crate) fn entries(&self) -> usize {
        self.words.iter().filter(|word| !Word(word.load(Relaxed)).is_empty()).count()
    }

    /// Forgets everything; the number of plans there were.
    pub(crate) fn clear(&self) -> usize {
        let mut learned = unpoisoned(self.learned.lock());
        learned.clear();
        self.words.iter().filter(|word| !Word(word.swap(0, Relaxed)).is_empty()).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_are_powers_of_two() {
        assert_eq!([0, 1, 2, 3, 4, 1023, 1024, usize::MAX].map(bucket), [0, 0, 1, 1, 2, 9, 10, 63]);
    }

    #[test]
    fn a_way_keeps_its_threads_and_an_eighth_of_its_chunksize() {
        for n_jobs in [1, 2, 3, 64, 1023] {
            for chunksize in (0..62).flat_map(|log| [1usize << log, (1 << log) + (1 << log) / 3]) {
                let way = Way::unpack(Way { n_jobs, chunksize }.pack());
                assert_eq!(way.n_jobs, n_jobs);
                assert!(way.chunksize <= chunksize && way.chunksize >= chunksize - chunksize / 8, "{chunksize}");
            }
        }
        assert_eq!(Way::unpack(Way { n_jobs: 5000, chunksize: usize::MAX }.pack()).n_jobs, 1023);
    }

    #[test]
    fn a_word_keeps_its_parts_apart() {
        let (awake, asleep) = (Way { n_jobs: 1023, chunksize: 7 }, Way { n_jobs: 2, chunksize: 1 << 40 });
        let word = Word::known(awake, asleep, 12_345);
        assert_eq!((word.way(true), word.way(false), word.site()), (awake, asleep, 12_345));
        assert!(!word.is_short() && !word.is_empty() && !word.is_serial());
        assert!(Word::short(7).is_short() && Word::short(7).is_serial() && Word::short(7).site() == 7);
    }
}
