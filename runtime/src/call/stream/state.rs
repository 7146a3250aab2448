//! The stream and its choices.

use std::any::Any;
use std::fmt;

use super::ahead::Ahead;
use super::gain::Gain;
use super::pace::Pace;
use crate::site::site::Tuned;
use amorsize_store::clock::Nanos;

/// The results of an annotated function for the items of an iterator, in order: what `f::stream(iterator, ..)` returns.
///
/// It does what [`Iterator::map`] does, and takes about as long where that is the best that can be done. Where items are heavy
/// enough, it reads some of them ahead and shares them among threads: as many as take the threads half a millisecond, 4,096
/// at the most, and no more than come within a millisecond or within the time of one item. Nothing is cached: how long
/// the items of an iterator take says little about those of the next.
///
/// A read that has begun cannot be given up: if the iterator pauses while items are read ahead, those that were read wait for
/// the end of the pause. Where it often does, nothing is read ahead; [`n_jobs(1)`](Self::n_jobs) never does.
///
/// The choices [`n_jobs`](Self::n_jobs) and [`chunksize`](Self::chunksize) return a stream as well.
///
/// # Panics
///
/// A panic of the function, or of the iterator, reaches the caller when its turn has come, after the results before it.
/// If it is caught, the stream goes on with the item after it, as `Iterator::map` does: no item is lost, and none is
/// processed twice.
///
/// # Examples
///
/// ```
/// #[amorsize::auto]
/// fn words(line: &str) -> usize { line.split_whitespace().count() }
///
/// let text = "one line\nand one more";
/// let counts: Vec<usize> = words::stream(text.lines()).collect();
/// assert_eq!(counts, [2, 3]);
///
/// // Two threads, whatever the lines take.
/// let total: usize = words::stream(text.lines()).n_jobs(2).sum();
/// assert_eq!(total, 5);
/// ```
#[must_use = "iterators are lazy and do nothing unless consumed"]
pub struct Stream<I: Iterator, F, U> {
    /// How many items are done before the clock is read again. Nothing is read ahead while this is not 0.
    pub(super) untimed: usize,
    pub(super) items: I,
    pub(super) f: F,
    /// What was read ahead and not asked for yet, in order.
    pub(super) ahead: Ahead<I::Item, U>,
    /// The panic of the source after these items, if it panicked.
    pub(super) fault: Option<Box<dyn Any + Send>>,
    /// Whether the source ended after these items.
    pub(super) ended: bool,
    /// Whether reading ahead ended because the items came too slowly.
    pub(super) was_late: bool,
    /// `Stream::run_batch`, which needs items and results that are `Send`. As a function pointer, so that only the function
    /// that makes a stream has these bounds and the `Iterator` impl does not.
    pub(super) run_batch: fn(&mut Self, usize, usize),
    pub(super) tuned: Tuned,
    pub(super) n_jobs: Option<usize>,
    pub(super) chunksize: usize,
    pub(super) pace: Pace,
    /// The part of its time for which an item has a processor, if it may wait and that was measured.
    pub(super) cpu: Option<f64>,
    pub(super) gain: Gain,
    /// When the clock was last read; 0 if what was done since does not tell what an item takes.
    pub(super) at: Nanos,
}

/// Choices.
impl<I: Iterator, F, U> Stream<I, F, U> {
    /// Fixes the number of threads that work on the items, the caller included. 1 is the plain iterator.
    ///
    /// See [`Run::n_jobs`](crate::call::run::Run::n_jobs) for how many there can be. Items are read ahead then whatever they take.
    ///
    /// # Panics
    /// If `n` is 0.
    #[track_caller]
    pub fn n_jobs(mut self, n: usize) -> Self {
        assert!(n > 0, "n_jobs(0): nobody would work; n_jobs(1) is the plain iterator");
        self.n_jobs = Some(n);
        // Also if it was the plain iterator so far.
        self.untimed = 0;
        self.pace.time_next();
        self
    }

    /// Fixes the fewest items that a thread takes at once.
    ///
    /// # Panics
    /// If `n` is 0.
    #[track_caller]
    pub fn chunksize(mut self, n: usize) -> Self {
        assert!(n > 0, "chunksize(0): a thread takes at least one item at once");
        self.chunksize = n;
        self
    }
}

impl<I: Iterator, F, U> fmt::Debug for Stream<I, F, U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stream")
            .field("function", &self.tuned.site.path())
            .field("n_jobs", &self.n_jobs)
            .field("chunksize", &self.chunksize)
            .field("read_ahead", &self.ahead.len())
            .finish_non_exhaustive()
    }
}
