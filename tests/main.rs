//! Integration tests, a module a topic.

mod quickstart;
