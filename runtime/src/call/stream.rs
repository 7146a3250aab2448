//! An iterator without a length, mapped in order and in bounded memory.

use std::convert::Infallible;
use std::iter::FusedIterator;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::vec;

use super::record::Recorder;
use crate::executor::adaptor::NeverFails;
use crate::executor::buffers::Owned;
use crate::executor::caller::execute;
use crate::executor::failure::Failure;
use crate::executor::map::Map;
use crate::executor::pool;
use crate::executor::unwind::drop_quietly;
use crate::executor::work::{RunSpec, Start};
use crate::site::site::Tuned;
use crate::tuner::cost::GAIN;
use amorsize_store::clock::{now, since};
use amorsize_store::config::is_enabled;
use amorsize_store::fork::is_forked_child;

/// The most items that are read ahead: the longest batch.
const MOST: usize = 4096;
/// How long a batch is meant to take each thread, ns. In longer batches it costs less to call helpers and to wait for them.
const BATCH: f64 = 500_000.0;
/// After this many batches it is checked whether they take less time than the plain loop.
const JUDGED: u32 = 8;
/// After this many batches some items are done in the plain loop, to measure them again.
const REFRESHED: u32 = 64;
/// How many of those items are timed.
const TIMED: u32 = 8;
/// In the plain loop this many items are timed at first, and then one in this many.
const SAMPLED: u32 = 64;

/// Maps `f` over an iterator: in order, in bounded memory, on several threads as soon as items turn out heavy enough.
///
/// `n_jobs` and `chunksize` are the attribute's options. Nothing is cached: how long the items of an iterator take
/// says little about those of the next.
pub fn stream<T: Send, U: Send, I: IntoIterator<Item = T>, F: Fn(T) -> U + Sync>(
    tuned: Tuned,
    items: I,
    f: F,
    n_jobs: Option<usize>,
    chunksize: Option<usize>,
) -> Stream<I::IntoIter, F, U> {
    Stream {
        run_batch: Stream::run_batch,
        tuned,
        items: items.into_iter().fuse(),
        f,
        n_jobs,
        chunksize: chunksize.unwrap_or(1),
        results: Vec::new().into_iter(),
        failure: None,
        cost: 0.0,
        shared: 0.0,
        batches: 0,
        alone: 0,
        seen: 0,
    }
}

/// What [`stream`] returns.
pub struct Stream<I: Iterator, F, U> {
    /// `Stream::run_batch`, which needs items and results that are `Send`. As a function pointer, so that only [`stream`]
    /// has these bounds and the `Iterator` impl does not.
    run_batch: fn(&mut Self, usize, usize),
    tuned: Tuned,
    items: std::iter::Fuse<I>,
    f: F,
    n_jobs: Option<usize>,
    chunksize: usize,
    /// Results of the last batch that were not asked for yet.
    results: vec::IntoIter<U>,
    /// The panic of the function on the item after them, if it panicked.
    failure: Option<Failure<Infallible>>,
    /// What an item takes in the plain loop, ns; a moving average.
    cost: f64,
    /// Wall time of a batch for each item, ns; a moving average. 0 before the first batch.
    shared: f64,
    /// Batches since items were last done in the plain loop.
    batches: u32,
    /// How many items are still to be done in the plain loop before the next batch.
    alone: u32,
    /// Items that were done in the plain loop. Those of batches do not count: after a batch, the next item is a timed one,
    /// which may start the next batch.
    seen: u32,
}

impl<I: Iterator, F, U> Stream<I, F, U> {
    /// The number of threads and of items of the next batch, if a batch pays now.
    fn batch(&self) -> Option<(usize, usize)> {
        if self.n_jobs == Some(1) || !is_enabled() || self.seen == 0 || self.alone > 0 || is_forked_child() {
            return None;
        }
        let ready = if self.n_jobs.is_some() { pool::start_now() } else { pool::ready() };
        if !ready {
            return None;
        }
        let model = pool::model();
        let n_jobs = self.n_jobs.map_or(model.threads, |n| n.min(model.threads + 1)).min(MOST / 2);
        let len = ((BATCH * n_jobs as f64 / self.cost.max(1.0)) as usize).clamp(2 * n_jobs, MOST);
        let serial = self.cost * len as f64;
        let pays = self.n_jobs.is_some() || GAIN * model.shared_time(serial, n_jobs, pool::is_hot(now())) < serial;
        (n_jobs > 1 && pays).then_some((n_jobs, len))
    }

    /// Adds a measured item of the plain loop to the average.
    fn update_cost(&mut self, cost: f64) {
        self.cost = if self.seen == 0 { cost } else { self.cost + (cost - self.cost) / 8.0 };
    }
}

impl<I, F, U> Stream<I, F, U>
where
    I: Iterator,
    I::Item: Send,
    U: Send,
    F: Fn(I::Item) -> U + Sync,
{
    fn run_batch(&mut self, n_jobs: usize, len: usize) {
        let mut items: Vec<I::Item> = Vec::new();
        // If the iterator panics, the items before that are processed first, as in the plain loop.
        let read = catch_unwind(AssertUnwindSafe(|| items.extend(self.items.by_ref().take(len))));
        let unread = read.err().map(Failure::Panic);
        if items.is_empty() {
            self.failure = unread;
            return;
        }
        let spec =
            RunSpec { len: items.len(), n_jobs, chunksize: self.chunksize, cost: self.cost, start: Start::AtOnce };
        let start = now();
        let map = Map::new(Owned::new(items, spec.len), spec.len, &self.f, NeverFails);
        execute(&map, spec, &Recorder::Off(self.tuned));
        let (results, failure) = map.finish_before_failure();
        let wall = since(start) as f64 / spec.len as f64;
        self.shared = if self.shared > 0.0 { self.shared + (wall - self.shared) / 4.0 } else { wall };
        self.batches += 1;
        let in_vain = self.batches >= JUDGED && self.shared >= self.cost;
        if self.n_jobs.is_none() && (in_vain || self.batches >= REFRESHED) {
            // Either the batches gain nothing, and many items are done in the plain loop; or it is time to measure it.
            self.alone = if in_vain { 16 * self.batches * spec.len as u32 } else { SAMPLED };
            self.batches = 0;
            self.shared = 0.0;
        }
        self.results = results.into_iter();
        self.failure = if failure.is_some() {
            drop_quietly(unread);
            failure
        } else {
            unread
        };
    }
}

impl<I, F, U> Iterator for Stream<I, F, U>
where
    I: Iterator,
    F: Fn(I::Item) -> U,
{
    type Item = U;

    fn next(&mut self) -> Option<U> {
        if let Some(result) = self.results.next() {
            return Some(result);
        }
        if let Some(failure) = self.failure.take() {
            failure.unwind();
        }
        let timed = self.seen < SAMPLED || self.seen.is_multiple_of(SAMPLED) || (1..=TIMED).contains(&self.alone);
        self.alone = self.alone.saturating_sub(1);
        if timed && let Some((n_jobs, len)) = self.batch() {
            (self.run_batch)(self, n_jobs, len);
            return if self.results.len() > 0 || self.failure.is_some() { self.next() } else { None };
        }
        let item = self.items.next()?;
        if timed {
            let start = now();
            let result = (self.f)(item);
            let time = since(start);
            self.update_cost(time as f64);
            self.seen = self.seen.saturating_add(1);
            if self.n_jobs != Some(1) && is_enabled() && !pool::ready() {
                // After the first items, a timed one stands for those that are not timed.
                pool::note_helpable(if self.seen > SAMPLED { time * u64::from(SAMPLED) } else { time }, 0);
            }
            Some(result)
        } else {
            self.seen = self.seen.saturating_add(1);
            Some((self.f)(item))
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let made = self.results.len();
        let (least, most) = self.items.size_hint();
        (
            if self.failure.is_some() { made } else { made.saturating_add(least) },
            most.and_then(|most| most.checked_add(made)),
        )
    }
}

impl<I, F, U> FusedIterator for Stream<I, F, U>
where
    I: Iterator,
    F: Fn(I::Item) -> U,
{
}
