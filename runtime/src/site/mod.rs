//! What this process knows of each annotated function.
//!
//! May use `tuner`, and the parts of `amorsize_store` that need no disk. Knows nothing of how calls are run or plans are
//! saved.
//! From the bottom up:
//!
//! | file | what it is |
//! |---|---|
//! | `key` | digests of `key(..)` |
//! | `counters` | hits, and which calls are timed |
//! | `slot` | a plan in one word |
//! | `burst_predictor` | whether to wake the pool for calls that will follow |
//! | `head` | how many items calls need that end early |
//! | `instance` | what is known of one instantiation under one key |
//! | `instantiation` | the types that a generic function is compiled for |
//! | `tag_table` | the numbers of instances by their tags, read without a lock |
//! | `instances` | all instances of a function |
//! | `tally` | what else is counted of a function |
//! | `enclosing` | what a function stands in, within its module |
//! | `site` | the static of a function |
//! | `registry` | all functions of the program |

pub(crate) mod burst_predictor;
pub(crate) mod counters;
mod enclosing;
mod head;
pub(crate) mod instance;
mod instances;
pub(crate) mod instantiation;
pub(crate) mod key;
pub(crate) mod registry;
#[expect(clippy::module_inception, reason = "it is what the room is about")]
pub(crate) mod site;
pub(crate) mod slot;
mod tag_table;
mod tally;
