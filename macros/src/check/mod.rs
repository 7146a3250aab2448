//! Decides what a signature means for the functions generated from it, or which errors stand in the way.
//!
//! Uses `parse` only.

pub(crate) mod analyse;
pub(crate) mod lifetimes;
pub(crate) mod refuse;
