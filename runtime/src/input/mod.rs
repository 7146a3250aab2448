//! What goes into a run and what comes out of it.
//!
//! Uses the chunk queue's `Source` and buffers; knows no plan and no function. From the bottom up:
//!
//! | file | what it is |
//! |---|---|
//! | `items` | the interface of all collections |
//! | `collections`, `known_length`, `ranges`, `tuples`, `product` | the collections themselves: owned ones and slices, std's iterators, ranges of integers, several side by side, each with each |
//! | `lend`, `lent`, `lend_all` | what functions of `&T` and `&mut T` go over: elements that lend their items |
//! | `into_items` | what closures go over, by the convention of `IntoIterator` |
//! | `outcome` | results that may end a run early |

mod collections;
pub(crate) mod into_items;
pub(crate) mod items;
pub(crate) mod known_length;
pub(crate) mod lend;
pub(crate) mod lend_all;
pub(crate) mod lent;
pub(crate) mod outcome;
pub(crate) mod product;
mod ranges;
mod tuples;
