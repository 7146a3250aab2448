//! Reads what the user wrote: the options of the attribute, and the annotated function as far as its signature.
//!
//! Uses no other room of this crate. Bottom to top: `attributes`, `item`; `bytes`, `ttl`, `values`, `options`,
//! `closure_call`.

pub(crate) mod attributes;
mod bytes;
pub(crate) mod closure_call;
pub(crate) mod item;
pub(crate) mod options;
mod ttl;
mod values;
