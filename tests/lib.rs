//! Compiles and runs the code of the README.

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct Readme;
