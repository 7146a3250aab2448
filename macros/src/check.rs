//! What a signature means for its wrapper, and what a wrapper cannot do.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::format_ident;
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::visit::Visit;
use syn::{
    Error, FnArg, GenericParam, Lifetime, Pat, PatType, Receiver, ReceiverKind, ReturnType, Safety, Signature, Token,
    Type, TypeImplTrait, TypeParamBound, TypeReference, WherePredicate,
};

use crate::args::Options;
use crate::attributes;
use crate::item::Item;
use crate::lifetimes::{self, Namer};

/// A function that can be wrapped.
pub(crate) struct Function<'a> {
    pub(crate) item: &'a Item,
    pub(crate) options: &'a Options,
    pub(crate) place: Place,
    pub(crate) receiver: Option<This>,
    pub(crate) elements: Elements,
    pub(crate) context: Vec<Context>,
    /// The return type with its lifetimes named; `None` for `()` left out.
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
    /// `&'x T`, lent by the elements of a slice that lives for `'s`. `own` if nothing else in the signature names `'x`.
    Lent { slice: Lifetime, lifetime: Lifetime, of: Type, own: bool },
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
    /// What the function calls it, where the wrapper must not.
    pub(crate) alias: Option<Ident>,
    pub(crate) ty: Type,
    pub(crate) by_reference: bool,
}

/// Reads the signature; or says everything that stands in the way.
pub(crate) fn check<'a>(item: &'a Item, options: &'a Options) -> Result<Function<'a>, Vec<Error>> {
    let mut errors = Vec::new();
    let sig = &item.sig;
    refuse_qualifiers(item, &mut errors);
    refuse_types(sig, &mut errors);

    let receiver = sig.receiver();
    if let Some(receiver) = receiver {
        errors.extend(refuse_receiver(receiver));
    }
    let parameters: Vec<&PatType> = sig.inputs.iter().filter_map(typed).collect();
    let Some((first, rest)) = parameters.split_first() else {
        errors.push(Error::new(sig.ident.span(), "there is nothing to map over: the first parameter is the item"));
        return Err(errors);
    };
    for parameter in rest {
        if let Some(TypeReference { mutability: Some(_), .. }) = reference(&parameter.ty) {
            let message = "context is shared by all threads, so it cannot be `&mut`: take `&`, with an atomic or a `Mutex` inside, \
                 or return what to add and combine it with `fold`";
            errors.push(Error::new_spanned(&parameter.ty, message));
        }
    }
    let in_impl = receiver.is_some() || options.in_impl.is_some() || mentions_self(item.sig_tokens.clone());
    let place = place(sig, options, in_impl, &mut errors);
    refuse_item_in_key(first, rest, options, &mut errors);
    if !errors.is_empty() {
        return Err(errors);
    }

    let mut namer = Namer::new(sig.generics.lifetimes().map(|declared| &declared.lifetime));
    let receiver = receiver.map(|receiver| this(receiver, &mut namer));
    let mut elements = elements(first, sig, &mut namer);
    let context = context(rest, sig, &mut namer);
    let output = namer.name_output(&sig.output, receiver.as_ref().map(|this| &this.lifetime));
    let lifetimes = namer.fresh.clone();
    if let Elements::Lent { slice, lifetime, own, .. } = &mut elements {
        *slice = namer.fresh("s");
        let named = sig.generics.lifetimes().any(|declared| declared.lifetime == *lifetime);
        let borrowed = output.as_ref().is_some_and(|output| lifetimes::mentions(output, |other| other == lifetime));
        *own = !named && !borrowed && *lifetime.ident.to_string() != *"static";
    }
    Ok(Function { item, options, place, receiver, elements, context, output, lifetimes })
}

fn refuse_qualifiers(item: &Item, errors: &mut Vec<Error>) {
    let sig = &item.sig;
    let mut refuse = |span: Span, message: &str| errors.push(Error::new(span, message));
    if let Some(token) = &sig.asyncness {
        refuse(
            token.span,
            "an `async fn` makes futures, which an executor runs: put `#[auto]` on a plain function that does the work of one item",
        );
    }
    if let Safety::Unsafe(token) = &sig.safety {
        refuse(
            token.span,
            "the wrapper cannot promise what an `unsafe fn` asks of its callers: put `#[auto]` on a safe function that calls it",
        );
    }
    if let Some(variadic) = &sig.variadic {
        refuse(
            variadic.dots.span(),
            "C variadics cannot be passed on: put `#[auto]` on a function with named parameters",
        );
    }
    if let Some(meta) = attributes::find(&item.attrs, &|meta| meta.path().is_ident("target_feature")) {
        let message = "a closure cannot call a function with `target_feature`: put `#[auto]` on a function that checks for the feature and calls this one";
        errors.push(Error::new_spanned(meta, message));
    }
    if let Some(second) = item.attrs.iter().find(|attr| attributes::is_auto(attr)) {
        errors.push(Error::new_spanned(second, "a second `#[auto]`: put all options into one"));
    }
    for input in &sig.inputs {
        let (FnArg::Receiver(Receiver { attrs, .. }) | FnArg::Typed(PatType { attrs, .. })) = input;
        if let Some(cfg) = attributes::find(attrs, &|meta| meta.path().is_ident("cfg")) {
            let message = "the wrapper cannot see which way this `cfg` goes: write two functions, each with `#[cfg]` on the whole";
            errors.push(Error::new_spanned(cfg, message));
        }
    }
}

fn refuse_types(sig: &Signature, errors: &mut Vec<Error>) {
    struct Impls<'a>(Vec<&'a TypeImplTrait>);
    impl<'a> Visit<'a> for Impls<'a> {
        fn visit_type_impl_trait(&mut self, found: &'a TypeImplTrait) {
            self.0.push(found);
        }
    }
    let mut impls = Impls(Vec::new());
    for input in sig.inputs.iter().filter_map(typed) {
        impls.visit_type(&input.ty);
    }
    for found in impls.0 {
        let message = "the wrapper has to name this type: make it a type parameter, as in `fn f<F: Fn(u32) -> u32>(item: u32, by: &F)`";
        errors.push(Error::new_spanned(found, message));
    }
    let ReturnType::Type(_, output) = &sig.output else { return };
    if let Type::Never(never) = &**output {
        errors.push(Error::new_spanned(
            never,
            "a function that never returns has nothing to collect: return `()` or a `Result`",
        ));
    }
    let mut impls = Impls(Vec::new());
    impls.visit_type(output);
    for found in impls.0 {
        errors.push(Error::new_spanned(
            found,
            "the wrapper has to name this type: return a named type or a `Box<dyn ..>`",
        ));
    }
}

fn refuse_receiver(receiver: &Receiver) -> Option<Error> {
    let message = match &receiver.kind {
        ReceiverKind::Reference(_, _, None) => return None,
        ReceiverKind::Reference(..) => {
            "the receiver is shared by all threads, so it cannot be `&mut self`: take `&self`"
        }
        _ => "the receiver is shared by all threads: take `&self`",
    };
    Some(Error::new_spanned(receiver, message))
}

/// A `key(..)` is made once for all items, so it cannot look at one.
fn refuse_item_in_key(first: &PatType, rest: &[&PatType], options: &Options, errors: &mut Vec<Error>) {
    let Some(name) = plain_name(&first.pat) else { return };
    if rest.iter().any(|parameter| plain_name(&parameter.pat) == Some(name)) {
        return;
    }
    for expression in &options.key {
        if let Some(span) = find_variable(quote::quote!(#expression), name) {
            let message = format!(
                "`{name}` is the item: `key(..)` is over the context, which is the same for all items of a call"
            );
            errors.push(Error::new(span, message));
        }
    }
}

/// Where `name` stands as a variable: not as a field, a method, part of a path, or the name of a field that is set.
fn find_variable(tokens: TokenStream, name: &Ident) -> Option<Span> {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let is_punct = |index: Option<usize>, any: &[char]| {
        let token = index.and_then(|index| tokens.get(index));
        matches!(token, Some(TokenTree::Punct(punct)) if any.contains(&punct.as_char()))
    };
    tokens.iter().enumerate().find_map(|(i, token)| match token {
        TokenTree::Ident(ident) if ident == name => {
            let after_range = is_punct(i.checked_sub(1), &['.']) && is_punct(i.checked_sub(2), &['.']);
            let member = is_punct(i.checked_sub(1), &['.', ':']) && !after_range;
            (!member && !is_punct(Some(i + 1), &[':'])).then(|| ident.span())
        }
        TokenTree::Group(group) => find_variable(group.stream(), name),
        _ => None,
    })
}

const PRIMITIVES: &[&str] = &[
    "bool", "char", "str", "u8", "u16", "u32", "u64", "u128", "usize", "i8", "i16", "i32", "i64", "i128", "isize",
    "f16", "f32", "f64", "f128",
];

fn place(sig: &Signature, options: &Options, in_impl: bool, errors: &mut Vec<Error>) -> Place {
    if in_impl {
        if let Some(companion) = &options.companion {
            let name = sig.ident.unraw();
            let message = format!("a method has no companion: its wrappers are `{name}_map` and so on, beside it");
            errors.push(Error::new(companion.span(), message));
        }
        return Place::Impl;
    }
    let companion = options.companion.as_ref().unwrap_or(&sig.ident);
    if PRIMITIVES.iter().any(|primitive| companion == primitive) {
        let message = if options.companion.is_some() {
            format!("a companion called `{companion}` would hide the primitive type: choose another name")
        } else {
            format!(
                "a companion called `{companion}` would hide the primitive type: write `#[auto(companion = another_name)]`"
            )
        };
        errors.push(Error::new(companion.span(), message));
    }
    // Seen from where the attribute stands, so that the lints on names of types leave it alone.
    let mut companion = companion.clone();
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
        (false, false) => Elements::Lent { slice: lifetime.clone(), lifetime, of, own: false },
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
            // A parameter of the function's own name would hide the function.
            Some(name) if *name == sig.ident => (hidden(), Some(name.clone())),
            Some(name) => (name.clone(), None),
            None => (hidden(), None),
        };
        Context { name, alias, ty, by_reference }
    };
    parameters.iter().enumerate().map(one).collect()
}

fn typed(input: &FnArg) -> Option<&PatType> {
    match input {
        FnArg::Typed(typed) => Some(typed),
        FnArg::Receiver(_) => None,
    }
}

/// The type without parentheses and the invisible groups of macros around it.
fn bare(ty: &Type) -> &Type {
    match ty {
        Type::Paren(inner) => bare(&inner.elem),
        Type::Group(inner) => bare(&inner.elem),
        _ => ty,
    }
}

fn reference(ty: &Type) -> Option<&TypeReference> {
    match bare(ty) {
        Type::Reference(reference) => Some(reference),
        _ => None,
    }
}

fn plain_name(pattern: &Pat) -> Option<&Ident> {
    match pattern {
        Pat::Ident(pattern) => Some(&pattern.ident),
        _ => None,
    }
}

/// Whether this is one of the function's type parameters, and not one that may be unsized.
fn is_sized_parameter(ty: &Type, sig: &Signature) -> bool {
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

fn single_name(ty: &Type) -> Option<&Ident> {
    match bare(ty) {
        Type::Path(path) if path.qself.is_none() => path.path.get_ident(),
        _ => None,
    }
}

fn mentions_self(tokens: TokenStream) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == "Self",
        TokenTree::Group(group) => mentions_self(group.stream()),
        _ => false,
    })
}

impl Function<'_> {
    /// Whether it has type or const parameters.
    pub(crate) fn is_generic(&self) -> bool {
        self.item.sig.generics.params.iter().any(|parameter| !matches!(parameter, GenericParam::Lifetime(_)))
    }
}
