//! What goes into a run and what comes out of it: the collections it accepts, the element types that lend their items,
//! and the results that may end it early.
//!
//! Uses the chunk queue's `Source` and buffers; knows no plan and no function.

pub(crate) mod items;
pub(crate) mod lend;
pub(crate) mod outcome;
