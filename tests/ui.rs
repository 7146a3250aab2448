//! What the attribute accepts and refuses, and what it says.
//!
//! `TRYBUILD=overwrite cargo test -p amorsize-tests --test ui` rewrites the messages; read each one before it is committed.

#[test]
fn accepted() {
    trybuild::TestCases::new().pass("ui/pass/*.rs");
}

#[test]
fn refused() {
    trybuild::TestCases::new().compile_fail("ui/fail/*/*.rs");
}
