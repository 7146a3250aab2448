//! `impl Trait` in parameters: in the wrappers each is a type parameter, which has a name.

use std::mem;

use proc_macro2::Span;
use quote::format_ident;
use syn::visit::{self, Visit};
use syn::visit_mut::{self, VisitMut};
use syn::{
    Expr, FnArg, GenericParam, Lifetime, ParenthesizedGenericArguments, PreciseCapture, Signature, Type, TypeFnPtr,
    TypeImplTrait, TypeParam, TypeReference, parse_quote_spanned,
};

use crate::check::signature::{bare, parameters};

/// The signature of `fn f<X: Trait>(x: X)` for that of `fn f(x: impl Trait)`. The new type parameters are the last ones.
///
/// `None` if there is an `impl Trait` that rustc refuses.
pub(crate) fn desugared(sig: &Signature) -> Option<Signature> {
    let mut all = Count(0);
    for parameter in parameters(sig) {
        all.visit_type(&parameter.ty);
    }
    let mut sig = sig.clone();
    let mut desugar = Desugar(Vec::new());
    for input in &mut sig.inputs {
        if let FnArg::Typed(typed) = input {
            desugar.visit_type_mut(&mut typed.ty);
        }
    }
    let made = desugar.0;
    if made.len() < all.0 || made.iter().any(elides_a_lifetime) {
        return None;
    }
    sig.generics.params.extend(made.into_iter().map(GenericParam::Type));
    Some(sig)
}

struct Count(usize);

impl Visit<'_> for Count {
    fn visit_type_impl_trait(&mut self, found: &TypeImplTrait) {
        self.0 += 1;
        visit::visit_type_impl_trait(self, found);
    }

    fn visit_expr(&mut self, _: &Expr) {}
}

/// Replaces each `impl Trait` by the name of a type parameter, and makes these parameters.
struct Desugar(Vec<TypeParam>);

impl VisitMut for Desugar {
    fn visit_type_mut(&mut self, ty: &mut Type) {
        // Of `&(impl A + B)`, the parentheses have to go as well: around a name, rustc would warn of them.
        if matches!(bare(ty), Type::ImplTrait(_)) {
            *ty = bare(ty).clone();
        }
        // In `impl Iterator<Item = impl Trait>`, the inner one comes first.
        visit_mut::visit_type_mut(self, ty);
        let Type::ImplTrait(TypeImplTrait { impl_token, bounds, .. }) = ty else { return };
        let span = Span::mixed_site().located_at(impl_token.span);
        let name = format_ident!("__AmorsizeImpl{}", self.0.len() + 1, span = span);
        let mut parameter = TypeParam::from(name.clone());
        parameter.bounds = mem::take(bounds);
        self.0.push(parameter);
        *ty = parse_quote_spanned!(span=> #name);
    }

    // rustc refuses an `impl Trait` in `fn(..) -> ..` and in `Fn(..) -> ..`.
    fn visit_type_fn_ptr_mut(&mut self, _: &mut TypeFnPtr) {}
    fn visit_parenthesized_generic_arguments_mut(&mut self, _: &mut ParenthesizedGenericArguments) {}
    fn visit_expr_mut(&mut self, _: &mut Expr) {}
}

/// Whether the bounds have what rustc refuses in an `impl Trait`: a lifetime without a name, or `use<..>`.
fn elides_a_lifetime(parameter: &TypeParam) -> bool {
    struct Search(bool);
    impl Visit<'_> for Search {
        fn visit_type_reference(&mut self, reference: &TypeReference) {
            self.0 |= reference.lifetime.is_none();
            visit::visit_type_reference(self, reference);
        }

        fn visit_lifetime(&mut self, lifetime: &Lifetime) {
            self.0 |= lifetime.ident == "_";
        }

        fn visit_precise_capture(&mut self, _: &PreciseCapture) {
            self.0 = true;
        }

        // Here elided lifetimes are allowed.
        fn visit_type_fn_ptr(&mut self, _: &TypeFnPtr) {}
        fn visit_parenthesized_generic_arguments(&mut self, _: &ParenthesizedGenericArguments) {}
        fn visit_expr(&mut self, _: &Expr) {}
    }
    let mut search = Search(false);
    search.visit_type_param(parameter);
    search.0
}
