//! What amorsize costs and gains, beside its peers: the shared parts of the benches.
//!
//! [`workloads`] are lists of items and annotated [`functions`]; each is run by every [`contenders::Contender`];
//! [`measure`] interleaves them, [`statistics`] makes figures of the samples, [`report`] shows them.
//! The README beside this file says what each figure means.
#![forbid(unsafe_code)]

pub mod assembly;
pub mod callgrind;
pub mod contenders;
pub mod disturbance;
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
pub mod statistics;
pub mod workloads;
