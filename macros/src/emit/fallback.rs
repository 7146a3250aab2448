//! What is emitted when something is wrong: the function itself, so that its callers cause no further errors.

use proc_macro2::TokenStream;
use quote::ToTokens;

use crate::parse::attributes::is_auto;
use crate::parse::item::AnnotatedFn;

/// The function as it was written. A second `#[auto]` is left out, as it would report the same errors again.
pub(crate) fn original(annotated: &AnnotatedFn) -> TokenStream {
    let mut tokens = TokenStream::new();
    for attribute in annotated.attrs.iter().filter(|attribute| !is_auto(attribute)) {
        attribute.to_tokens(&mut tokens);
    }
    tokens.extend(annotated.after_attrs.clone());
    tokens
}

/// The expansion, followed by its errors.
pub(crate) fn with_errors(mut expansion: TokenStream, errors: &[syn::Error]) -> TokenStream {
    for error in errors {
        expansion.extend(error.to_compile_error());
    }
    expansion
}
