//! What was read ahead and not asked for yet, in order.

use std::any::Any;
use std::collections::VecDeque;

use crate::executor::unwind::drop_each_quietly;

/// What became of an item that was read ahead.
pub(super) enum Outcome<T, U> {
    Done(U),
    /// The function panicked; the payload.
    Panicked(Box<dyn Any + Send>),
    /// The batch ended early. The item is still to be done.
    Undone(T),
}

/// What was read ahead and not asked for yet, in order.
pub(super) struct Ahead<T, U>(VecDeque<Outcome<T, U>>);

impl<T, U> Ahead<T, U> {
    pub(super) const fn new() -> Self {
        Self(VecDeque::new())
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What became of the first item, if there is one and it is done.
    pub(super) fn take_done(&mut self) -> Option<Result<U, Box<dyn Any + Send>>> {
        match self.0.pop_front()? {
            Outcome::Done(result) => Some(Ok(result)),
            Outcome::Panicked(payload) => Some(Err(payload)),
            undone @ Outcome::Undone(_) => {
                self.0.push_front(undone);
                None
            }
        }
    }

    /// The first item, if there is one and it is still to be done.
    pub(super) fn take_undone(&mut self) -> Option<T> {
        match self.0.pop_front()? {
            Outcome::Undone(item) => Some(item),
            done => {
                self.0.push_front(done);
                None
            }
        }
    }

    /// Puts the outcomes of a batch before what is there.
    pub(super) fn put_first(&mut self, outcomes: Vec<Outcome<T, U>>) {
        if self.0.is_empty() {
            self.0 = outcomes.into();
        } else {
            outcomes.into_iter().rev().for_each(|outcome| self.0.push_front(outcome));
        }
    }
}

impl<T, U> Drop for Ahead<T, U> {
    fn drop(&mut self) {
        // The plain iterator would not have made these results, so panics of their destructors go no further.
        drop_each_quietly(self.0.drain(..));
    }
}
