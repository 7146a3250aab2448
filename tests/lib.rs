//! Compiles and runs the code of the README, and is a library with an annotated function.

#[cfg(all(doctest, feature = "disk"))]
#[doc = include_str!("../README.md")]
pub struct Readme;

/// Nothing calls it: the tests ask whether a program that is linked with this library knows it all the same.
#[amorsize::auto]
pub fn annotated_in_a_library(x: u32) -> u32 {
    x
}
