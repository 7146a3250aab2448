//! An iterator without a length, mapped in order and in bounded memory.
//!
//! A stream begins as the plain iterator. The clock is read now and then (`pace`), and where the items are heavy enough,
//! they are read ahead in batches that several threads share (`batch`, `ahead`), as long as that takes less time (`gain`).
//! `state` is the stream with its choices, and `iterator` makes an iterator of it. `pace` and `gain` are arithmetic: the
//! clock is read elsewhere.

mod ahead;
mod batch;
mod gain;
pub(crate) mod iterator;
mod pace;
pub(crate) mod state;
