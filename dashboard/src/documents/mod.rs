//! What programs are told, as JSON. Where nothing was measured yet, a figure is 0.
//!
//! May use: `words`.

pub(crate) mod analytics;
pub(crate) mod cache;
mod figures;
