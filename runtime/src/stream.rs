//! An iterator without a length, mapped in order and in bounded memory.

use crate::site::Tuned;

/// Maps `f` over an iterator, ordered, in bounded memory. `n_jobs` and `chunksize` are the attribute's options.
pub fn stream<T: Send, U: Send>(
    tuned: Tuned,
    items: impl IntoIterator<Item = T>,
    f: impl Fn(T) -> U + Sync,
    n_jobs: Option<usize>,
    chunksize: Option<usize>,
) -> impl Iterator<Item = U> {
    let _ = (tuned, n_jobs, chunksize);
    items.into_iter().map(f)
}
