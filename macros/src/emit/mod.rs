//! Writes the expansion: the generated functions, or the unchanged function with its errors.
//!
//! Uses `parse` and `check`.

mod bounds;
mod copied_attributes;
pub(crate) mod fallback;
mod identity;
mod opt_level;
mod outlives;
mod parameters;
pub(crate) mod wrapper;
