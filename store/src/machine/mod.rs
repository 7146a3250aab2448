//! The properties of this machine and of the build that decide which plan is good.
//!
//! May use: `config`, `id`. Knows nothing of files.

pub mod build_flags;
pub mod control_groups;
#[cfg(feature = "disk")]
pub mod fingerprint;
#[cfg(feature = "disk")]
pub mod label;
