//! One call, from the collection to the results: which plan it gets, how it is run, and what is recorded of it.
//!
//! The top room: it may use all others, and none of them uses it.

mod choices;
mod consume;
mod explain;
pub(crate) mod plan;
mod record;
mod route;
pub(crate) mod run;
pub(crate) mod stream;
mod terminals;
