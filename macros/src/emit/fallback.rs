//! What is emitted when something is wrong: the function as it was, and each mistake once.

use proc_macro2::TokenStream;
use quote::ToTokens;

use crate::parse::attributes;
use crate::parse::item::Item;

/// The function as it was, so that its callers still compile; without a second `#[auto]`, which would repeat the error.
pub(crate) fn original(item: &Item) -> TokenStream {
    let mut tokens = TokenStream::new();
    for attribute in item.attrs.iter().filter(|attribute| !attributes::is_auto(attribute)) {
        attribute.to_tokens(&mut tokens);
    }
    tokens.extend(item.after_attrs.clone());
    tokens
}

/// The expansion followed by its errors.
pub(crate) fn with_errors(mut expansion: TokenStream, errors: &[syn::Error]) -> TokenStream {
    for error in errors {
        expansion.extend(error.to_compile_error());
    }
    expansion
}
