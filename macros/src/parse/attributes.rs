//! Searches the attributes of a function or a parameter.

use syn::punctuated::Punctuated;
use syn::{Attribute, Meta, Token};

/// The first attribute for which `wanted` holds, searched for inside `cfg_attr` as well.
pub(crate) fn find(attrs: &[Attribute], wanted: &dyn Fn(&Meta) -> bool) -> Option<Meta> {
    fn search(meta: &Meta, wanted: &dyn Fn(&Meta) -> bool) -> Option<Meta> {
        if wanted(meta) {
            return Some(meta.clone());
        }
        let (_, metas) = cfg_attr(meta)?;
        metas.iter().find_map(|meta| search(meta, wanted))
    }
    attrs.iter().find_map(|attr| search(&attr.meta, wanted))
}

/// Whether this is `#[auto]` or `#[amorsize::auto]`.
pub(crate) fn is_auto(attr: &Attribute) -> bool {
    let path = attr.path();
    path.segments.last().is_some_and(|last| last.ident == "auto")
        && (path.segments.len() == 1 || path.segments[0].ident == "amorsize")
}

/// The condition and the attributes of a `cfg_attr`; `None` for any other attribute.
pub(crate) fn cfg_attr(meta: &Meta) -> Option<(Meta, Vec<Meta>)> {
    let Meta::List(list) = meta else { return None };
    if !list.path.is_ident("cfg_attr") {
        return None;
    }
    let metas = list.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated).ok()?;
    let mut metas = metas.into_iter();
    Some((metas.next()?, metas.collect()))
}
