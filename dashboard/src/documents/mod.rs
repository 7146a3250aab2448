//! What programs are told, as JSON. Where nothing was measured yet, a figure is 0; the hit rate and the speed-up
//! of a single function are null.
//!
//! May use: `words`.

pub(crate) mod analytics;
pub(crate) mod cache;
mod figures;
