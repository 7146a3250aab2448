//! Integration tests, a module a topic.

mod alone;
mod bad_input;
mod cases;
mod deadlocks;
mod drops;
mod identity;
mod pools;
mod quickstart;
mod races;
mod signatures;
mod twins;
mod watchdog;
