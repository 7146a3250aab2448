//! One plain loop and its tuned twin, kept apart so that their machine code can be laid side by side. How to is in the
//! README beside this file.

use crate::functions;

/// The user's own loop.
#[inline(never)]
#[must_use]
pub fn squares_plain(items: &[f32]) -> Vec<f32> {
    items.iter().map(functions::square_vector).collect()
}

/// The same by `f::map`.
#[inline(never)]
#[must_use]
pub fn squares_ours(items: &[f32]) -> Vec<f32> {
    functions::square_vector::map(items)
}

/// The user's own loop over integers, as the overhead bench calls it.
#[inline(never)]
#[must_use]
pub fn cheap_plain(items: &[u64]) -> Vec<u64> {
    items.iter().map(functions::cheap).collect()
}

/// The same by `f::map`.
#[inline(never)]
#[must_use]
pub fn cheap_ours(items: &[u64]) -> Vec<u64> {
    functions::cheap::map(items)
}
