//! Runs a piece of work on the caller and on whoever comes to help.
//!
//! [`pool`] knows the rayon pool, [`join`] lets helpers in, [`caller`] is the caller's side of a call; [`map`] and
//! [`ordered`] are the two kinds of work. Nothing here decides whether to share: that is in the
//! [`RunSpec`](work::RunSpec) a call comes with, or is found by [`caller`] while it works.

pub(crate) mod buffers;
pub(crate) mod caller;
pub(crate) mod chunk;
pub(crate) mod chunk_queue;
pub(crate) mod collect;
pub(crate) mod failure;
pub(crate) mod join;
pub(crate) mod map;
pub(crate) mod ordered;
pub(crate) mod policy;
pub(crate) mod pool;
mod probe;
mod rate;
pub(crate) mod shared_run;
mod sync;
pub(crate) mod unwind;
pub(crate) mod wake_costs;
pub(crate) mod work;
