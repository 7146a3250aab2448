//! What amorsize costs and gains, beside its peers: the shared parts of the benches.
//!
//! [`workloads`] are lists of items and annotated [`functions`]; each is run by every [`contenders::Contender`];
//! [`measure`] interleaves them, [`statistics`] makes figures of the samples, [`report`] shows them.
//! [`simulation`] plays calls on machines that do not exist.
//! The README beside this file says what each figure means.
#![forbid(unsafe_code)]

pub mod assembly;
pub mod callgrind;
pub mod contenders;
pub mod disturbance;
#[allow(dead_code, reason = "not all of it is simulated")]
mod executor;
pub mod first_call;
pub mod fresh;
pub mod functions;
pub mod keys;
pub mod many;
pub mod measure;
pub mod options;
pub mod random;
pub mod report;
pub mod shared;
pub mod simulation;
pub mod statistics;
pub mod svg;
pub mod workloads;

#[path = "../runtime/src/tuner/mod.rs"]
#[allow(dead_code, reason = "it is the runtime's, and not all of it is simulated")]
mod tuner;
