//! Writes the expansion: the function and what is generated from it, or the function and its errors.
//!
//! Uses `parse` and `check`. Bottom to top: `tokens`, `names`, `outlives`, `bounds`, `copied_attributes`; `token_tree`,
//! `position`, `blocks`, `operators`, `canonical`, `identity`; `arguments`, `opt_level`, `runtime`; `emitter`, `parameters`, `scratch`, `site`, `wrappers`, `expand`;
//! `closure`. Beside these, `fallback`.

mod arguments;
mod blocks;
mod bounds;
mod canonical;
pub(crate) mod closure;
mod copied_attributes;
mod emitter;
pub(crate) mod expand;
pub(crate) mod fallback;
mod identity;
mod names;
mod operators;
mod opt_level;
mod outlives;
mod parameters;
mod position;
mod runtime;
mod scratch;
mod site;
mod token_tree;
mod tokens;
mod wrappers;
