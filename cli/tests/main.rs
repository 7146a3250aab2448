//! The command `amorsize`, run as a person or a script would run it.

#![forbid(unsafe_code)]

#[cfg(feature = "bench")]
mod benchmark;
mod cache;
mod checking;
mod counted;
mod gains;
mod health;
mod made;
mod managing;
mod reading;
#[cfg(all(unix, feature = "redis"))]
mod redis;
#[cfg(feature = "dashboard")]
mod serving;
mod usage;
