//! Writes the expansion: the function and what is generated from it, or the function and its errors.
//!
//! Uses `parse` and `check`. Bottom to top: `tokens`, `names`, `outlives`, `bounds`, `copied_attributes`; `identity`,
//! `opt_level`; `emitter`, `parameters`, `site`, `wrappers`, `expand`. Beside these, `fallback`.

mod bounds;
mod copied_attributes;
mod emitter;
pub(crate) mod expand;
pub(crate) mod fallback;
mod identity;
mod names;
mod opt_level;
mod outlives;
mod parameters;
mod site;
mod tokens;
mod wrappers;
