//! The work of a map: each result is written to its own place of one output.

use std::convert::Infallible;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use super::chunk::Source;
use super::chunk_queue::{ChunkPolicy, ChunkQueue};
use super::failure::{Failure, FirstFailure};
use super::unwind::drop_quietly;
use super::work::Work;

/// Maps `f` over a collection into one output.
pub(crate) struct Map<'f, S: Source, U, E, F> {
    queue: ChunkQueue<S, U>,
    f: &'f F,
    first_failure: FirstFailure<E>,
}

impl<'f, S: Source, U, E, F: Fn(S::Item) -> Result<U, E>> Map<'f, S, U, E, F> {
    pub(crate) fn new(source: S, len: usize, f: &'f F) -> Self {
        Self { queue: ChunkQueue::new(source, len), f, first_failure: FirstFailure::none() }
    }

    /// The results in order, or the error with the smallest index; a panic is resumed.
    pub(crate) fn finish(mut self) -> Result<Vec<U>, E> {
        match self.first_failure.into_inner() {
            None => Ok(self.queue.into_results()),
            // Results and items are dropped first, as by the plain loop when it unwinds. The caller gets this panic, also
            // if their destructors panic.
            Some((_, Failure::Panic(payload))) => {
                drop_quietly(self.queue);
                resume_unwind(payload)
            }
            Some((index, Failure::Early(error))) => {
                drop(self.queue.take_results_before(index));
                Err(error)
            }
        }
    }

    /// The results before the first failure, and that failure.
    pub(crate) fn finish_before_failure(mut self) -> (Vec<U>, Option<Failure<E>>) {
        match self.first_failure.into_inner() {
            None => (self.queue.into_results(), None),
            Some((index, failure)) => {
                let results = self.queue.take_results_before(index);
                drop_quietly(self.queue);
                (results, Some(failure))
            }
        }
    }
}

impl<S, U, F> Map<'_, S, U, Infallible, F>
where
    S: Source,
    F: Fn(S::Item) -> Result<U, Infallible>,
{
    /// The results in order; a panic is resumed.
    pub(crate) fn results(self) -> Vec<U> {
        match self.finish() {
            Ok(results) => results,
            Err(never) => match never {},
        }
    }
}

impl<S, U, E, F> Work for Map<'_, S, U, E, F>
where
    S: Source,
    U: Send,
    E: Send,
    F: Fn(S::Item) -> Result<U, E> + Sync,
{
    fn process_chunk(&self, chunk_policy: ChunkPolicy) -> Option<usize> {
        let mut unfilled = 0..0;
        let outcome = catch_unwind(AssertUnwindSafe(|| self.queue.fill_chunk(chunk_policy, &mut unfilled, self.f)));
        let failure = match outcome {
            Ok(None) => return None,
            Ok(Some(Ok(items))) => return Some(items),
            Ok(Some(Err(error))) => Failure::Early(error),
            Err(payload) => Failure::Panic(payload),
        };
        self.queue.halt();
        self.first_failure.offer(unfilled.start, failure);
        None
    }

    fn halt(&self) {
        self.queue.halt();
    }

    fn halted(&self) -> bool {
        // A failure in the last chunk leaves nothing to halt.
        self.queue.halted() || self.first_failure.is_some()
    }
}
