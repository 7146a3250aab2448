//! Integration tests, a module a topic.

mod alone;
mod bad_input;
mod cases;
mod children;
#[cfg(unix)]
mod crowd;
mod deadlocks;
mod drops;
#[cfg(unix)]
mod durable;
mod faults;
mod house;
mod identity;
mod pools;
mod quickstart;
mod races;
mod signatures;
mod sites;
mod twins;
mod upkeep;
mod watchdog;
