//! Decides what the signature of a function means for its wrappers (the functions generated from it, such as `map`), or
//! why it cannot have any.
//!
//! Uses `parse`. Bottom to top: `signature`; `lifetimes`, `key`, `impl_traits`; `scratch`; `refuse`; `function`, `analyse`.
//! `captured` reads closures.

pub(crate) mod analyse;
pub(crate) mod captured;
pub(crate) mod function;
mod impl_traits;
mod key;
pub(crate) mod lifetimes;
mod refuse;
pub(crate) mod scratch;
pub(crate) mod signature;
