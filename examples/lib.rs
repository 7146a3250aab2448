//! What the examples share. Each of them is a real job; `quickstart` is the one to run first.

pub mod compare;
pub mod counts;
pub mod program;
pub mod show;
pub mod times;
