//! What a wrapper cannot do, each with what to do instead.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::visit::Visit;
use syn::{
    Error, FnArg, PatType, Receiver, ReceiverKind, ReturnType, Safety, Signature, Type, TypeImplTrait, TypeReference,
};

use crate::check::analyse::{in_impl, parameters, plain_name, reference};
use crate::parse::attributes;
use crate::parse::item::Item;
use crate::parse::options::Options;

/// Everything that stands in the way.
pub(crate) fn refuse(item: &Item, options: &Options) -> Vec<Error> {
    let mut errors = Vec::new();
    qualifiers(&item.sig, &mut errors);
    attributes(item, &mut errors);
    types(&item.sig, &mut errors);
    names(item, options, &mut errors);
    errors.extend(item.sig.receiver().and_then(receiver));
    let parameters = parameters(&item.sig);
    if let Some((first, rest)) = parameters.split_first() {
        mutable_context(rest, &mut errors);
        item_in_key(first, rest, options, &mut errors);
    } else {
        errors.push(Error::new(item.sig.ident.span(), "there is nothing to map over: the first parameter is the item"));
    }
    errors
}

fn qualifiers(sig: &Signature, errors: &mut Vec<Error>) {
    let mut refuse = |span: Span, message: &str| errors.push(Error::new(span, message));
    if let Some(token) = &sig.asyncness {
        let message = "an `async fn` makes futures, which an executor runs: \
                       put `#[auto]` on a plain function that does the work of one item";
        refuse(token.span, message);
    }
    if let Safety::Unsafe(token) = &sig.safety {
        let message = "the wrapper cannot promise what an `unsafe fn` asks of its callers: \
                       put `#[auto]` on a safe function that calls it";
        refuse(token.span, message);
    }
    if let Some(variadic) = &sig.variadic {
        let message = "C variadics cannot be passed on: put `#[auto]` on a function with named parameters";
        refuse(variadic.dots.span(), message);
    }
}

fn attributes(item: &Item, errors: &mut Vec<Error>) {
    if let Some(second) = item.attrs.iter().find(|attr| attributes::is_auto(attr)) {
        errors.push(Error::new_spanned(second, "a second `#[auto]`: put all options into one"));
    }
    if let Some(meta) = attributes::find(&item.attrs, &|meta| meta.path().is_ident("target_feature")) {
        let message = "a wrapper cannot call a function with `target_feature` safely: \
                       put `#[auto]` on a function that checks for the feature and calls this one";
        errors.push(Error::new_spanned(meta, message));
    }
    for input in &item.sig.inputs {
        let (FnArg::Receiver(Receiver { attrs, .. }) | FnArg::Typed(PatType { attrs, .. })) = input;
        if let Some(cfg) = attributes::find(attrs, &|meta| meta.path().is_ident("cfg")) {
            let message = "the wrapper cannot see which way this `cfg` goes: \
                           write two functions, each with its `#[cfg]` on the whole";
            errors.push(Error::new_spanned(cfg, message));
        }
    }
}

fn types(sig: &Signature, errors: &mut Vec<Error>) {
    for parameter in parameters(sig) {
        for found in impl_traits(&parameter.ty) {
            let message = "the wrapper has to name this type: \
                           make it a type parameter, as in `fn f<F: Fn(u32) -> u32>(item: u32, by: &F)`";
            errors.push(Error::new_spanned(found, message));
        }
    }
    let ReturnType::Type(_, output) = &sig.output else { return };
    if let Type::Never(never) = &**output {
        let message = "a function that never returns has no results to collect: return `()` or a `Result`";
        errors.push(Error::new_spanned(never, message));
    }
    for found in impl_traits(output) {
        let message = "the wrapper has to name this type: return a named type, or a `Box<dyn ..>`";
        errors.push(Error::new_spanned(found, message));
    }
}

fn impl_traits(ty: &Type) -> Vec<&TypeImplTrait> {
    struct Found<'a>(Vec<&'a TypeImplTrait>);
    impl<'a> Visit<'a> for Found<'a> {
        fn visit_type_impl_trait(&mut self, found: &'a TypeImplTrait) {
            self.0.push(found);
        }
    }
    let mut found = Found(Vec::new());
    found.visit_type(ty);
    found.0
}

fn receiver(receiver: &Receiver) -> Option<Error> {
    let message = match &receiver.kind {
        ReceiverKind::Reference(_, _, None) => return None,
        ReceiverKind::Reference(..) => {
            "the receiver is shared by all threads, so it cannot be `&mut self`: take `&self`"
        }
        _ => "the receiver is shared by all threads: take `&self`",
    };
    Some(Error::new_spanned(receiver, message))
}

fn mutable_context(context: &[&PatType], errors: &mut Vec<Error>) {
    for parameter in context {
        if let Some(TypeReference { mutability: Some(_), .. }) = reference(&parameter.ty) {
            let message = "context is shared by all threads, so it cannot be `&mut`: \
                           return what to add and combine it with `fold`, or take `&` with an atomic or a `Mutex` inside";
            errors.push(Error::new_spanned(&parameter.ty, message));
        }
    }
}

const PRIMITIVES: &[&str] = &[
    "bool", "char", "str", "u8", "u16", "u32", "u64", "u128", "usize", "i8", "i16", "i32", "i64", "i128", "isize",
    "f16", "f32", "f64", "f128",
];

pub(crate) fn is_primitive(name: &Ident) -> bool {
    PRIMITIVES.iter().any(|primitive| name == primitive)
}

fn names(item: &Item, options: &Options, errors: &mut Vec<Error>) {
    let (name, companion) = (&item.sig.ident, &options.companion);
    let mut refuse = |ident: &Ident, message: String| errors.push(Error::new(ident.span(), message));
    match companion {
        Some(companion) if in_impl(item, options) => {
            let wrapper = name.unraw();
            refuse(companion, format!("a method has no companion: its wrappers stand beside it, as `{wrapper}_map`"));
        }
        Some(companion) if is_primitive(companion) => {
            refuse(companion, format!("a companion `{companion}` would hide the primitive type: choose another name"));
        }
        None if is_primitive(name) && !in_impl(item, options) => {
            let instead = "write `#[auto(companion = another_name)]`";
            refuse(name, format!("a companion `{name}` would hide the primitive type: {instead}"));
        }
        _ => {}
    }
}

/// A key is made once for all items, so it cannot look at one. (Where a closure might declare the name anew, rustc
/// finds out.)
fn item_in_key(first: &PatType, rest: &[&PatType], options: &Options, errors: &mut Vec<Error>) {
    let Some(name) = plain_name(&first.pat) else { return };
    if rest.iter().any(|parameter| plain_name(&parameter.pat) == Some(name)) {
        return;
    }
    for expression in options.key.iter().map(ToTokens::to_token_stream) {
        if let Some(span) = find_variable(&expression, name).filter(|_| !has_closure(&expression)) {
            let message =
                format!("`{name}` is the item: a key is made of the context, which is the same for all items");
            errors.push(Error::new(span, message));
        }
    }
}

/// Where `name` stands for a variable: not for a field, a method, a part of a path, or a field that is set.
fn find_variable(tokens: &TokenStream, name: &Ident) -> Option<Span> {
    let tokens: Vec<TokenTree> = tokens.clone().into_iter().collect();
    let is_punct = |index: Option<usize>, any: &[char]| {
        let token = index.and_then(|index| tokens.get(index));
        matches!(token, Some(TokenTree::Punct(punct)) if any.contains(&punct.as_char()))
    };
    tokens.iter().enumerate().find_map(|(i, token)| match token {
        TokenTree::Ident(ident) if ident == name => {
            let range = is_punct(i.checked_sub(1), &['.']) && is_punct(i.checked_sub(2), &['.']);
            let member = is_punct(i.checked_sub(1), &['.', ':']) && !range;
            (!member && !is_punct(Some(i + 1), &[':'])).then(|| ident.span())
        }
        TokenTree::Group(group) => find_variable(&group.stream(), name),
        _ => None,
    })
}

fn has_closure(tokens: &TokenStream) -> bool {
    tokens.clone().into_iter().any(|token| match token {
        TokenTree::Punct(punct) => punct.as_char() == '|',
        TokenTree::Group(group) => has_closure(&group.stream()),
        _ => false,
    })
}
