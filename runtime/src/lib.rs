//! Amorsize finds out whether a loop should be parallel, on how many threads and in what chunks, and remembers it.
#![deny(unsafe_code)]

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;
mod cache;
mod claims;
mod clock;
mod config;
mod engine;
mod executor;
mod identity;
mod items;
mod key;
mod lend;
mod metrics;
mod outcome;
mod plan;
mod run;
mod site;
mod stats;
mod stream;
mod tuner;

pub use amorsize_macros::auto;
pub use identity::FunctionId;
pub use items::Items;
pub use key::KeyPart;
pub use lend::Lend;
pub use outcome::Outcome;
pub use plan::{Decision, Plan, Why};
pub use run::Run;
pub use stats::{FunctionStats, Stats, clear_cache, stats};

/// The value behind a lock, also after a panic: what we guard stays valid, whoever unwound while holding it.
fn unpoisoned<T>(result: Result<T, std::sync::PoisonError<T>>) -> T {
    result.unwrap_or_else(std::sync::PoisonError::into_inner)
}
