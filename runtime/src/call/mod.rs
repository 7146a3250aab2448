//! One call, from the collection to the results: which plan it gets, how it is run, and what is recorded of it.
//!
//! The top room: it may use all others, and none of them uses it. From the bottom up:
//!
//! | file | what it is |
//! |---|---|
//! | `plan` | the plan of a call and the reason for it, as users see them |
//! | `choices` | the options of one call |
//! | `late` | what is said of an item that does not end |
//! | `record` | what is learned from a call |
//! | `route` | which plan a call gets |
//! | `explain` | which plan it would get, and why |
//! | `run`, `consume`, `terminals` | a run with choices, and its terminals |
//! | `stream` | an iterator without a length |

mod choices;
mod consume;
mod explain;
mod late;
pub(crate) mod plan;
mod record;
mod route;
pub(crate) mod run;
pub(crate) mod stream;
mod terminals;
