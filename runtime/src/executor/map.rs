//! The work of a map: each result is written to its own place of one output.

use std::convert::Infallible;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use super::adaptor::Adaptor;
use super::chunk::Source;
use super::chunk_policy::ChunkPolicy;
use super::chunk_queue::ChunkQueue;
use super::failure::{Failure, FirstFailure};
use super::map_fn::MapFn;
use super::unwind::drop_quietly;
use super::work::Work;

/// Maps `f` over a collection into one output, with what an adaptor makes of each result: a value, or the failure that ends
/// the run.
pub(crate) struct Map<'f, S: Source, U, E, F, A> {
    queue: ChunkQueue<S, U>,
    f: &'f F,
    adaptor: A,
    first_failure: FirstFailure<E>,
}

impl<'f, S: Source, U, E, F, A> Map<'f, S, U, E, F, A> {
    /// A run without room for results.
    pub(crate) fn new(source: S, len: usize, f: &'f F, adaptor: A) -> Self {
        Self { queue: ChunkQueue::new(source, len), f, adaptor, first_failure: FirstFailure::none() }
    }

    /// Does the next `count` items on this thread, before there is room for results, and adds their values to those of all
    /// items before.
    ///
    /// # Errors
    /// The first failure, and the index of its item.
    pub(crate) fn do_next(&mut self, count: usize, values: &mut Vec<U>) -> Result<(), (usize, E)>
    where
        F: MapFn<S::Item>,
        A: Adaptor<F::Output, Value = Result<U, E>>,
    {
        let mut outcome = Ok(());
        for value in self.adaptor.adapt(self.f.over_chunk(self.queue.next_items(count))) {
            match value {
                Ok(value) => values.push(value),
                // Not returned from here: what is being returned is leaked if the destructor of an item panics then.
                Err(error) => {
                    outcome = Err((values.len(), error));
                    break;
                }
            }
        }
        outcome
    }

    /// Makes room for all values, of which these are the first: those of the items that were done.
    pub(crate) fn make_room(&mut self, values: Vec<U>) {
        self.queue.make_room(values);
    }

    /// The values in order, or the failure with the smallest index, and that index; a panic is resumed.
    pub(crate) fn finish(mut self) -> Result<Vec<U>, (usize, E)> {
        match self.first_failure.into_inner() {
            None => Ok(self.queue.into_results()),
            // Results and items are dropped first, as by the plain loop when it unwinds. The caller gets this panic, also
            // if their destructors panic.
            Some((_, Failure::Panic(payload))) => {
                drop_quietly(self.queue);
                resume_unwind(payload)
            }
            Some((index, Failure::Early(error))) => {
                let values = self.queue.take_results_before(index);
                drop(values);
                // A value that is being returned is leaked if a destructor panics then.
                drop(self.queue);
                Err((index, error))
            }
        }
    }

    /// Ends a run that had no room for results yet, with the values so far and its only failure.
    pub(crate) fn fail(self, values: Vec<U>, failure: (usize, E)) -> (usize, E) {
        drop(values);
        drop(self);
        failure
    }
}

impl<S: Source, U, F, A> Map<'_, S, U, Infallible, F, A> {
    /// The values in order; a panic is resumed.
    pub(crate) fn into_results(self) -> Vec<U> {
        match self.finish() {
            Ok(values) => values,
            Err((_, never)) => match never {},
        }
    }
}

impl<S, U, E, F, A> Work for Map<'_, S, U, E, F, A>
where
    S: Source,
    U: Send,
    E: Send,
    F: MapFn<S::Item>,
    A: Adaptor<F::Output, Value = Result<U, E>>,
{
    fn process_chunk(&self, chunk_policy: ChunkPolicy) -> Option<usize> {
        let mut unfilled = 0..0;
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            self.queue.fill_chunk(chunk_policy, &mut unfilled, self.f, &self.adaptor)
        }));
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

    fn gather(&self) {
        self.queue.gather();
    }

    fn halted(&self) -> bool {
        // A failure in the last chunk leaves nothing to halt.
        self.queue.halted() || self.first_failure.is_some()
    }
}
