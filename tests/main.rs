//! Integration tests, a module a topic.
