//! Charts, as SVG that takes its colours from the style of the page: so they follow it into the dark, and each says in
//! words what it shows.
//!
//! May use: `words`.

pub(crate) mod days;
mod frame;
pub(crate) mod gains;
