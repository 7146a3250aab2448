//! Integration tests, a module a topic.

mod pools;
mod quickstart;
mod twins;
mod watchdog;
