//! What a signature means for its wrapper.

use proc_macro2::{Ident, Span};
use quote::format_ident;
use syn::spanned::Spanned;
use syn::token::Paren;
use syn::{
    Error, GenericParam, Lifetime, PatType, Receiver, ReceiverKind, Signature, Token, Type, TypeParen, TypeReference,
};

use crate::check::lifetimes::{self, Namer};
use crate::check::refuse;
use crate::check::signature::{bare, in_impl, is_sized_parameter, parameters, plain_name};
use crate::parse::item::Item;
use crate::parse::options::Options;

/// A function that can be wrapped.
pub(crate) struct Function<'a> {
    pub(crate) item: &'a Item,
    pub(crate) options: &'a Options,
    pub(crate) place: Place,
    pub(crate) receiver: Option<This>,
    pub(crate) elements: Elements,
    pub(crate) context: Vec<Context>,
    /// The return type with its lifetimes named; `None` if it is left out.
    pub(crate) output: Option<Type>,
    /// The names given to elided lifetimes.
    pub(crate) lifetimes: Vec<Lifetime>,
}

/// Where the wrapper goes.
pub(crate) enum Place {
    /// A free function: into a companion of this name.
    Companion(Ident),
    /// A method or an associated function: beside it, in the same `impl`.
    Impl,
}

/// The receiver `&'a self`.
pub(crate) struct This {
    pub(crate) lifetime: Lifetime,
    pub(crate) token: Token![self],
}

/// The first parameter: what one item is.
pub(crate) enum Elements {
    /// `T`
    Values(Type),
    /// `&'x T`, lent by the elements of a slice that lives for `'s`. Free if nothing else in the signature depends on `'x`.
    Lent { slice: Lifetime, lifetime: Lifetime, of: Type, free: bool },
    /// `&'x T` where `T` is a type parameter: the elements of a `&'x [T]`.
    Exact { lifetime: Lifetime, of: Type },
    /// `&'x mut T`, borrowed from the elements of a `&'x mut [B]`.
    Rows { lifetime: Lifetime, of: Type },
    /// `&'x mut T` where `T` is a type parameter: the elements of a `&'x mut [T]`.
    ExactRows { lifetime: Lifetime, of: Type },
}

/// A further parameter, the same for all items.
pub(crate) struct Context {
    /// What the wrapper calls it.
    pub(crate) name: Ident,
    /// What the function calls it, where the wrapper had better not.
    pub(crate) alias: Option<Ident>,
    pub(crate) ty: Type,
    pub(crate) by_reference: bool,
}

/// Reads the signature; or says everything that stands in the way.
pub(crate) fn check<'a>(item: &'a Item, options: &'a Options) -> Result<Function<'a>, Vec<Error>> {
    let errors = refuse::refuse(item, options);
    let parameters = parameters(&item.sig);
    let (Some((first, rest)), true) = (parameters.split_first(), errors.is_empty()) else { return Err(errors) };

    let sig = &item.sig;
    let mut namer = Namer::new(sig, in_impl(item, options));
    let receiver = sig.receiver().map(|receiver| this(receiver, &mut namer));
    let mut elements = elements(first, sig, &mut namer);
    let context = context(rest, sig, &mut namer);
    // Where rustc has an error of its own, that is enough.
    let output =
        namer.name_output(&sig.output, receiver.as_ref().map(|this| &this.lifetime)).map_err(|_| Vec::new())?;
    let lifetimes = namer.fresh.clone();
    if let Elements::Lent { slice, lifetime, free, .. } = &mut elements {
        *slice = namer.fresh("s");
        let in_output = output.as_ref().is_some_and(|output| lifetimes::mentions(output, |other| other == lifetime));
        *free = lifetimes.contains(lifetime) && !in_output;
    }
    Ok(Function { item, options, place: place(item, options), receiver, elements, context, output, lifetimes })
}

impl Function<'_> {
    /// Whether it has type or const parameters.
    pub(crate) fn is_generic(&self) -> bool {
        self.item.sig.generics.params.iter().any(|parameter| !matches!(parameter, GenericParam::Lifetime(_)))
    }
}

impl Elements {
    /// What one item is, with all its lifetimes.
    pub(crate) fn item(&self) -> Type {
        let (lifetime, of, mutability) = match self {
            Self::Values(ty) => return ty.clone(),
            Self::Lent { lifetime, of, .. } | Self::Exact { lifetime, of } => (lifetime, of, None),
            Self::Rows { lifetime, of } | Self::ExactRows { lifetime, of } => {
                (lifetime, of, Some(Token![mut](Span::mixed_site())))
            }
        };
        // `&'x dyn Trait + 'd` needs its parentheses.
        let elem = match of {
            Type::TraitObject(object) if object.bounds.len() > 1 => Type::Paren(TypeParen {
                attrs: Vec::new(),
                paren_token: Paren(Span::mixed_site()),
                elem: Box::new(of.clone()),
            }),
            _ => of.clone(),
        };
        Type::Reference(TypeReference {
            attrs: Vec::new(),
            and_token: Token![&](of.span()),
            lifetime: Some(lifetime.clone()),
            mutability,
            elem: Box::new(elem),
        })
    }
}

fn place(item: &Item, options: &Options) -> Place {
    if in_impl(item, options) {
        return Place::Impl;
    }
    let mut companion = options.companion.as_ref().unwrap_or(&item.sig.ident).clone();
    // As if it stood where the attribute stands, so that the lints on the names of types leave it alone.
    companion.set_span(companion.span().resolved_at(Span::call_site()));
    Place::Companion(companion)
}

fn this(receiver: &Receiver, namer: &mut Namer) -> This {
    let declared = match &receiver.kind {
        ReceiverKind::Reference(_, lifetime, _) => lifetime.as_ref(),
        _ => None,
    };
    This { lifetime: namer.name_receiver(declared), token: receiver.self_token }
}

fn elements(parameter: &PatType, sig: &Signature, namer: &mut Namer) -> Elements {
    let mut ty = bare(&parameter.ty).clone();
    namer.name_input(&mut ty, "x");
    let Type::Reference(reference) = ty else { return Elements::Values(ty) };
    let exact = is_sized_parameter(&reference.elem, sig);
    let mutable = reference.mutability.is_some();
    let lifetime = reference.lifetime.unwrap_or_else(|| namer.fresh("x"));
    let mut of = bare(&reference.elem).clone();
    lifetimes::name_object(&mut of, namer);
    match (mutable, exact) {
        (false, false) => Elements::Lent { slice: lifetime.clone(), lifetime, of, free: false },
        (false, true) => Elements::Exact { lifetime, of },
        (true, false) => Elements::Rows { lifetime, of },
        (true, true) => Elements::ExactRows { lifetime, of },
    }
}

fn context(parameters: &[&PatType], sig: &Signature, namer: &mut Namer) -> Vec<Context> {
    let one = |(index, parameter): (usize, &&PatType)| {
        let mut ty = bare(&parameter.ty).clone();
        namer.name_input(&mut ty, "c");
        let by_reference = matches!(ty, Type::Reference(_));
        let hidden = || format_ident!("context{}", index + 1, span = Span::mixed_site());
        let (name, alias) = match plain_name(&parameter.pat) {
            // A parameter of the function's own name would hide the function; one that begins with `_` says it is not used.
            Some(name) if *name == sig.ident || name.to_string().starts_with('_') => (hidden(), Some(name.clone())),
            Some(name) => (name.clone(), None),
            None => (hidden(), None),
        };
        Context { name, alias, ty, by_reference }
    };
    parameters.iter().enumerate().map(one).collect()
}
