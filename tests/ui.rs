//! What the attribute accepts and refuses, and what it says.
//!
//! `TRYBUILD=overwrite cargo test -p amorsize-tests --test ui` rewrites the messages; read each one before it is committed.

ctor::declarative::ctor! {
    /// What the accepted programs learn is nobody's business.
    #[ctor(unsafe)]
    fn remember_nothing() {
        // SAFETY: before `main` there is no other thread.
        unsafe { std::env::set_var("AMORSIZE_CACHE", "off") };
    }
}

#[test]
fn accepted() {
    trybuild::TestCases::new().pass("ui/pass/*.rs");
}

#[test]
fn refused() {
    trybuild::TestCases::new().compile_fail("ui/fail/*/*.rs");
}
