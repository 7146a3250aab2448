//! The bounds `T: 'a` that references in a type imply.
//!
//! A parameter of type `&'a T` implies `T: 'a`, so a function with such a parameter need not declare it. A wrapper has
//! other parameters, which may not imply it, so there it is declared.

use syn::visit::{self, Visit};
use syn::{Lifetime, ParenthesizedGenericArguments, Type, TypeFnPtr, TypeReference, TypeTraitObject};

use crate::check::lifetimes::mentions;

/// The bounds `T: 'a` that the references `&'a T` in a type imply, each as `T` and `'a`.
///
/// A bound is left out where it always holds: `T` mentions no lifetime but `'a`, and `may_borrow` says that it mentions
/// no type that might contain one.
pub(crate) fn implied(ty: &Type, may_borrow: &dyn Fn(&Type) -> bool) -> Vec<(Type, Lifetime)> {
    struct Implied<'a> {
        may_borrow: &'a dyn Fn(&Type) -> bool,
        found: Vec<(Type, Lifetime)>,
    }
    impl Visit<'_> for Implied<'_> {
        fn visit_type_reference(&mut self, reference: &TypeReference) {
            if let Some(lifetime) = &reference.lifetime
                && ((self.may_borrow)(&reference.elem) || mentions(&reference.elem, |other| other != lifetime))
            {
                self.found.push((Type::clone(&reference.elem), lifetime.clone()));
            }
            visit::visit_type_reference(self, reference);
        }

        // Rust does not imply bounds from what is inside of these.
        fn visit_type_fn_ptr(&mut self, _: &TypeFnPtr) {}
        fn visit_parenthesized_generic_arguments(&mut self, _: &ParenthesizedGenericArguments) {}
        fn visit_type_trait_object(&mut self, _: &TypeTraitObject) {}
    }
    let mut implied = Implied { may_borrow, found: Vec::new() };
    implied.visit_type(ty);
    implied.found
}
