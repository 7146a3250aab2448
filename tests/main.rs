//! Integration tests, a module a topic.

mod cases;
mod drops;
mod pools;
mod quickstart;
mod twins;
mod watchdog;
