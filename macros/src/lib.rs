//! The attribute of the amorsize crate: use it from there, where its documentation is.
#![forbid(unsafe_code)]

use proc_macro::TokenStream;

use crate::check::{analyse, captured};
use crate::emit::closure::{self, Gives};
use crate::emit::{expand, fallback};
use crate::parse::{closure_call, item, options};

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

/// The results of a closure for each item of a collection.
#[proc_macro]
pub fn map(arguments: TokenStream) -> TokenStream {
    call("map", arguments, Gives::Map)
}

/// Calls a closure for each item of a collection.
#[proc_macro]
pub fn for_each(arguments: TokenStream) -> TokenStream {
    call("for_each", arguments, Gives::ForEach)
}

/// A run of a closure over a collection.
#[proc_macro]
pub fn on(arguments: TokenStream) -> TokenStream {
    call("on", arguments, Gives::Run)
}

/// The results of a closure for the items of an iterator.
#[proc_macro]
pub fn stream(arguments: TokenStream) -> TokenStream {
    call("stream", arguments, Gives::Stream)
}

fn call(name: &str, arguments: TokenStream, gives: Gives) -> TokenStream {
    let call = closure_call::parse(name, arguments.into()).and_then(|call| {
        captured::refuse(&call.closure)?;
        Ok(call)
    });
    match call {
        Ok(call) => closure::expand(&call, gives).into(),
        Err(error) => error.to_compile_error().into(),
    }
}

/// Emits the annotated item and, after it, the items that are the arguments of the attribute.
#[doc(hidden)]
#[proc_macro_attribute]
pub fn followed_by(arguments: TokenStream, annotated: TokenStream) -> TokenStream {
    [annotated, arguments].into_iter().collect()
}
