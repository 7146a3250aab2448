//! Which functions are refused, each with a message that says what to write instead.

use proc_macro2::{Ident, Span};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::visit::Visit;
use syn::{
    Error, FnArg, PatType, Receiver, ReceiverKind, ReturnType, Safety, Signature, Type, TypeImplTrait, TypeReference,
};

use crate::check::key;
use crate::check::scratch::{self, scratch_of};
use crate::check::signature::{in_impl, is_primitive, parameters, plain_name, reference};
use crate::parse::attributes::{find, is_auto};
use crate::parse::item::AnnotatedFn;
use crate::parse::options::Options;

/// All reasons to refuse the function; none if it can be mapped.
pub(crate) fn refuse(annotated: &AnnotatedFn, options: &Options) -> Vec<Error> {
    let mut errors = Vec::new();
    qualifiers(&annotated.sig, &mut errors);
    attributes(annotated, &mut errors);
    output(&annotated.sig, &mut errors);
    companion_name(annotated, options, &mut errors);
    errors.extend(annotated.sig.receiver().and_then(receiver));
    let parameters = parameters(&annotated.sig);
    if let Some((first, rest)) = parameters.split_first() {
        mutable_context(rest, options, &mut errors);
        scratch::refuse(&annotated.sig, first, rest, options, &mut errors);
        key::refuse_item(first, rest, options, &mut errors);
    } else {
        errors.push(Error::new(
            annotated.sig.ident.span(),
            "there is nothing to map over: the first parameter is the item",
        ));
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

fn attributes(annotated: &AnnotatedFn, errors: &mut Vec<Error>) {
    if let Some(second) = annotated.attrs.iter().find(|attr| is_auto(attr)) {
        errors.push(Error::new_spanned(second, "a second `#[auto]`: put all options into one"));
    }
    if let Some(meta) = find(&annotated.attrs, &|meta| meta.path().is_ident("target_feature")) {
        let message = "a wrapper cannot call a function with `target_feature` safely: \
                       put `#[auto]` on a function that checks for the feature and calls this one";
        errors.push(Error::new_spanned(meta, message));
    }
    for input in &annotated.sig.inputs {
        let (FnArg::Receiver(Receiver { attrs, .. }) | FnArg::Typed(PatType { attrs, .. })) = input;
        if let Some(cfg) = find(attrs, &|meta| meta.path().is_ident("cfg")) {
            let message = "the wrapper cannot see which way this `cfg` goes: \
                           write two functions, each with its `#[cfg]` on the whole";
            errors.push(Error::new_spanned(cfg, message));
        }
    }
}

fn output(sig: &Signature, errors: &mut Vec<Error>) {
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

/// Every `impl Trait` in a type.
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

/// Refuses every receiver but `&self`.
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

/// Refuses parameters after the first that are `&mut` and no scratch.
fn mutable_context(context: &[&PatType], options: &Options, errors: &mut Vec<Error>) {
    for parameter in context {
        if scratch_of(parameter, options).is_none()
            && let Some(TypeReference { mutability: Some(_), .. }) = reference(&parameter.ty)
        {
            let name = plain_name(&parameter.pat).map_or_else(|| "name".to_owned(), ToString::to_string);
            let message = format!(
                "context is shared by all threads, so it cannot be `&mut`: \
                 for a buffer, which each thread may have for itself, write `#[auto(scratch({name} = ..))]`; \
                 else return what to add and combine it with `fold`, or take `&` with an atomic or a `Mutex` inside"
            );
            errors.push(Error::new_spanned(&parameter.ty, message));
        }
    }
}

/// Refuses a companion where there is none, and the names of primitive types.
fn companion_name(annotated: &AnnotatedFn, options: &Options, errors: &mut Vec<Error>) {
    let (name, companion) = (&annotated.sig.ident, &options.companion);
    let mut refuse = |ident: &Ident, message: String| errors.push(Error::new(ident.span(), message));
    match companion {
        Some(companion) if in_impl(annotated, options) => {
            let wrapper = name.unraw();
            refuse(companion, format!("a method has no companion: its wrappers stand beside it, as `{wrapper}_map`"));
        }
        Some(companion) if is_primitive(companion) => {
            refuse(companion, format!("a companion `{companion}` would hide the primitive type: choose another name"));
        }
        None if is_primitive(name) && !in_impl(annotated, options) => {
            let instead = "write `#[auto(companion = another_name)]`";
            refuse(name, format!("a companion `{name}` would hide the primitive type: {instead}"));
        }
        _ => {}
    }
}
