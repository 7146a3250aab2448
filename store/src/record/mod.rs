//! What is stored: plans with their measurements, counts, and the header that every file begins with.
//!
//! May use: `id`, `machine`, `rejection`. Knows nothing of files, clocks and threads.

pub mod buckets;
pub mod counts;
#[cfg(feature = "disk")]
pub mod entry;
#[cfg(feature = "disk")]
pub mod envelope;
#[cfg(feature = "disk")]
pub mod evidence;
#[cfg(feature = "disk")]
pub mod plans;
#[cfg(feature = "disk")]
pub mod plans_format;
pub mod schedule;
#[cfg(feature = "disk")]
pub mod statistics;
#[cfg(feature = "disk")]
pub mod statistics_format;
pub mod stats;
