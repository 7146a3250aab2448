//! How a call ends that does not end well.

use std::any::Any;
use std::error::Error;
use std::fmt;

use serde::{Deserialize, Serialize};

/// An error that the function returned on some rank: what `try_map` gives. Of several errors, that of the smallest index.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Failed<E> {
    /// The rank that it came from.
    pub rank: usize,
    /// The index of the item.
    pub index: usize,
    /// What the function returned.
    pub error: E,
}

impl<E: fmt::Display> fmt::Display for Failed<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "item {} on rank {}: {}", self.index, self.rank, self.error)
    }
}

impl<E: Error + 'static> Error for Failed<E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.error)
    }
}

/// The error of a function that returns none.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Never {}

impl Never {
    pub(crate) fn never(self) -> ! {
        match self {}
    }
}

/// Why a batch, or a rank's own items, have no result.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Fault<E> {
    /// The function returned an error.
    Failed { index: usize, error: E },
    /// It panicked. The index is not known of a panic outside of the function.
    Panicked { index: Option<usize>, message: String },
}

impl<E> Fault<E> {
    /// Of several faults, the one of the smallest index counts.
    pub(crate) fn index(&self, first: usize) -> usize {
        match self {
            Self::Failed { index, .. } => *index,
            Self::Panicked { index, .. } => index.unwrap_or(first),
        }
    }
}

/// What the root says at the end of a call.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Verdict {
    /// It ended as it should, or with an error that the root returns.
    Fine,
    /// It panicked, and so does every rank.
    Panicked(String),
}

/// The panic of a rank, as every rank passes it on.
pub(crate) fn describe(rank: usize, index: Option<usize>, message: &str) -> String {
    match index {
        Some(index) => format!("rank {rank}, item {index}: {message}"),
        None => format!("rank {rank}: {message}"),
    }
}

/// What a panic said.
pub(crate) fn message(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<String>().cloned();
    let text = text.or_else(|| payload.downcast_ref::<&str>().map(|text| (*text).to_string()));
    text.unwrap_or_else(|| "a panic without a message".into())
}
