//! Facts about a signature that the rest of this room and the expansion ask for.

use proc_macro2::{Ident, TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{FnArg, Pat, PatType, Signature, Type, TypeParamBound, TypeReference, WherePredicate};

use crate::parse::item::AnnotatedFn;
use crate::parse::options::Options;

/// Whether the function stands in an `impl` or a trait: it has a receiver, mentions `Self`, or has the option `in_impl` or
/// `in_trait`. (An attribute does not see what is around its function, so the options say what cannot be told from the
/// signature.)
pub(crate) fn in_impl(annotated: &AnnotatedFn, options: &Options) -> bool {
    annotated.sig.receiver().is_some()
        || options.in_impl
        || options.in_trait
        || mentions_self(annotated.sig_tokens.clone())
}

fn mentions_self(tokens: TokenStream) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == "Self",
        TokenTree::Group(group) => mentions_self(group.stream()),
        _ => false,
    })
}

/// The parameters without the receiver.
pub(crate) fn parameters(sig: &Signature) -> Vec<&PatType> {
    fn typed(input: &FnArg) -> Option<&PatType> {
        match input {
            FnArg::Typed(typed) => Some(typed),
            FnArg::Receiver(_) => None,
        }
    }
    sig.inputs.iter().filter_map(typed).collect()
}

/// The name of a parameter whose pattern is one name, such as `x` or `mut x`, rather than `(a, b)` or `_`.
pub(crate) fn plain_name(pattern: &Pat) -> Option<&Ident> {
    match pattern {
        Pat::Ident(pattern) => Some(&pattern.ident),
        _ => None,
    }
}

/// The type without the parentheses, and without the invisible groups of macros, around it.
pub(crate) fn bare(ty: &Type) -> &Type {
    match ty {
        Type::Paren(inner) => bare(&inner.elem),
        Type::Group(inner) => bare(&inner.elem),
        _ => ty,
    }
}

/// The type as a reference, if it is one.
pub(crate) fn reference(ty: &Type) -> Option<&TypeReference> {
    match bare(ty) {
        Type::Reference(reference) => Some(reference),
        _ => None,
    }
}

/// The type as a single name, such as `T`, if it is one.
pub(crate) fn single_name(ty: &Type) -> Option<&Ident> {
    match bare(ty) {
        Type::Path(path) if path.qself.is_none() => path.path.get_ident(),
        _ => None,
    }
}

/// Whether the type is a type parameter of the function that has no `?Sized` bound.
pub(crate) fn is_sized_parameter(ty: &Type, sig: &Signature) -> bool {
    let Some(name) = single_name(ty) else { return false };
    let maybe_unsized = |bound: &TypeParamBound| matches!(bound, TypeParamBound::Trait(bound) if bound.maybe.is_some());
    let Some(parameter) = sig.generics.type_params().find(|parameter| parameter.ident == *name) else { return false };
    let predicates = sig.generics.where_clause.iter().flat_map(|clause| &clause.predicates);
    let elsewhere = predicates.filter_map(|predicate| match predicate {
        WherePredicate::Type(predicate) if single_name(&predicate.bounded_ty) == Some(name) => Some(&predicate.bounds),
        _ => None,
    });
    !parameter.bounds.iter().chain(elsewhere.flatten()).any(maybe_unsized)
}

/// Whether a type may be an alias, or one whose lifetime is hidden: a name without arguments that is not known.
pub(crate) fn is_unknown(ty: &Type, sig: &Signature) -> bool {
    let Type::Path(path) = bare(ty) else { return matches!(bare(ty), Type::Macro(_)) };
    let Some(last) = path.path.segments.last() else { return false };
    let is_parameter = single_name(ty).is_some_and(|name| sig.generics.type_params().any(|known| known.ident == *name));
    let is_known = is_primitive(&last.ident) || KNOWN.iter().any(|known| last.ident == known);
    last.arguments.is_none() && !is_known && !is_parameter
}

/// Whether a type is unknown, or contains one that is.
pub(crate) fn has_unknown(ty: &Type, sig: &Signature) -> bool {
    struct Search<'a>(&'a Signature, bool);
    impl Visit<'_> for Search<'_> {
        fn visit_type(&mut self, ty: &Type) {
            self.1 |= is_unknown(ty, self.0);
            visit::visit_type(self, ty);
        }
    }
    let mut search = Search(sig, false);
    search.visit_type(ty);
    search.1
}

/// Types of the standard library without lifetimes and arguments.
const KNOWN: &[&str] = &["Duration", "Instant", "OsString", "PathBuf", "Self", "String", "SystemTime"];

const PRIMITIVES: &[&str] = &[
    "bool", "char", "str", "u8", "u16", "u32", "u64", "u128", "usize", "i8", "i16", "i32", "i64", "i128", "isize",
    "f16", "f32", "f64", "f128",
];

/// Whether this is the name of a primitive type.
pub(crate) fn is_primitive(name: &Ident) -> bool {
    PRIMITIVES.iter().any(|primitive| name == primitive)
}
