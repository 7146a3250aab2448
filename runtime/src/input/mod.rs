//! What goes into a run and what comes out of it.
//!
//! Uses the chunk queue's `Source` and buffers; knows no plan and no function. From the bottom up:
//!
//! | file | what it is |
//! |---|---|
//! | `sealed` | what keeps public traits from being implemented elsewhere |
//! | `items`, `mapped` | the interface of all collections, and what makes one of another |
//! | `collections`, `known_length`, `ranges`, `tuples`, `product` | the collections themselves: owned ones and slices, std's iterators, ranges of integers, several side by side, each with each |
//! | `into_items` | what closures go over, by the convention of `IntoIterator` |
//! | `lend`, `lend_all` | what functions of `&T` and `&mut T` go over: those of these whose items lend such a reference |
//! | `outcome` | results that may end a run early |

mod collections;
pub(crate) mod into_items;
pub(crate) mod items;
pub(crate) mod known_length;
pub(crate) mod lend;
pub(crate) mod lend_all;
mod mapped;
pub(crate) mod outcome;
pub(crate) mod product;
mod ranges;
mod sealed;
mod tuples;
