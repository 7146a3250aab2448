//! Reads what the user wrote: the options of the attribute, and the annotated function as far as its signature.
//!
//! Uses no other room of this crate. Bottom to top: `attributes`, `item`; `ttl`, `values`, `options`,
//! `closure_call`.

pub(crate) mod attributes;
pub(crate) mod closure_call;
pub(crate) mod item;
pub(crate) mod options;
mod ttl;
mod values;
