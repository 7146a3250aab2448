//! Those sources of the runtime's executor that need no thread and no clock: what the caller of a first call decides, and how
//! long chunks are.

#[path = "../runtime/src/executor/chunk_policy.rs"]
pub(crate) mod chunk_policy;
#[path = "../runtime/src/executor/probe.rs"]
pub(crate) mod probe;
#[path = "../runtime/src/executor/rate.rs"]
pub(crate) mod rate;
