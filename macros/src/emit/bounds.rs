//! The generic parameters and the where-clause of a generated function.
//!
//! They are the function's own, and besides: the names of elided lifetimes, what the function's parameters imply but
//! those of the wrapper do not, and, where a type depends on a type parameter, what it takes to work on several
//! threads. (So a generic function needs no `Send` and `Sync` of its own; those who map it do. What depends on no type
//! parameter is asked in the body, where it is an error at once and not only for those who call.)

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{GenericParam, Generics, Lifetime, LifetimeParam, Type, TypeParamBound, parse_quote_spanned};

use crate::check::analyse::{Elements, Function, Place};
use crate::check::signature::{is_primitive, single_name};
use crate::emit::outlives;

/// What is generated.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wrapper {
    Map,
    ForEach,
    On,
    Stream,
}

/// A marker trait that work on several threads asks for.
#[derive(Clone, Copy)]
enum Marker {
    Send,
    Sync,
    Clone,
}

pub(crate) fn generics(function: &Function<'_>, wrapper: Wrapper) -> Generics {
    let mut generics = function.item.sig.generics.clone();
    for (ty, lifetime) in implied(function, wrapper) {
        add(&mut generics, &ty, TypeParamBound::Lifetime(lifetime));
    }
    for (ty, marker) in asked(function, wrapper) {
        if depends_on_a_parameter(ty, function) && !has(&generics, ty, marker) {
            add(&mut generics, ty, marker.bound(Span::mixed_site()));
        }
    }
    if let Some(this) = &function.receiver {
        let span = Span::mixed_site().located_at(this.token.span);
        let sync = Marker::Sync.bound(span);
        generics.make_where_clause().predicates.push(parse_quote_spanned!(span=> Self: #sync));
    }
    // Lifetimes come first.
    let own = generics.lifetimes().count();
    for (index, lifetime) in fresh(function, wrapper).into_iter().enumerate() {
        generics.params.insert(own + index, GenericParam::Lifetime(LifetimeParam::new(lifetime.clone())));
    }
    generics
}

/// The names given to elided lifetimes, and that of the slice.
fn fresh<'a>(function: &'a Function<'_>, wrapper: Wrapper) -> Vec<&'a Lifetime> {
    let mut fresh: Vec<&Lifetime> = function.lifetimes.iter().collect();
    match &function.elements {
        Elements::Lent { lifetime, free: true, .. } if wrapper == Wrapper::Stream => {
            fresh.retain(|other| *other != lifetime);
        }
        Elements::Lent { slice, .. } if wrapper != Wrapper::Stream => fresh.insert(0, slice),
        _ => {}
    }
    fresh
}

fn implied(function: &Function<'_>, wrapper: Wrapper) -> Vec<(Type, Lifetime)> {
    let open = |ty: &Type| match function.place {
        Place::Companion(_) => depends_on_a_parameter(ty, function),
        // Any name may be a parameter of the `impl`.
        Place::Impl => any_name(ty.to_token_stream(), &|name| !is_primitive(name)),
    };
    match &function.elements {
        // There is no such reference in the parameters.
        Elements::Lent { of, free: true, .. } if wrapper == Wrapper::Stream => outlives::implied(of, &open),
        // `&'x [T]` implies it.
        Elements::Exact { of, .. } | Elements::ExactRows { of, .. } if wrapper != Wrapper::Stream => {
            outlives::implied(of, &open)
        }
        elements => outlives::implied(&elements.item(), &open),
    }
}

fn asked<'a>(function: &'a Function<'_>, wrapper: Wrapper) -> Vec<(&'a Type, Marker)> {
    let mut asked = Vec::new();
    let stream = wrapper == Wrapper::Stream;
    match &function.elements {
        Elements::Exact { of, .. } => asked.push((of, Marker::Sync)),
        Elements::Lent { of, free: false, .. } if stream => asked.push((of, Marker::Sync)),
        Elements::Rows { of, .. } if stream => asked.push((of, Marker::Send)),
        Elements::Values(of) | Elements::ExactRows { of, .. } => asked.push((of, Marker::Send)),
        // The elements of the slice are asked.
        Elements::Lent { .. } | Elements::Rows { .. } => {}
    }
    for context in &function.context {
        match &context.ty {
            Type::Reference(reference) => asked.push((&reference.elem, Marker::Sync)),
            ty => asked.extend([(ty, Marker::Sync), (ty, Marker::Clone)]),
        }
    }
    if let (Some(output), Wrapper::Map | Wrapper::Stream) = (&function.output, wrapper) {
        asked.push((output, Marker::Send));
    }
    asked
}

/// Whether a type mentions a type parameter of the function.
pub(crate) fn depends_on_a_parameter(ty: &Type, function: &Function<'_>) -> bool {
    let generics = &function.item.sig.generics;
    let is_parameter = |name: &Ident| generics.type_params().any(|parameter| parameter.ident == *name);
    any_name(ty.to_token_stream(), &is_parameter)
}

fn any_name(tokens: TokenStream, wanted: &dyn Fn(&Ident) -> bool) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => wanted(&ident),
        TokenTree::Group(group) => any_name(group.stream(), wanted),
        _ => false,
    })
}

/// Adds a bound: to those of the parameter if that is where it has some, or else to the where-clause.
fn add(generics: &mut Generics, ty: &Type, bound: TypeParamBound) {
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

/// Whether a type parameter has the bound already, by its usual name.
fn has(generics: &Generics, ty: &Type, marker: Marker) -> bool {
    let name = single_name(ty);
    let Some(parameter) = generics.type_params().find(|parameter| name == Some(&parameter.ident)) else { return false };
    parameter.bounds.iter().any(|bound| match bound {
        TypeParamBound::Trait(bound) => bound.path.segments.last().is_some_and(|last| last.ident == marker.name()),
        _ => false,
    })
}

impl Marker {
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
