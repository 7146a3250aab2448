//! What this machine is, as far as that decides which plan is good.
//!
//! May use: `config`, `id`. Knows nothing of files.

pub mod build_flags;
#[cfg(feature = "disk")]
pub mod control_groups;
#[cfg(feature = "disk")]
pub mod fingerprint;
#[cfg(feature = "disk")]
pub mod label;
