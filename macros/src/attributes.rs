//! The attributes of the function: which ones its wrapper needs too, and which ones it cannot live with.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote_spanned};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{Attribute, Meta, Token};

/// Where a copy of an attribute goes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Copied {
    /// `cfg`: on every generated item, or some of them outlive what they name.
    Everywhere,
    /// `deprecated`, `doc(hidden)` and lint levels that let the user's own signature pass.
    Named,
    /// `must_use`: on what hands out results.
    Results,
}

fn copied(meta: &Meta) -> Option<Copied> {
    let path = meta.path();
    if path.is_ident("cfg") {
        Some(Copied::Everywhere)
    } else if path.is_ident("must_use") {
        Some(Copied::Results)
    } else if path.is_ident("deprecated") || path.is_ident("allow") || path.is_ident("expect") {
        Some(Copied::Named)
    } else if path.is_ident("doc") {
        // `doc(hidden)`, `doc(cfg(..))`; never the text.
        matches!(meta, Meta::List(_)).then_some(Copied::Named)
    } else {
        None
    }
}

/// The copies that go to `place`, each with its `cfg_attr` conditions.
pub(crate) fn copies(attrs: &[Attribute], place: Copied) -> TokenStream {
    attrs.iter().filter_map(|attr| copy(&attr.meta, place).map(|meta| quote_spanned!(attr.span()=> #[#meta]))).collect()
}

fn copy(meta: &Meta, place: Copied) -> Option<TokenStream> {
    if let Some((condition, metas)) = conditional(meta) {
        let kept: Vec<_> = metas.iter().filter_map(|meta| copy(meta, place)).collect();
        return (!kept.is_empty()).then(|| quote_spanned!(meta.span()=> cfg_attr(#condition, #(#kept),*)));
    }
    if copied(meta) != Some(place) {
        return None;
    }
    match meta {
        // An expectation is met by the function itself; a second copy might find nothing to expect.
        Meta::List(list) if list.path.is_ident("expect") => {
            let lints = &list.tokens;
            Some(quote_spanned!(list.path.span()=> allow(#lints)))
        }
        _ => Some(meta.to_token_stream()),
    }
}

/// The first attribute for which `wanted` holds, looked for inside `cfg_attr` as well.
pub(crate) fn find(attrs: &[Attribute], wanted: &dyn Fn(&Meta) -> bool) -> Option<Meta> {
    fn search(meta: &Meta, wanted: &dyn Fn(&Meta) -> bool) -> Option<Meta> {
        if wanted(meta) {
            return Some(meta.clone());
        }
        let (_, metas) = conditional(meta)?;
        metas.iter().find_map(|meta| search(meta, wanted))
    }
    attrs.iter().find_map(|attr| search(&attr.meta, wanted))
}

/// Whether this is the attribute itself, under its own name.
pub(crate) fn is_auto(attr: &Attribute) -> bool {
    let path = attr.path();
    path.segments.last().is_some_and(|last| last.ident == "auto")
        && (path.segments.len() == 1 || path.segments[0].ident == "amorsize")
}

/// The condition and the attributes of a `cfg_attr`.
fn conditional(meta: &Meta) -> Option<(Meta, Vec<Meta>)> {
    let Meta::List(list) = meta else { return None };
    if !list.path.is_ident("cfg_attr") {
        return None;
    }
    let metas = list.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated).ok()?;
    let mut metas = metas.into_iter();
    Some((metas.next()?, metas.collect()))
}
