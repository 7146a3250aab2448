//! Compiles and runs the code of the README and of the guide, and is a library with an annotated function.

/// A module for each document: the names of two may be the same.
#[cfg(all(doctest, feature = "disk"))]
macro_rules! documents {
    ($($name:ident: $path:literal;)*) => {$(
        #[doc = include_str!($path)]
        pub mod $name {}
    )*};
}

#[cfg(all(doctest, feature = "disk"))]
documents! {
    readme: "../README.md";
    closures: "../docs/src/closures.md";
    faq: "../docs/src/faq.md";
    functions: "../docs/src/functions.md";
    how_it_decides: "../docs/src/how-it-decides.md";
    rayon: "../docs/src/rayon.md";
    settings: "../docs/src/settings.md";
    sharing: "../docs/src/sharing.md";
    streams: "../docs/src/streams.md";
    terminals: "../docs/src/terminals.md";
    waiting: "../docs/src/waiting.md";
}

/// Nothing calls it: the tests ask whether a program that is linked with this library knows it all the same.
#[amorsize::auto]
pub fn annotated_in_a_library(x: u32) -> u32 {
    x
}
