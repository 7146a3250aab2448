//! Plans in memory: one word for each size of input, in the static of the function.
//!
//! ```text
//! bits 0..2    kind: EMPTY, LOOP (the plain loop), KNOWN
//! bits 2..22   LOOP: weight; KNOWN: plan while the pool is awake: 10 bits n_jobs, 9 bits chunksize, 1 bit open
//! bits 22..42  KNOWN: plan while it sleeps, likewise
//! bits 42..64  index of the site, for counting
//! ```
//!
//! A chunksize is kept as a power of two and its next three bits, rounded down: it is a lower bound on
//! what a thread takes, and 12% less of it changes nothing.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, AtomicU32, AtomicU64, Ordering::Relaxed};

use crate::clock::Nanos;
use crate::tuner::arms::Learned;
use crate::{lock, try_lock};

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
    /// The sizes, a bit each, of which there is something new to keep.
    news: AtomicU64,
    lessons: Mutex<Lessons>,
    pub(crate) bursts: BurstPredictor,
}

/// What is remembered, and of whom.
#[derive(Debug)]
struct Lessons {
    whose: Whose,
    learned: BTreeMap<usize, Taught>,
}

/// What was learned at one size.
#[derive(Debug, Default)]
struct Taught {
    learned: Learned,
    /// When it was last news; `None` if the next lesson is.
    told: Option<Nanos>,
}

/// What is new at one size, to others or from others.
#[derive(Clone, Debug)]
pub(crate) struct News {
    pub(crate) bucket: u8,
    pub(crate) learned: Learned,
    /// What an item takes, ns.
    pub(crate) cost: f32,
    pub(crate) word: Word,
}

/// Whose memory it is, within a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Whose {
    /// Tells tenants of one place apart; 0 for the only one.
    pub(crate) tag: u64,
    /// The type name of the instantiation; empty if there is only one.
    pub(crate) instantiation: &'static str,
    /// The user's key; 0 if there is none.
    pub(crate) key: u64,
}

impl Whose {
    pub(crate) const ONLY: Self = Self { tag: 0, instantiation: "", key: 0 };
}

/// What holds as long as this is news again by then, so that it does not grow old while it is in use.
const AN_HOUR: Nanos = 3_600_000_000_000;

/// How a call is to be run, at one temperature of the pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Way {
    /// Threads; 1 for the plain loop.
    pub(crate) n_jobs: usize,
    /// The fewest items that a thread takes at once.
    pub(crate) chunksize: usize,
    /// Whether there is more to be learned of it.
    pub(crate) open: bool,
}

impl Way {
    /// The plain loop.
    pub(crate) const PLAIN: Self = Self { n_jobs: 1, chunksize: 1, open: false };

    const MOST_JOBS: usize = (1 << 10) - 1;

    fn pack(self) -> u64 {
        let log = self.chunksize.max(1).ilog2();
        let next = if log >= 3 { self.chunksize >> (log - 3) } else { self.chunksize.max(1) << (3 - log) } & 7;
        let open = usize::from(self.open);
        (self.n_jobs.clamp(1, Self::MOST_JOBS) | (log as usize) << 10 | next << 16 | open << 19) as u64
    }

    fn unpack(bits: u64) -> Self {
        let bits = bits as usize;
        let (log, next) = (bits >> 10 & 63, bits >> 16 & 7 | 8);
        let open = bits >> 19 & 1 == 1;
        let chunksize = if log >= 3 { next << (log - 3) } else { next >> (3 - log) };
        Self { n_jobs: bits & Self::MOST_JOBS, chunksize, open }
    }
}

/// One slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Word(u64);

impl Word {
    const KIND: u64 = 3;
    const EMPTY: u64 = 0;
    const LOOP: u64 = 1;
    const KNOWN: u64 = 2;
    const WAY: u32 = 20;
    const ASLEEP: u32 = 2 + Self::WAY;
    const SITE: u32 = 2 + 2 * Self::WAY;

    /// The plain loop at every temperature; of calls whose weights add up to `metrics::PERIOD` about one is timed.
    pub(crate) fn plain(weight: u64, site: usize) -> Self {
        Self(Self::LOOP | weight.min((1 << Self::WAY) - 1) << 2 | (site as u64) << Self::SITE)
    }

    /// A plan for a pool that is awake and one for a pool that sleeps.
    pub(crate) fn known(awake: Way, asleep: Way, site: usize) -> Self {
        Self(Self::KNOWN | awake.pack() << 2 | asleep.pack() << Self::ASLEEP | (site as u64) << Self::SITE)
    }

    #[inline]
    pub(crate) fn is_plain(self) -> bool {
        self.0 & Self::KIND == Self::LOOP
    }

    /// Of a plain loop.
    #[inline]
    pub(crate) fn weight(self) -> u64 {
        self.0 >> 2 & ((1 << Self::WAY) - 1)
    }

    /// The same plans, but open.
    fn reopened(self) -> Self {
        let open = |way: Way| Way { open: true, ..way };
        Self::known(open(self.way(true)), open(self.way(false)), self.site())
    }

    pub(crate) fn is_empty(self) -> bool {
        self.0 & Self::KIND == Self::EMPTY
    }

    /// Whether it says the same, however often the plain loop is timed.
    fn agrees(self, other: Self) -> bool {
        self == other || self.is_plain() && other.is_plain()
    }

    #[inline]
    pub(crate) fn site(self) -> usize {
        (self.0 >> Self::SITE) as usize
    }

    pub(crate) fn way(self, hot: bool) -> Way {
        Way::unpack(self.0 >> if hot { 2 } else { Self::ASLEEP } & ((1 << Self::WAY) - 1))
    }
}

impl Memory {
    pub(crate) const fn new(whose: Whose) -> Self {
        Self {
            words: [const { AtomicU64::new(0) }; BUCKETS],
            costs: [const { AtomicU32::new(0) }; BUCKETS],
            news: AtomicU64::new(0),
            lessons: Mutex::new(Lessons { whose, learned: BTreeMap::new() }),
            bursts: BurstPredictor::new(),
        }
    }

    #[inline]
    pub(crate) fn word(&self, len: usize) -> Word {
        // Relaxed: a word is whole by itself.
        Word(self.words[bucket(len)].load(Relaxed))
    }

    /// What is known of this size is doubtful: the next calls are to be timed.
    pub(crate) fn reopen(&self, len: usize) {
        let word = self.word(len);
        if !word.is_empty() && !word.is_plain() {
            self.set(len, word.reopened());
        }
    }

    pub(crate) fn set(&self, len: usize, word: Word) {
        self.words[bucket(len)].store(word.0, Relaxed);
    }

    /// The same, and if it says something new that is news.
    pub(crate) fn decide(&self, len: usize, word: Word) {
        if !self.word(len).agrees(word) {
            self.tell(len);
        }
        self.set(len, word);
    }

    /// What an item takes in the plain loop, ns; 0 if unknown.
    pub(crate) fn cost(&self, len: usize) -> f64 {
        f64::from(f32::from_bits(self.costs[bucket(len)].load(Relaxed)))
    }

    pub(crate) fn set_cost(&self, len: usize, cost: f64) {
        self.costs[bucket(len)].store((cost as f32).to_bits(), Relaxed);
    }

    /// What was learned at this size, unless another thread is at it: nobody waits to learn. Nothing if the memory has
    /// another tenant by now.
    pub(crate) fn learn<R>(&self, tag: u64, len: usize, now: Nanos, with: impl FnOnce(&mut Learned) -> R) -> Option<R> {
        let mut lessons = try_lock(&self.lessons).filter(|lessons| lessons.whose.tag == tag)?;
        let taught = lessons.learned.entry(bucket(len)).or_default();
        let result = with(&mut taught.learned);
        // Another thread may have told of a later moment.
        let old = taught.told.is_none_or(|told| now.saturating_sub(told) > AN_HOUR);
        if old || taught.learned.calls().is_power_of_two() {
            taught.told = Some(now);
            self.tell(len);
        }
        Some(result)
    }

    /// What was learned at this size.
    pub(crate) fn learned(&self, len: usize) -> Option<Learned> {
        lock(&self.lessons).learned.get(&bucket(len)).map(|taught| taught.learned.clone())
    }

    /// Takes over what was remembered, where nothing is known yet. Nothing if the memory has another tenant by now.
    ///
    /// `told`: what is remembered is so recent that it need not be news with the first lesson.
    pub(crate) fn recall(&self, tag: u64, News { bucket, learned, cost, word }: News, told: Option<Nanos>) {
        let Some(slot) = self.words.get(usize::from(bucket)) else { return };
        let mut lessons = lock(&self.lessons);
        if lessons.whose.tag == tag && Word(slot.load(Relaxed)).is_empty() {
            lessons.learned.insert(usize::from(bucket), Taught { learned, told });
            self.costs[usize::from(bucket)].store(cost.to_bits(), Relaxed);
            slot.store(word.0, Relaxed);
        }
    }

    /// There is something new at this size.
    pub(crate) fn tell(&self, len: usize) {
        self.news.fetch_or(1 << bucket(len), Relaxed);
    }

    pub(crate) fn has_news(&self) -> bool {
        self.news.load(Relaxed) != 0
    }

    /// What is new, and of whom. If a thread is at it, it stays news.
    pub(crate) fn take_news(&self) -> Option<(Whose, Vec<News>)> {
        let lessons = try_lock(&self.lessons)?;
        Some((lessons.whose, self.news_in(&lessons)))
    }

    fn news_in(&self, lessons: &Lessons) -> Vec<News> {
        let news = self.news.swap(0, Relaxed);
        let found = lessons.learned.iter().filter(|(bucket, _)| news >> **bucket & 1 == 1);
        let news = found.map(|(bucket, taught)| {
            let cost = f32::from_bits(self.costs[*bucket].load(Relaxed));
            let word = Word(self.words[*bucket].load(Relaxed));
            News { bucket: *bucket as u8, learned: taught.learned.clone(), cost, word }
        });
        news.filter(|news| !news.word.is_empty()).collect()
    }

    /// What was taken could not be kept.
    pub(crate) fn return_news(&self, buckets: impl Iterator<Item = u8>) {
        self.news.fetch_or(buckets.fold(0, |news, bucket| news | 1 << bucket), Relaxed);
    }

    /// Whose memory it is.
    pub(crate) fn whose(&self) -> Whose {
        lock(&self.lessons).whose
    }

    /// Gives it to another: all is forgotten. Whose it was, and what was new of it.
    pub(crate) fn give_to(&self, whose: Whose) -> (Whose, Vec<News>) {
        let mut lessons = lock(&self.lessons);
        let before = (lessons.whose, self.news_in(&lessons));
        lessons.whose = whose;
        drop(lessons);
        self.clear();
        before
    }

    /// The sizes for which there is a plan.
    pub(crate) fn known(&self) -> impl Iterator<Item = u8> {
        (0..BUCKETS as u8).filter(|bucket| !Word(self.words[usize::from(*bucket)].load(Relaxed)).is_empty())
    }

    /// Forgets everything; the number of plans there were.
    pub(crate) fn clear(&self) -> usize {
        let mut lessons = lock(&self.lessons);
        lessons.learned.clear();
        self.news.store(0, Relaxed);
        self.bursts.clear();
        self.costs.iter().for_each(|cost| cost.store(0, Relaxed));
        self.words.iter().filter(|word| !Word(word.swap(0, Relaxed)).is_empty()).count()
    }
}

/// How many calls follow each other so quickly that the pool stays awake between them, and whether waking it ahead of
/// them (a prewake) was worth it.
///
/// A call that wakes the pool pays for all that follow. Threads that call at once may lose a count: it is an estimate.
#[derive(Debug)]
pub(crate) struct BurstPredictor {
    /// A call that begins before this moment follows another one.
    until: AtomicU64,
    /// Calls of the present burst that followed another one.
    streak: AtomicU32,
    /// The same of bursts that are over; a moving average (`f32` bits).
    usual: AtomicU32,
    /// What prewakes gained so far, less what they cost, ns.
    balance: AtomicI64,
}

impl BurstPredictor {
    /// The balance is kept within so many prewakes: a few that were in vain end it, ...
    const PREWAKES: i64 = 4;
    /// ... and every so many calls that follow another one make up for one.
    const RECOVERY: i64 = 100;

    const fn new() -> Self {
        Self {
            until: AtomicU64::new(0),
            streak: AtomicU32::new(0),
            usual: AtomicU32::new(0),
            balance: AtomicI64::new(0),
        }
    }

    /// A call begins that probably takes `time`; helpers that have finished stay awake for `awake_for`. Whether it
    /// follows another one, and the number of calls that will probably follow it.
    pub(crate) fn next(&self, now: Nanos, time: f64, awake_for: Nanos) -> (bool, f64) {
        let following = now < self.until.load(Relaxed);
        self.until.store(now + time as Nanos + awake_for, Relaxed);
        let streak = self.streak.load(Relaxed);
        let usual = f32::from_bits(self.usual.load(Relaxed));
        if following {
            self.streak.store(streak.saturating_add(1), Relaxed);
            // As long again as it has lasted.
            return (true, f64::from(usual - streak as f32).max(f64::from(streak) + 1.0));
        }
        self.streak.store(0, Relaxed);
        let usual = usual + (streak as f32 - usual) / 4.0;
        self.usual.store(usual.to_bits(), Relaxed);
        (false, f64::from(usual))
    }

    /// Whether prewakes may go on, at `cost` a time.
    pub(crate) fn may_prewake(&self, cost: f64) -> bool {
        self.balance.load(Relaxed) > -Self::PREWAKES * cost as i64
    }

    /// The pool was prewoken, at this cost.
    pub(crate) fn prewoke(&self, cost: f64) {
        self.book(-(cost as i64), cost);
    }

    /// A call that followed another one found the pool awake and gained by it, or found it asleep and gained nothing.
    pub(crate) fn gained(&self, gain: f64, cost: f64) {
        self.book((gain as i64).max(cost as i64 / Self::RECOVERY), cost);
    }

    fn book(&self, change: i64, cost: f64) {
        let limit = Self::PREWAKES * cost as i64 + 1;
        self.balance.store((self.balance.load(Relaxed) + change).clamp(-limit, limit), Relaxed);
    }

    fn clear(&self) {
        self.until.store(0, Relaxed);
        self.streak.store(0, Relaxed);
        self.usual.store(0, Relaxed);
        self.balance.store(0, Relaxed);
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
                let way = Way::unpack(Way { n_jobs, chunksize, open: false }.pack());
                assert_eq!(way.n_jobs, n_jobs);
                assert!(way.chunksize <= chunksize && way.chunksize >= chunksize - chunksize / 8, "{chunksize}");
            }
        }
        assert_eq!(Way::unpack(Way { n_jobs: 5000, chunksize: usize::MAX, open: true }.pack()).n_jobs, 1023);
    }

    #[test]
    fn bursts_are_expected_as_they_were() {
        let bursts = BurstPredictor::new();
        let mut now = 1_000_000;
        let mut call = |pause: Nanos| {
            now += pause;
            bursts.next(now, 1_000.0, 50_000)
        };
        assert!(!call(0).0);
        assert!([(); 3].map(|()| call(20_000)) >= [(true, 1.0), (true, 2.0), (true, 3.0)]);
        for _ in 0..20 {
            call(1_000_000);
            call(20_000);
        }
        let (following, expected) = call(1_000_000);
        assert!(!following && (0.9..1.1).contains(&expected), "pairs are expected to be pairs: {expected}");
        for _ in 0..20 {
            call(1_000_000);
        }
        assert!(call(1_000_000).1 < 0.1, "and single calls single");
    }

    #[test]
    fn waking_in_vain_ends() {
        let bursts = BurstPredictor::new();
        let in_vain = (0..1000).filter(|_| bursts.may_prewake(20_000.0)).map(|_| bursts.prewoke(20_000.0)).count();
        assert!((2..10).contains(&in_vain), "{in_vain}");
        for _ in 0..300 {
            bursts.gained(0.0, 20_000.0);
        }
        assert!(bursts.may_prewake(20_000.0), "but is tried again some time");
    }

    #[test]
    fn a_word_keeps_its_parts_apart() {
        let (awake, asleep) =
            (Way { n_jobs: 1023, chunksize: 7, open: true }, Way { n_jobs: 2, chunksize: 1 << 40, open: false });
        let word = Word::known(awake, asleep, 12_345);
        assert_eq!((word.way(true), word.way(false), word.site()), (awake, asleep, 12_345));
        assert!(!word.is_plain() && !word.is_empty());
        let word = Word::plain(1024, 7);
        assert!(word.is_plain() && word.weight() == 1024 && word.site() == 7);
        assert_eq!(Word::plain(u64::MAX, 7).weight(), (1 << 20) - 1);
    }
}
