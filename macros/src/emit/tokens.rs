//! The `quote!` of this crate.

/// `quote!` with spans at the definition site: local variables in the expansion cannot clash with the user's, and the
/// code is compiled in the edition of this crate.
macro_rules! tokens {
    ($($token:tt)*) => { ::quote::quote_spanned!(::proc_macro2::Span::mixed_site()=> $($token)*) };
}
pub(crate) use tokens;
