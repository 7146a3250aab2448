//! Which attributes of the annotated function the generated items get too.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote_spanned};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{Attribute, Meta, Token};

use crate::parse::attributes::cfg_attr;

/// A kind of attribute that is copied.
#[derive(Clone, Copy)]
pub(crate) enum Copied {
    /// `cfg`. Every generated item needs it: where the function is compiled out, the item would name something that
    /// does not exist.
    Conditions,
    /// `deprecated` and `doc(hidden)`, for the items that users name.
    Notices,
    /// `must_use`, for the functions that return results.
    MustUse,
    /// `allow` and `expect`, for the items that repeat the types of the signature. A deprecated function adds
    /// `allow(deprecated)`, because the generated items call it.
    LintLevels,
}

/// The attributes of one kind, each inside the `cfg_attr` that it stands in.
pub(crate) fn copies(attrs: &[Attribute], kind: Copied) -> TokenStream {
    attrs.iter().filter_map(|attr| copy(&attr.meta, kind)).map(|meta| quote_spanned!(meta.span()=> #[#meta])).collect()
}

fn copy(meta: &Meta, kind: Copied) -> Option<TokenStream> {
    if let Some((condition, metas)) = cfg_attr(meta) {
        let kept: Vec<_> = metas.iter().filter_map(|meta| copy(meta, kind)).collect();
        return (!kept.is_empty()).then(|| quote_spanned!(meta.span()=> cfg_attr(#condition, #(#kept),*)));
    }
    let is = |name: &str| meta.path().is_ident(name);
    let wanted = match kind {
        Copied::Conditions => is("cfg"),
        // `doc(hidden)` and `doc(cfg(..))`, but not `doc = ".."`: the generated items have documentation of their own.
        Copied::Notices => is("deprecated") || is("doc") && matches!(meta, Meta::List(_)),
        Copied::MustUse => is("must_use"),
        Copied::LintLevels if is("deprecated") => return Some(quote_spanned!(meta.span()=> allow(deprecated))),
        Copied::LintLevels if is("allow") || is("expect") => return allow(meta),
        Copied::LintLevels => false,
    };
    wanted.then(|| meta.to_token_stream())
}

/// The lints of an `allow` or `expect`, as an `allow`: a generated item need not cause the warning that `expect`
/// demands.
///
/// The lints on unused code are left out. On a generated item they would make it count as used, and then rustc would no
/// longer warn that the function is not.
fn allow(meta: &Meta) -> Option<TokenStream> {
    let lints = meta.require_list().ok()?.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated).ok()?;
    let lints: Vec<_> = lints
        .into_iter()
        .filter(|lint| !["dead_code", "unused", "reason"].iter().any(|name| lint.path().is_ident(name)))
        .collect();
    (!lints.is_empty()).then(|| quote_spanned!(meta.span()=> allow(#(#lints),*)))
}
