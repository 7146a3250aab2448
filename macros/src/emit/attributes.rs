//! The attributes of the function: which ones its wrapper needs too, and which ones it cannot live with.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote_spanned};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{Attribute, Meta, Token};

/// What the wrapper copies.
#[derive(Clone, Copy)]
pub(crate) enum Copied {
    /// `cfg`: to every generated item, or some would outlive what they name.
    Conditions,
    /// `deprecated` and `doc(hidden)`: to what people name.
    Notices,
    /// `must_use`: to what hands out results.
    MustUse,
    /// `allow`: to what repeats the types of the signature. What calls a deprecated function allows itself that.
    Levels,
}

/// The copies of one kind, each under its `cfg_attr` conditions.
pub(crate) fn copies(attrs: &[Attribute], kind: Copied) -> TokenStream {
    attrs.iter().filter_map(|attr| copy(&attr.meta, kind)).map(|meta| quote_spanned!(meta.span()=> #[#meta])).collect()
}

fn copy(meta: &Meta, kind: Copied) -> Option<TokenStream> {
    if let Some((condition, metas)) = conditional(meta) {
        let kept: Vec<_> = metas.iter().filter_map(|meta| copy(meta, kind)).collect();
        return (!kept.is_empty()).then(|| quote_spanned!(meta.span()=> cfg_attr(#condition, #(#kept),*)));
    }
    let is = |name: &str| meta.path().is_ident(name);
    let wanted = match kind {
        Copied::Conditions => is("cfg"),
        // `doc(hidden)`, `doc(cfg(..))`; never the text.
        Copied::Notices => is("deprecated") || is("doc") && matches!(meta, Meta::List(_)),
        Copied::MustUse => is("must_use"),
        Copied::Levels if is("deprecated") => return Some(quote_spanned!(meta.span()=> allow(deprecated))),
        Copied::Levels if is("allow") || is("expect") => return allow(meta),
        Copied::Levels => false,
    };
    wanted.then(|| meta.to_token_stream())
}

/// The lints that are allowed or expected, as allowed: what is expected of the function might not be met by its copy.
/// Without those of unused code, which would make the wrapper count as used, and so the function.
fn allow(meta: &Meta) -> Option<TokenStream> {
    let lints = meta.require_list().ok()?.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated).ok()?;
    let lints: Vec<_> = lints
        .into_iter()
        .filter(|lint| !["dead_code", "unused", "reason"].iter().any(|name| lint.path().is_ident(name)))
        .collect();
    (!lints.is_empty()).then(|| quote_spanned!(meta.span()=> allow(#(#lints),*)))
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
