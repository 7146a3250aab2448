//! Reading items ahead and sharing them among threads.
//!
//! A batch is sized by time: by what its items are expected to take, and by how long the first of them may wait for the
//! others. It ends early, with items left, when the function panics and when it takes much longer than expected. What
//! is left is done later, in its place.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use super::super::choices::Choices;
use super::ahead::Outcome;
use super::state::Stream;
use crate::call::record::Recorder;
use crate::executor::adaptor::NeverFails;
use crate::executor::buffers::Owned;
use crate::executor::caller::execute;
use crate::executor::chunk_policy::ChunkPolicy;
use crate::executor::map::Map;
use crate::executor::pool;
use crate::executor::pools::Pools;
use crate::executor::wake_costs;
use crate::executor::work::{RunSpec, Start, Work};
use crate::tuner::cost::{GAIN, PoolModel, items_in};
use amorsize_store::clock::{Nanos, now, since};
use amorsize_store::fork::is_forked_child;

/// The most items that are read ahead: the longest batch.
const MOST: usize = 4096;
/// How long a batch is meant to take each thread, ns. In longer batches it costs less to call helpers and to wait for them.
const BATCH: f64 = 500_000.0;
/// How long an item may wait for others to be read, ns, unless it takes longer itself.
const WAIT: f64 = 1_000_000.0;
/// A batch that takes longer than this, ns, and longer than expected by [`EXCESS`], is ended.
const LONG: f64 = 1_000_000.0;
/// See [`LONG`].
const EXCESS: f64 = 2.0;
/// What it costs to keep an item and its result in a batch, ns.
const HANDLING: f64 = 15.0;
/// Reading the clock for each item may cost this part of what the item takes, ...
const CLOCK: f64 = 1.0 / 40.0;
/// ... and in any case it is read once in so many items.
const UNWATCHED: usize = 16;

/// What the next items are.
pub(super) enum Next {
    /// So many threads share so many items.
    Batch { n_jobs: usize, len: usize },
    /// The next item is done alone.
    Alone,
}

impl<I: Iterator, F, U> Stream<I, F, U> {
    /// Whether a batch pays at `start`.
    pub(super) fn plan(&mut self, start: Nanos) -> Next {
        let fixed = self.n_jobs.is_some();
        let cost = self.pace.cost();
        let covered = self.pace.take_covered();
        let is_light = cost <= HANDLING && !fixed;
        if cost == 0.0 || is_light || !(fixed || self.gain.allows(cost, start)) || is_forked_child() {
            return Next::Alone;
        }
        let pools = self.pools();
        if let Some(n_jobs) = self.n_jobs
            && !pools.start_now(n_jobs)
        {
            return Next::Alone;
        }
        let started = pools.model(self.cpu);
        let model = started.unwrap_or_else(|| pools.quick_model(self.cpu));
        let n_jobs = self.n_jobs.map_or(model.threads, |n| pools.most_threads(n)).min(MOST / 2);
        let n_jobs = n_jobs.min(Choices::NONE.most_threads(self.tuned.site));
        let len = items_in(BATCH * n_jobs as f64, cost).clamp(2 * n_jobs, MOST);
        let in_time = items_in(self.longest_wait(), self.pace.read().max(1.0));
        let len = len.min(in_time);
        if n_jobs < 2 || len < 2 {
            return Next::Alone;
        }
        if !fixed && !pays(&model, cost, n_jobs, len, start) {
            if cost * len as f64 >= BATCH {
                // It does without helpers because of what they cost. Shorter batches would whatever they cost.
                wake_costs::fade();
            }
            return Next::Alone;
        }
        if started.is_none() && !fixed {
            pools.note_alone(len, self.cpu, cost * covered as f64);
            return Next::Alone;
        }
        Next::Batch { n_jobs, len }
    }

    /// Where helpers may come from.
    pub(super) fn pools(&self) -> Pools {
        Pools::of(self.tuned.site.is_blocking())
    }

    /// How long an item may wait for others to be read, ns.
    fn longest_wait(&self) -> f64 {
        WAIT.max(self.pace.cost())
    }

    /// Whether `len` items take less time on several threads, now that they are there.
    fn gains(&self, cost: f64, n_jobs: usize, len: usize, at: Nanos) -> bool {
        self.pools().model(self.cpu).is_some_and(|model| pays(&model, cost, n_jobs, len, at))
    }

    /// Up to `len` items: those that are still to be done, and then some of the source, as far as they come in time.
    fn read_ahead(&mut self, len: usize, start: Nanos) -> Vec<I::Item> {
        let mut items = Vec::with_capacity(len);
        while items.len() < len
            && let Some(item) = self.ahead.take_undone()
        {
            items.push(item);
        }
        if !self.ahead.is_empty() || self.fault.is_some() || self.ended {
            return items;
        }
        let old = items.len();
        let limit = self.longest_wait() as Nanos;
        let stride = if self.was_late { 1 } else { items_in(1.0 / CLOCK, self.pace.cost()).min(UNWATCHED) };
        let source = &mut self.items;
        let read = catch_unwind(AssertUnwindSafe(|| {
            while items.len() < len {
                let more = stride.min(len - items.len());
                let before = items.len();
                items.extend(source.by_ref().take(more));
                if items.len() < before + more {
                    return (true, false);
                }
                if since(start) > limit {
                    return (false, true);
                }
            }
            (false, false)
        }));
        match read {
            Ok((ended, late)) => (self.ended, self.was_late) = (ended, late),
            // The items before that are processed first, as by the plain iterator.
            Err(payload) => self.fault = Some(payload),
        }
        if items.len() > old {
            self.pace.note_read(since(start) as f64, items.len() - old);
        }
        items
    }
}

impl<I, F, U> Stream<I, F, U>
where
    I: Iterator,
    I::Item: Send,
    U: Send,
    F: Fn(I::Item) -> U + Sync,
{
    /// Reads up to `len` items, and processes them on up to `n_jobs` threads.
    pub(super) fn run_batch(&mut self, n_jobs: usize, len: usize) {
        let start = now();
        let items = self.read_ahead(len, start);
        let len = items.len();
        if len == 0 {
            return;
        }
        let begin = now();
        let cost = self.pace.cost();
        let f = &self.f;
        let stop = AtomicBool::new(false);
        let process = |item| {
            if stop.load(Relaxed) {
                return Outcome::Undone(item);
            }
            catch_unwind(AssertUnwindSafe(|| f(item))).map_or_else(
                |payload| {
                    stop.store(true, Relaxed);
                    Outcome::Panicked(payload)
                },
                Outcome::Done,
            )
        };
        // Fewer items may have come than were expected.
        let shared = len > 1 && (self.n_jobs.is_some() || self.gains(cost, n_jobs, len, begin));
        let expected = cost * len.div_ceil(n_jobs) as f64;
        let (outcomes, helped) = if shared {
            let (chunksize, start) = (self.chunksize, Start::AtOnce);
            let pools = self.pools();
            let (is_uneven, timed, gathering) = (false, false, 0.0);
            let spec = RunSpec { len, n_jobs, chunksize, cost, is_uneven, start, pools, timed, gathering };
            let mut map = Map::new(Owned::new(items, len), len, &process, NeverFails);
            map.make_room(Vec::new());
            let until = begin + LONG.max(EXCESS * expected) as Nanos;
            let limited = TimeLimit { work: &map, until, begun: AtomicBool::new(false), stop: &stop };
            let report = execute(&limited, spec, &Recorder::Off(self.tuned));
            (map.into_results(), report.shared.map_or(0, |shared| shared.helped))
        } else {
            (items.into_iter().map(process).collect(), 0)
        };
        let end = now();
        let is_whole = !stop.into_inner();
        let count = |kind: fn(&Outcome<I::Item, U>) -> bool| outcomes.iter().filter(|outcome| kind(outcome)).count();
        let done = if is_whole { len } else { count(|outcome| matches!(outcome, Outcome::Done(_))) };
        // A batch that a panic ended says nothing about those that none ends.
        if is_whole || count(|outcome| matches!(outcome, Outcome::Panicked(_))) == 0 {
            let (wall, run) = (end.saturating_sub(start), end.saturating_sub(begin));
            self.learn(done, wall, (run, helped), shared.then_some(expected));
        }
        self.ahead.put_first(outcomes);
    }

    /// A batch has `done` items. It took `wall` ns with the reading, `run.0` without, and helpers worked for `run.1`.
    /// If it was shared, it was expected to take `expected`.
    fn learn(&mut self, done: usize, wall: Nanos, run: (Nanos, Nanos), expected: Option<f64>) {
        if done == 0 {
            return;
        }
        self.pace.note_batch((run.0 + run.1) as f64 / done as f64);
        let Some(expected) = expected.filter(|_| self.n_jobs.is_none()) else { return };
        self.gain.note_batch(wall, done);
        if (run.0 as f64) < expected / 2.0 {
            // Much lighter items than before. In batches it cannot be seen how light they are.
            self.pace.forget();
            self.gain.refresh();
        }
    }
}

/// Whether `len` items of `cost` ns take less time on several threads.
fn pays(model: &PoolModel, cost: f64, n_jobs: usize, len: usize, at: Nanos) -> bool {
    let (serial, handling) = (cost * len as f64, HANDLING * len as f64);
    GAIN * (model.shared_time(serial, n_jobs.min(len), pool::is_hot(at)) + handling) < serial
}

/// Work that ends early when it takes too long.
struct TimeLimit<'w> {
    work: &'w dyn Work,
    until: Nanos,
    /// Whether a chunk was taken. The first one is done however late it is.
    begun: AtomicBool,
    /// Items that are handed out while this is set are not processed.
    stop: &'w AtomicBool,
}

impl Work for TimeLimit<'_> {
    fn process_chunk(&self, chunk_policy: ChunkPolicy) -> Option<usize> {
        if self.begun.swap(true, Relaxed) && now() > self.until {
            self.stop.store(true, Relaxed);
        }
        self.work.process_chunk(chunk_policy)
    }

    fn gather(&self) {
        self.work.gather();
    }

    fn halt(&self) {
        self.work.halt();
    }

    fn halted(&self) -> bool {
        self.work.halted()
    }
}
