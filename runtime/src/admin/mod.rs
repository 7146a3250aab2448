//! The functions by which a program manages the cache and reads its counts.
//!
//! May use `persist`, `site` and `amorsize_store`.

pub(crate) mod cache;
#[cfg(feature = "disk")]
pub(crate) mod folder;
#[cfg(feature = "disk")]
pub(crate) mod snapshot;
pub(crate) mod stats;
