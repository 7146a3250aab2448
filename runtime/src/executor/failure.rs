//! The failure that the plain loop would have met first.

use std::any::Any;
use std::convert::Infallible;
use std::panic::resume_unwind;
use std::sync::Mutex;

use super::unwind::drop_quietly;
use amorsize_store::sync::{lock, unpoisoned};

/// Why a run ended early.
pub(crate) enum Failure<E> {
    /// The function panicked; the payload.
    Panic(Box<dyn Any + Send>),
    /// The function returned what ends a `try_map`.
    Early(E),
}

impl Failure<Infallible> {
    /// Resumes the panic.
    pub(crate) fn unwind(self) -> ! {
        match self {
            Self::Panic(payload) => resume_unwind(payload),
            Self::Early(never) => match never {},
        }
    }
}

/// Keeps the failure with the smallest index.
///
/// Chunks are handed out in ascending order and those that were handed out are finished, so every index below a failure is
/// processed, and the failure with the smallest index is the one that the plain loop would have stopped at.
pub(crate) struct FirstFailure<E>(Mutex<Option<(usize, Failure<E>)>>);

impl<E> FirstFailure<E> {
    pub(crate) const fn none() -> Self {
        Self(Mutex::new(None))
    }

    pub(crate) fn offer(&self, index: usize, failure: Failure<E>) {
        let mut first = lock(&self.0);
        let loser = match &*first {
            Some((before, _)) if *before <= index => Some(failure),
            _ => first.replace((index, failure)).map(|(_, loser)| loser),
        };
        drop(first);
        drop_quietly(loser);
    }

    pub(crate) fn is_some(&self) -> bool {
        lock(&self.0).is_some()
    }

    pub(crate) fn into_inner(self) -> Option<(usize, Failure<E>)> {
        unpoisoned(self.0.into_inner())
    }
}
