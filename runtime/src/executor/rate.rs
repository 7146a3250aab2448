//! How fast a thread works, and so how long its chunks are.

use super::chunk_policy::ChunkPolicy;
use crate::tuner::cost::{LONGEST_CHUNK, SHORTEST_CHUNK, items_in};
use crate::tuner::unevenness::LongestChunk;
use amorsize_store::clock::{Nanos, now};

/// Estimates what an item takes from the last chunks of one thread.
pub(crate) struct RateEstimator {
    /// When the last chunk ended.
    pub(crate) last: Nanos,
    /// What an item takes, ns; 0 if unknown.
    pub(crate) cost: f64,
    /// Threads that share what is left.
    pub(crate) n_jobs: usize,
    /// The most that an item took in one of its chunks, on average, ns.
    pub(crate) heaviest: f64,
    /// The same, of chunks that lasted long enough for the clock to count little.
    pub(crate) peak: f64,
    /// Its longest chunk of several items.
    pub(crate) longest: LongestChunk,
    ramp: Ramp,
    /// Whether the part of each thread is so short that many small chunks at the end would cost more than they save.
    short: bool,
    /// No chunk has more items.
    most: usize,
}

/// The first chunks of a thread grow from one item on.
///
/// What an item takes on average says nothing about the first ones: if those are the heavy ones, a first chunk by the
/// average has all of them, and the other threads have nothing to do.
#[derive(Clone, Copy)]
struct Ramp {
    /// The most items of the next chunk.
    most: usize,
    /// How many times as many the one after it may have.
    growth: usize,
}

/// A part of a run that takes a thread at least so long (ns) has room for a slow growth of its first chunks, ...
const LONG: f64 = 500_000.0;
/// ... and one that takes less than this needs none: even if all heavy items are in one chunk, little is lost.
const SHORT: f64 = 50_000.0;

/// If chunks take this many times as long as there are threads (ns), threads seldom wait for each other at the counter.
const CONTENDED: f64 = 160.0;

/// Of shorter chunks (ns), what the counter and the clock take is too large a part.
const TELLING: Nanos = 1_000;

impl Ramp {
    const NONE: Self = Self { most: usize::MAX, growth: 1 };

    fn next(self) -> Self {
        Self { most: self.most.saturating_mul(self.growth), ..self }
    }
}

impl RateEstimator {
    /// A thread that begins at `last` and knows what an item takes from the first items of this run.
    pub(crate) fn new(last: Nanos, cost: f64, n_jobs: usize) -> Self {
        let (ramp, longest) = (Ramp::NONE, LongestChunk::default());
        Self { last, cost, n_jobs, heaviest: 0.0, peak: 0.0, longest, ramp, short: false, most: usize::MAX }
    }

    /// A thread that begins at `last` and knows what an item takes from earlier runs only. Its part of the run takes `part` ns.
    pub(crate) fn by_average(last: Nanos, cost: f64, n_jobs: usize, part: f64) -> Self {
        let ramp = match part {
            _ if part >= LONG => Ramp { most: 1, growth: 2 },
            _ if part >= SHORT => Ramp { most: 1, growth: 8 },
            _ => Ramp::NONE,
        };
        Self { ramp, short: cost > 0.0 && part < SHORT, ..Self::new(last, cost, n_jobs) }
    }

    /// The same, of items that differ much: chunks are so short that heavy items next to each other are in several of them.
    pub(crate) fn of_uneven(last: Nanos, cost: f64, n_jobs: usize, part: f64) -> Self {
        let most = items_in(SHORTEST_CHUNK.max(CONTENDED * n_jobs as f64), cost);
        // Where parts are short, many small chunks would cost more than they save.
        let growth = if part >= LONG { 2 } else { 8 };
        Self { ramp: Ramp { most: 1, growth }, most, ..Self::new(last, cost, n_jobs) }
    }

    /// Chunks that last neither too short nor too long, but with no fewer than `chunksize` items.
    pub(crate) fn chunk_policy(&self, chunksize: usize) -> ChunkPolicy {
        let items =
            |time| if self.cost > 0.0 { items_in(time, self.cost).min(self.ramp.most).min(self.most) } else { 1 };
        let (least, most) = (items(SHORTEST_CHUNK), items(LONGEST_CHUNK));
        let shares = if self.short { self.n_jobs } else { 2 * self.n_jobs };
        ChunkPolicy { n_jobs: self.n_jobs, least, shares, most, floor: chunksize, unit: 1 }
    }

    /// A chunk of `items` has just ended.
    pub(crate) fn note(&mut self, items: usize) {
        self.note_at(items, now());
    }

    /// A chunk of `items` ended at `end`.
    pub(crate) fn note_at(&mut self, items: usize, end: Nanos) {
        let cost = end.saturating_sub(self.last) as f64 / items as f64;
        // Heavier items are believed at once, lighter ones by half: chunks that are too short cost a hundredth of the time,
        // but one that is too long can cost the whole gain.
        self.cost = if cost > self.cost { cost } else { f64::midpoint(self.cost, cost) };
        self.heaviest = self.heaviest.max(cost);
        let time = end.saturating_sub(self.last);
        if time >= TELLING {
            self.peak = self.peak.max(cost);
        }
        if items > 1 && time as f64 > self.longest.time {
            self.longest = LongestChunk { time: time as f64, cost };
        }
        self.last = end;
        self.ramp = self.ramp.next();
    }
}
