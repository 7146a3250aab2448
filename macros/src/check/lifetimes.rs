//! Names for the lifetimes that a signature leaves out.
//!
//! A wrapper mentions the types of a signature in places where Rust wants every lifetime named, so each elided one
//! gets a name: those of parameters a fresh one each, those of the return type the one that Rust's elision rule says.

use proc_macro2::Span;
use syn::visit::{self, Visit};
use syn::visit_mut::{self, VisitMut};
use syn::{
    Expr, Lifetime, Macro, ParenthesizedGenericArguments, ReturnType, Signature, TraitBound, Type, TypeFnPtr,
    TypeParamBound, TypeReference, TypeTraitObject,
};

/// Gives out names, and remembers which there are.
pub(crate) struct Namer {
    prefix: &'static str,
    taken: Vec<String>,
    /// The names given out, in order.
    pub(crate) fresh: Vec<Lifetime>,
    /// The lifetimes of the parameters, named or not, in the order of their first appearance.
    inputs: Vec<Lifetime>,
}

impl Namer {
    /// The signature's own lifetimes are taken; those of an `impl` around it cannot be seen, and may not be shadowed.
    pub(crate) fn new(sig: &Signature, in_impl: bool) -> Self {
        struct Taken(Vec<String>);
        impl Visit<'_> for Taken {
            fn visit_lifetime(&mut self, lifetime: &Lifetime) {
                self.0.push(lifetime.ident.to_string());
            }
        }
        let mut taken = Taken(Vec::new());
        taken.visit_signature(sig);
        let prefix = if in_impl { "__amorsize_" } else { "" };
        Self { prefix, taken: taken.0, fresh: Vec::new(), inputs: Vec::new() }
    }

    /// A new lifetime, called by `letter`, and a number if need be.
    pub(crate) fn fresh(&mut self, letter: &str) -> Lifetime {
        let letter = format!("{}{letter}", self.prefix);
        let mut name = letter.clone();
        let mut number = 1;
        while self.taken.contains(&name) {
            number += 1;
            name = format!("{letter}{number}");
        }
        let lifetime = Lifetime::new(&format!("'{name}"), Span::mixed_site());
        self.taken.push(name);
        self.fresh.push(lifetime.clone());
        lifetime
    }

    /// Names the elided lifetimes of a parameter.
    pub(crate) fn name_input(&mut self, ty: &mut Type, letter: &'static str) {
        Inputs { namer: self, letter, bound: Vec::new() }.visit_type_mut(ty);
    }

    /// The lifetime of `&'a self`, named if it was not.
    pub(crate) fn name_receiver(&mut self, lifetime: Option<&Lifetime>) -> Lifetime {
        match lifetime {
            Some(lifetime) if lifetime.ident != "_" => lifetime.clone(),
            _ => self.fresh("r"),
        }
    }

    /// Names the elided lifetimes of the return type: after `&self`, or else after the only lifetime of the parameters.
    pub(crate) fn name_output(
        &self,
        output: &ReturnType,
        receiver: Option<&Lifetime>,
    ) -> Result<Option<Type>, Ambiguous> {
        let ReturnType::Type(_, ty) = output else { return Ok(None) };
        let mut ty = Type::clone(ty);
        let mut naming = match (receiver, &*self.inputs) {
            (Some(lifetime), _) | (None, [lifetime]) => Output { name: Some(lifetime), elided: false },
            _ => Output { name: None, elided: false },
        };
        naming.visit_type_mut(&mut ty);
        let ambiguous = naming.elided && naming.name.is_none() && self.inputs.len() > 1;
        if ambiguous { Err(Ambiguous) } else { Ok(Some(ty)) }
    }
}

/// The return type leaves out a lifetime that could be one of several: rustc refuses the function itself.
#[derive(Debug)]
pub(crate) struct Ambiguous;

struct Inputs<'a> {
    namer: &'a mut Namer,
    letter: &'static str,
    /// Lifetimes of an enclosing `for<..>`, which are not of the function.
    bound: Vec<Lifetime>,
}

impl Inputs<'_> {
    fn seen(&mut self, lifetime: &Lifetime) {
        if !self.bound.contains(lifetime) && !self.namer.inputs.contains(lifetime) {
            self.namer.inputs.push(lifetime.clone());
        }
    }
}

impl VisitMut for Inputs<'_> {
    fn visit_type_reference_mut(&mut self, reference: &mut TypeReference) {
        if reference.lifetime.is_none() {
            let lifetime = self.namer.fresh(self.letter);
            self.seen(&lifetime);
            reference.lifetime = Some(lifetime);
            self.visit_type_mut(&mut reference.elem);
        } else {
            visit_mut::visit_type_reference_mut(self, reference);
        }
    }

    fn visit_lifetime_mut(&mut self, lifetime: &mut Lifetime) {
        if lifetime.ident == "_" {
            *lifetime = self.namer.fresh(self.letter);
        }
        self.seen(lifetime);
    }

    fn visit_trait_bound_mut(&mut self, bound: &mut TraitBound) {
        let outside = self.bound.len();
        for parameter in bound.lifetimes.iter().flat_map(|declared| &declared.lifetimes) {
            if let syn::GenericParam::Lifetime(declared) = parameter {
                self.bound.push(declared.lifetime.clone());
            }
        }
        self.visit_path_mut(&mut bound.path);
        self.bound.truncate(outside);
    }

    // These elide by rules of their own.
    fn visit_type_fn_ptr_mut(&mut self, _: &mut TypeFnPtr) {}
    fn visit_parenthesized_generic_arguments_mut(&mut self, _: &mut ParenthesizedGenericArguments) {}
    // These have nothing to elide.
    fn visit_expr_mut(&mut self, _: &mut Expr) {}
    fn visit_macro_mut(&mut self, _: &mut Macro) {}
}

struct Output<'a> {
    name: Option<&'a Lifetime>,
    /// Whether any was left out.
    elided: bool,
}

impl VisitMut for Output<'_> {
    fn visit_type_reference_mut(&mut self, reference: &mut TypeReference) {
        if reference.lifetime.is_none() {
            self.elided = true;
            reference.lifetime = self.name.cloned();
        }
        visit_mut::visit_type_reference_mut(self, reference);
    }

    fn visit_lifetime_mut(&mut self, lifetime: &mut Lifetime) {
        if lifetime.ident == "_" {
            self.elided = true;
            if let Some(name) = self.name {
                *lifetime = name.clone();
            }
        }
    }

    fn visit_type_fn_ptr_mut(&mut self, _: &mut TypeFnPtr) {}
    fn visit_parenthesized_generic_arguments_mut(&mut self, _: &mut ParenthesizedGenericArguments) {}
    fn visit_expr_mut(&mut self, _: &mut Expr) {}
    fn visit_macro_mut(&mut self, _: &mut Macro) {}
}

/// Gives a `dyn Trait` that was taken from behind its reference, whose lifetime it had by default, one of its own.
pub(crate) fn name_object(ty: &mut Type, namer: &mut Namer) {
    if let Type::TraitObject(object) = ty
        && !has_lifetime(object)
    {
        object.bounds.push(TypeParamBound::Lifetime(namer.fresh("d")));
    }
}

fn has_lifetime(object: &TypeTraitObject) -> bool {
    object.bounds.iter().any(|bound| matches!(bound, TypeParamBound::Lifetime(_)))
}

/// Whether a type mentions any lifetime for which `wanted` holds.
pub(crate) fn mentions(ty: &Type, wanted: impl Fn(&Lifetime) -> bool) -> bool {
    struct Search<F> {
        wanted: F,
        found: bool,
    }
    impl<F: Fn(&Lifetime) -> bool> Visit<'_> for Search<F> {
        fn visit_lifetime(&mut self, lifetime: &Lifetime) {
            self.found |= (self.wanted)(lifetime);
        }
    }
    let mut search = Search { wanted, found: false };
    search.visit_type(ty);
    search.found
}

/// What the references in a type imply: that what they refer to lives as long. Left out where nothing in it could not:
/// it mentions no other lifetime, and no type for which `open` holds.
pub(crate) fn implied(ty: &Type, open: &dyn Fn(&Type) -> bool) -> Vec<(Type, Lifetime)> {
    struct Implied<'a> {
        open: &'a dyn Fn(&Type) -> bool,
        found: Vec<(Type, Lifetime)>,
    }
    impl Visit<'_> for Implied<'_> {
        fn visit_type_reference(&mut self, reference: &TypeReference) {
            if let Some(lifetime) = &reference.lifetime
                && ((self.open)(&reference.elem) || mentions(&reference.elem, |other| other != lifetime))
            {
                self.found.push((Type::clone(&reference.elem), lifetime.clone()));
            }
            visit::visit_type_reference(self, reference);
        }

        // What is behind these is not implied.
        fn visit_type_fn_ptr(&mut self, _: &TypeFnPtr) {}
        fn visit_parenthesized_generic_arguments(&mut self, _: &ParenthesizedGenericArguments) {}
        fn visit_type_trait_object(&mut self, _: &TypeTraitObject) {}
    }
    let mut implied = Implied { open, found: Vec::new() };
    implied.visit_type(ty);
    implied.found
}
