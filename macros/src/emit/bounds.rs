//! The generic parameters and the where-clause of a wrapper.
//!
//! They are those of the function, and in addition:
//!
//! - The names given to elided lifetimes.
//! - The bounds that the parameters of the function imply, if those of the wrapper do not.
//! - `Self: Sync` for a method, and `Self: Sized` for a function of a trait.
//! - `Send`, `Sync` and `Clone`, as work on several threads requires, for types that depend on a type parameter. So a
//!   generic function needs no such bounds of its own, but a caller of its wrappers has to meet them. Types that depend
//!   on no type parameter are checked in the body of the wrapper: there a missing bound is an error even if nobody
//!   calls it.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{GenericParam, Generics, Lifetime, LifetimeParam, Type, TypeParamBound, WherePredicate, parse_quote_spanned};

use crate::check::function::{Function, ItemParam, Place};
use crate::check::signature::{is_primitive, single_name};
use crate::emit::outlives;

/// A generated function that users call.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wrapper {
    Map,
    ForEach,
    On,
    Stream,
}

/// A trait that work on several threads requires of a type.
#[derive(Clone, Copy)]
enum Required {
    Send,
    Sync,
    Clone,
}

/// The generics of a wrapper.
pub(crate) fn generics(function: &Function<'_>, wrapper: Wrapper) -> Generics {
    let mut generics = function.sig.generics.clone();
    for (ty, lifetime) in implied(function, wrapper) {
        add(&mut generics, &ty, TypeParamBound::Lifetime(lifetime));
    }
    for (ty, required) in required(function, wrapper) {
        if depends_on_a_parameter(ty, function) && !has(&generics, ty, required) {
            add(&mut generics, ty, required.bound(Span::mixed_site()));
        }
    }
    if let Some(receiver) = &function.receiver {
        let span = Span::mixed_site().located_at(receiver.token.span);
        let sync = Required::Sync.bound(span);
        generics.make_where_clause().predicates.push(parse_quote_spanned!(span=> Self: #sync));
    }
    if function.options.in_trait {
        generics.make_where_clause().predicates.push(sized());
    }
    // Rust wants lifetimes before types.
    let own = generics.lifetimes().count();
    for (index, lifetime) in lifetimes(function, wrapper).into_iter().enumerate() {
        generics.params.insert(own + index, GenericParam::Lifetime(LifetimeParam::new(lifetime.clone())));
    }
    generics
}

/// What is generated in a trait is not for `dyn Trait`: with this bound, there can be such a type all the same.
pub(crate) fn sized() -> WherePredicate {
    parse_quote_spanned!(Span::mixed_site()=> Self: ::core::marker::Sized)
}

/// The lifetimes that the wrapper declares in addition to those of the function.
fn lifetimes<'a>(function: &'a Function<'_>, wrapper: Wrapper) -> Vec<&'a Lifetime> {
    let mut lifetimes: Vec<&Lifetime> = function.lifetimes.iter().collect();
    match &function.item {
        // This stream takes anything that a `T` can be borrowed from, so it has no `&'x T`.
        ItemParam::Lent { lifetime, independent: true, .. } if wrapper == Wrapper::Stream => {
            lifetimes.retain(|other| *other != lifetime);
        }
        _ => {}
    }
    lifetimes
}

/// The bounds that the item's type implies in the function, and that the wrapper has to declare.
fn implied(function: &Function<'_>, wrapper: Wrapper) -> Vec<(Type, Lifetime)> {
    let may_borrow = |ty: &Type| match function.place {
        Place::Companion(_) => depends_on_a_parameter(ty, function),
        // The type parameters of the `impl` cannot be seen, so any name may be one.
        Place::Impl => any_name(ty.to_token_stream(), &|name| !is_primitive(name)),
    };
    match &function.item {
        // This stream takes anything that a `T` can be borrowed from, so it has no `&'x T` that implies a bound.
        ItemParam::Lent { referent, independent: true, .. } if wrapper == Wrapper::Stream => {
            outlives::implied(referent, &may_borrow)
        }
        // The parameter `&'x [T]` of the wrapper implies the same as `&'x T`.
        ItemParam::LentExactly { referent, .. } | ItemParam::RowsExactly { referent, .. }
            if wrapper != Wrapper::Stream =>
        {
            outlives::implied(referent, &may_borrow)
        }
        item => outlives::implied(&item.ty(), &may_borrow),
    }
}

/// What work on several threads requires of the types in the signature.
fn required<'a>(function: &'a Function<'_>, wrapper: Wrapper) -> Vec<(&'a Type, Required)> {
    let mut required = Vec::new();
    let stream = wrapper == Wrapper::Stream;
    match &function.item {
        ItemParam::LentExactly { referent, .. } => required.push((referent, Required::Sync)),
        ItemParam::Lent { referent, independent: false, .. } if stream => required.push((referent, Required::Sync)),
        ItemParam::Rows { referent, .. } if stream => required.push((referent, Required::Send)),
        ItemParam::Value(ty) | ItemParam::RowsExactly { referent: ty, .. } => required.push((ty, Required::Send)),
        // The elements of the collection have the bound: it is part of the type of the parameter `items`.
        ItemParam::Lent { .. } | ItemParam::Rows { .. } => {}
    }
    for context in &function.context {
        match &context.ty {
            Type::Reference(reference) => required.push((&reference.elem, Required::Sync)),
            ty => required.extend([(ty, Required::Sync), (ty, Required::Clone)]),
        }
    }
    required.extend(function.scratches.iter().map(|scratch| (&scratch.referent, Required::Send)));
    if let (Some(output), Wrapper::Map | Wrapper::Stream) = (&function.output, wrapper) {
        required.push((output, Required::Send));
    }
    required
}

/// Whether a type mentions a type parameter of the function.
pub(crate) fn depends_on_a_parameter(ty: &Type, function: &Function<'_>) -> bool {
    let generics = &function.sig.generics;
    let is_parameter = |name: &Ident| generics.type_params().any(|parameter| parameter.ident == *name);
    any_name(ty.to_token_stream(), &is_parameter)
}

/// Whether one of the names among the tokens is `wanted`.
pub(crate) fn any_name(tokens: TokenStream, wanted: &dyn Fn(&Ident) -> bool) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => wanted(&ident),
        TokenTree::Group(group) => any_name(group.stream(), wanted),
        _ => false,
    })
}

/// Adds a bound: where the type parameter is declared if it has bounds there, or else in the where-clause.
pub(crate) fn add(generics: &mut Generics, ty: &Type, bound: TypeParamBound) {
    let name = single_name(ty);
    let parameter = generics.type_params_mut().find(|parameter| name == Some(&parameter.ident));
    match parameter {
        Some(parameter) if !parameter.bounds.is_empty() => parameter.bounds.push(bound),
        _ => {
            let predicate = parse_quote_spanned!(Span::mixed_site()=> #ty: #bound);
            generics.make_where_clause().predicates.push(predicate);
        }
    }
}

/// Whether a type parameter is declared with the bound, by the trait's usual name.
fn has(generics: &Generics, ty: &Type, required: Required) -> bool {
    let name = single_name(ty);
    let Some(parameter) = generics.type_params().find(|parameter| name == Some(&parameter.ident)) else { return false };
    parameter.bounds.iter().any(|bound| match bound {
        TypeParamBound::Trait(bound) => bound.path.segments.last().is_some_and(|last| last.ident == required.name()),
        _ => false,
    })
}

impl Required {
    fn name(self) -> &'static str {
        match self {
            Self::Send => "Send",
            Self::Sync => "Sync",
            Self::Clone => "Clone",
        }
    }

    fn bound(self, span: Span) -> TypeParamBound {
        match self {
            Self::Send => parse_quote_spanned!(span=> ::core::marker::Send),
            Self::Sync => parse_quote_spanned!(span=> ::core::marker::Sync),
            Self::Clone => parse_quote_spanned!(span=> ::core::clone::Clone),
        }
    }
}
