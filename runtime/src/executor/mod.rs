//! Runs a piece of work on the caller and on whoever comes to help.
//!
//! [`pool`] knows the rayon pool, [`join`] lets helpers in, [`drive`] is the caller's side of a call; [`map`] and
//! [`ordered`] are the two kinds of work. Nothing here decides whether to share: that is in the
//! [`Order`](drive::Order) a call comes with, or is found by [`drive`] while it works.

pub(crate) mod buffers;
pub(crate) mod chunk;
pub(crate) mod chunk_queue;
pub(crate) mod drive;
pub(crate) mod failure;
pub(crate) mod join;
pub(crate) mod map;
pub(crate) mod ordered;
pub(crate) mod pool;
mod sync;
pub(crate) mod unwind;
