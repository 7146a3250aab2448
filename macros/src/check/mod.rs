//! Decides what the signature of a function means for its wrappers (the functions generated from it, such as `map`), or
//! why it cannot have any.
//!
//! Uses `parse`. Bottom to top: `signature`; `lifetimes`, `key`, `refuse`; `function`, `analyse`.

pub(crate) mod analyse;
pub(crate) mod function;
mod key;
pub(crate) mod lifetimes;
mod refuse;
pub(crate) mod signature;
