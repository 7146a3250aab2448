//! What a program may ask of the cache, and do with it.
//!
//! May use `persist`, `site` and `amorsize_store`.

pub(crate) mod cache;
#[cfg(feature = "disk")]
pub(crate) mod folder;
pub(crate) mod stats;
