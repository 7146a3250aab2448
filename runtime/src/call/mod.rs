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
//! | `run` | a run with choices |
//! | `terminal`, `by_place`, `in_order` | how a run gives its answer, as the plain loop and shared |
//! | `terminals` | the answers that may be asked for |
//! | `parts` | a run taken apart, for other ways to give the items to the function |
//! | `profile` | the terminal that measures a run chunk by chunk |
//! | `stream` | an iterator without a length |
//! | `closures` | what the macros for closures expand to |

mod by_place;
mod choices;
pub(crate) mod closures;
mod explain;
mod in_order;
mod late;
pub(crate) mod parts;
pub(crate) mod plan;
mod profile;
mod record;
mod route;
pub(crate) mod run;
pub(crate) mod stream;
mod terminal;
mod terminals;
