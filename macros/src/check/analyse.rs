//! Turns a parsed function into a [`Function`], whose wrappers can be written.

use proc_macro2::Span;
use quote::format_ident;
use syn::spanned::Spanned;
use syn::{Error, PatType, Receiver, ReceiverKind, Signature, Type};

use crate::check::function::{ContextParam, Function, ItemParam, Place, ScratchParam, SelfParam};
use crate::check::lifetimes::{self, Namer};
use crate::check::scratch::scratch_of;
use crate::check::signature::{bare, in_impl, is_sized_parameter, parameters, plain_name, reference};
use crate::check::{impl_traits, refuse};
use crate::parse::item::AnnotatedFn;
use crate::parse::options::Options;

/// # Errors
///
/// All reasons why the function cannot be mapped. None of them if rustc refuses the function itself: its error is
/// enough.
pub(crate) fn analyse<'a>(annotated: &'a AnnotatedFn, options: &'a Options) -> Result<Function<'a>, Vec<Error>> {
    let errors = refuse::refuse(annotated, options);
    if !errors.is_empty() {
        return Err(errors);
    }
    let Some(desugared) = impl_traits::desugared(&annotated.sig) else { return Err(errors) };
    let sig = &desugared;
    let parameters = parameters(sig);
    let Some((first, rest)) = parameters.split_first() else { return Err(errors) };

    let mut namer = Namer::new(sig, in_impl(annotated, options));
    let receiver = sig.receiver().map(|receiver| self_param(receiver, &mut namer));
    let mut item = item_param(first, sig, &mut namer);
    let context = context_params(rest, sig, options, &mut namer);
    let scratches = scratch_params(rest, options, &mut namer);
    let output =
        namer.name_output(&sig.output, receiver.as_ref().map(|receiver| &receiver.lifetime)).map_err(|_| Vec::new())?;
    let lifetimes = namer.fresh.clone();
    // What is left of an item by reference can be told only now that all lifetimes have names.
    if let ItemParam::Lent { lifetime, independent, .. } = &mut item {
        let in_output = output.as_ref().is_some_and(|output| lifetimes::mentions(output, |other| other == lifetime));
        *independent = lifetimes.contains(lifetime) && !in_output;
    }
    let place = place(annotated, options);
    Ok(Function { annotated, options, sig: desugared, place, receiver, item, context, scratches, output, lifetimes })
}

fn place(annotated: &AnnotatedFn, options: &Options) -> Place {
    if in_impl(annotated, options) {
        return Place::Impl;
    }
    let mut companion = options.companion.as_ref().unwrap_or(&annotated.sig.ident).clone();
    // Marks the name as made by a macro. Otherwise rustc would warn that the type has a name in lower case.
    companion.set_span(companion.span().resolved_at(Span::call_site()));
    Place::Companion(companion)
}

fn self_param(receiver: &Receiver, namer: &mut Namer) -> SelfParam {
    let declared = match &receiver.kind {
        ReceiverKind::Reference(_, lifetime, _) => lifetime.as_ref(),
        _ => None,
    };
    SelfParam { lifetime: namer.name_receiver(declared), token: receiver.self_token }
}

fn item_param(parameter: &PatType, sig: &Signature, namer: &mut Namer) -> ItemParam {
    let mut ty = bare(&parameter.ty).clone();
    namer.name_input(&mut ty, "x");
    let Type::Reference(reference) = ty else { return ItemParam::Value(ty) };
    let exactly = is_sized_parameter(&reference.elem, sig);
    let mutable = reference.mutability.is_some();
    let lifetime = reference.lifetime.unwrap_or_else(|| namer.fresh("x"));
    let mut referent = bare(&reference.elem).clone();
    lifetimes::name_object(&mut referent, namer);
    match (mutable, exactly) {
        // The caller sets whether the item is independent.
        (false, false) => ItemParam::Lent { lifetime, referent, independent: false },
        (false, true) => ItemParam::LentExactly { lifetime, referent },
        (true, false) => ItemParam::Rows { lifetime, referent },
        (true, true) => ItemParam::RowsExactly { lifetime, referent },
    }
}

fn context_params(parameters: &[&PatType], sig: &Signature, options: &Options, namer: &mut Namer) -> Vec<ContextParam> {
    let one = |(index, parameter): (usize, &&PatType)| {
        let mut ty = bare(&parameter.ty).clone();
        namer.name_input(&mut ty, "c");
        let by_reference = matches!(ty, Type::Reference(_));
        let numbered = || format_ident!("context{}", index + 1, span = Span::mixed_site());
        let (name, alias) = match plain_name(&parameter.pat) {
            // A parameter with the name of the function would shadow the function, which the wrapper calls. A name that
            // begins with `_` means that the parameter is not used, but the wrapper does use it.
            Some(name) if *name == sig.ident || name.to_string().starts_with('_') => (numbered(), Some(name.clone())),
            Some(name) => (name.clone(), None),
            None => (numbered(), None),
        };
        ContextParam { name, alias, ty, by_reference }
    };
    let is_context = |(_, parameter): &(usize, &&PatType)| scratch_of(parameter, options).is_none();
    parameters.iter().enumerate().filter(is_context).map(one).collect()
}

fn scratch_params(parameters: &[&PatType], options: &Options, namer: &mut Namer) -> Vec<ScratchParam> {
    // The types of scratches are not in the signatures of the wrappers, and neither are their lifetimes. But they count when
    // those of the result get names.
    let before = namer.fresh.len();
    let one = |(index, parameter): (usize, &&PatType)| {
        let scratch = scratch_of(parameter, options)?;
        namer.name_input(&mut bare(&parameter.ty).clone(), "s");
        let referent = (*reference(&parameter.ty)?.elem).clone();
        // Where it has another type than the parameter, rustc points at the option.
        let span = Span::mixed_site().located_at(scratch.new.span());
        let name = format_ident!("scratch{}", index + 1, span = span);
        Some(ScratchParam { index, name, new: scratch.new.clone(), referent })
    };
    let scratches = parameters.iter().enumerate().filter_map(one).collect();
    namer.fresh.truncate(before);
    scratches
}
