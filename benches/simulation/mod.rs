//! Calls of functions on machines that do not exist, of 2 to 128 threads: what is learned in how many calls, and what that
//! costs.
//!
//! The decisions are those of the runtime. Its tuner, and what its executor decides without a clock, are compiled into this
//! package from their own sources; only machines, items and time are made up. Every game is the same in every run.

pub mod drift;
pub mod figures;
pub mod forty_calls;
pub mod game;
mod items;
mod machine;
mod process;
mod run;
pub mod tables;
#[cfg(test)]
mod tests;
