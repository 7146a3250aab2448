//! The attribute of the amorsize crate: use it from there, where its documentation is.
#![forbid(unsafe_code)]

use proc_macro::TokenStream;

use crate::check::analyse;
use crate::emit::{fallback, wrapper};
use crate::parse::{item, options};

mod check;
mod emit;
mod parse;

/// Gives a function a stable identity and a tuned, remembered `map` over collections.
#[proc_macro_attribute]
pub fn auto(args: TokenStream, item: TokenStream) -> TokenStream {
    let (options, mut mistakes) = options::parse(args.into());
    let tokens = item.into();
    let expansion = match item::parse(&tokens) {
        Err(error) => {
            mistakes.push(error);
            tokens
        }
        Ok(item) => match analyse::check(&item, &options) {
            Err(errors) => {
                mistakes.extend(errors);
                fallback::original(&item)
            }
            Ok(function) => wrapper::expand(&function),
        },
    };
    fallback::with_errors(expansion, &mistakes).into()
}

/// Puts its arguments behind the item.
#[doc(hidden)]
#[proc_macro_attribute]
pub fn followed_by(items: TokenStream, item: TokenStream) -> TokenStream {
    [item, items].into_iter().collect()
}
