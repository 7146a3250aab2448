//! The attribute of the amorsize crate: use it from there, where its documentation is.
#![forbid(unsafe_code)]

use proc_macro::TokenStream;

use crate::check::analyse;
use crate::emit::{expand, fallback};
use crate::parse::{item, options};

mod check;
mod emit;
mod parse;

/// Gives a function a stable identity and a tuned, remembered `map` over collections.
#[proc_macro_attribute]
pub fn auto(arguments: TokenStream, annotated: TokenStream) -> TokenStream {
    let (options, mut errors) = options::parse(arguments.into());
    let tokens = annotated.into();
    let expansion = match item::parse(&tokens) {
        Err(error) => {
            errors.push(error);
            tokens
        }
        Ok(annotated) => match analyse::analyse(&annotated, &options) {
            Err(more) => {
                errors.extend(more);
                fallback::original(&annotated)
            }
            Ok(function) => expand::expand(&function),
        },
    };
    fallback::with_errors(expansion, &errors).into()
}

/// Emits the annotated item and, after it, the items that are the arguments of the attribute.
#[doc(hidden)]
#[proc_macro_attribute]
pub fn followed_by(arguments: TokenStream, annotated: TokenStream) -> TokenStream {
    [annotated, arguments].into_iter().collect()
}
