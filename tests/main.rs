//! Integration tests, a module a topic. Those that need the feature `disk` say so.

mod alone;
mod bad_closures;
mod bad_input;
mod blocking;
mod bombs;
#[cfg(feature = "disk")]
mod cache;
mod cases;
#[cfg_attr(not(feature = "disk"), allow(dead_code))]
mod children;
mod closures;
#[cfg(all(target_os = "linux", feature = "disk"))]
mod containers;
#[cfg(all(unix, feature = "disk"))]
mod crowd;
mod deadlocks;
#[cfg(all(feature = "disk", feature = "tracing"))]
mod decisions;
mod drops;
#[cfg(all(unix, feature = "disk"))]
mod durable;
#[cfg(feature = "disk")]
mod embedded;
mod endings;
#[cfg(feature = "disk")]
mod examples;
#[cfg(feature = "disk")]
mod faults;
#[cfg(feature = "disk")]
mod frozen;
mod growth;
mod house;
mod identity;
mod inputs;
#[cfg(feature = "disk")]
mod lives;
#[cfg(feature = "disk")]
mod measured;
mod memory;
mod parts;
mod pools;
mod profiles;
#[cfg(feature = "disk")]
mod quickstart;
mod races;
mod readme;
#[cfg(feature = "disk")]
mod recall;
#[cfg(all(unix, feature = "redis"))]
mod redis;
#[cfg(feature = "disk")]
mod rigor;
mod scratch;
mod sharing;
mod signatures;
mod sites;
mod streams;
mod terminals;
mod trials;
mod twins;
#[cfg(feature = "disk")]
mod upkeep;
mod watchdog;
