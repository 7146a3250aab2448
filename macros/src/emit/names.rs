//! The names of the generated functions.

use proc_macro2::{Ident, Span};
use quote::format_ident;
use syn::ext::IdentExt;

use crate::check::function::{Function, Place};

/// `map` and so on in a companion, `f_map` and so on beside a method `f`.
pub(crate) struct Names {
    pub(crate) map: Ident,
    pub(crate) for_each: Ident,
    pub(crate) on: Ident,
    pub(crate) stream: Ident,
    /// The identity.
    pub(crate) id: Ident,
    /// Returns the static of the function.
    pub(crate) site: Ident,
}

impl Names {
    pub(crate) fn new(function: &Function<'_>) -> Self {
        let name = function.annotated.sig.ident.unraw();
        let span = Span::mixed_site().located_at(name.span());
        let named = |suffix: &str| match function.place {
            Place::Companion(_) => Ident::new(suffix, span),
            Place::Impl => format_ident!("{name}_{suffix}", span = span),
        };
        let site = match function.place {
            Place::Companion(_) => Ident::new("__amorsize_site", span),
            Place::Impl if function.options.in_trait => {
                format_ident!("__amorsize_in_trait_is_for_default_methods_of_traits__site_of_{name}", span = span)
            }
            Place::Impl => {
                format_ident!("__amorsize_auto_is_for_inherent_impls_and_not_for_traits__site_of_{name}", span = span)
            }
        };
        Self {
            map: named("map"),
            for_each: named("for_each"),
            on: named("on"),
            stream: named("stream"),
            id: named("ID"),
            site,
        }
    }
}
