//! Integration tests, a module a topic.

mod cases;
mod drops;
mod identity;
mod pools;
mod quickstart;
mod signatures;
mod twins;
mod watchdog;
