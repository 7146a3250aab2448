//! Names for the lifetimes that a signature elides.
//!
//! A wrapper repeats the types of the signature in places where Rust requires every lifetime to be named. So each
//! elided lifetime of a parameter gets a fresh name, and those of the return type get the name that Rust's elision
//! rules say.

use proc_macro2::Span;
use syn::visit::Visit;
use syn::visit_mut::{self, VisitMut};
use syn::{
    Expr, GenericArgument, Lifetime, Macro, ParenthesizedGenericArguments, PathArguments, PathSegment, ReturnType,
    Signature, TraitBound, Type, TypeFnPtr, TypeParamBound, TypeReference, TypeTraitObject, parse_quote_spanned,
};

/// Makes fresh names for the elided lifetimes of one signature.
pub(crate) struct Namer {
    prefix: &'static str,
    /// The names that a fresh one must not have.
    taken: Vec<String>,
    /// The fresh names so far, in order.
    pub(crate) fresh: Vec<Lifetime>,
    /// The lifetimes of the parameters, named or not, in the order of their first appearance.
    inputs: Vec<Lifetime>,
}

impl Namer {
    /// A namer whose fresh names differ from those in the signature.
    ///
    /// An `impl` around the function may declare lifetimes, which an attribute cannot see and a function must not
    /// shadow. So there the fresh names get a prefix.
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

    /// A fresh lifetime: `'x` for the letter `x`, or `'x2` and so on if that is taken.
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
        Unhide.visit_type_mut(ty);
        NameInput { namer: self, letter, bound: Vec::new() }.visit_type_mut(ty);
    }

    /// The lifetime of `&'a self`, named if it was not.
    pub(crate) fn name_receiver(&mut self, lifetime: Option<&Lifetime>) -> Lifetime {
        match lifetime {
            Some(lifetime) if lifetime.ident != "_" => lifetime.clone(),
            _ => self.fresh("r"),
        }
    }

    /// Names the elided lifetimes of the return type: like that of `&self`, or else like the only lifetime of the
    /// parameters.
    ///
    /// # Errors
    ///
    /// If the parameters have several lifetimes and none is that of `&self`. rustc refuses such a function itself.
    pub(crate) fn name_output(
        &self,
        output: &ReturnType,
        receiver: Option<&Lifetime>,
    ) -> Result<Option<Type>, Ambiguous> {
        let ReturnType::Type(_, ty) = output else { return Ok(None) };
        let mut ty = unhidden(ty);
        let mut naming = match (receiver, &*self.inputs) {
            (Some(lifetime), _) | (None, [lifetime]) => NameOutput { name: Some(lifetime), elided: false },
            _ => NameOutput { name: None, elided: false },
        };
        naming.visit_type_mut(&mut ty);
        let ambiguous = naming.elided && naming.name.is_none() && self.inputs.len() > 1;
        if ambiguous { Err(Ambiguous) } else { Ok(Some(ty)) }
    }
}

/// The type with the lifetimes written that it is known to hide.
pub(crate) fn unhidden(ty: &Type) -> Type {
    let mut ty = ty.clone();
    Unhide.visit_type_mut(&mut ty);
    ty
}

/// Writes `Cow<'_, str>` for `Cow<str>`, and the like for other types whose lifetime is known to be hidden.
///
/// Of a type that is not known, it cannot be told whether it has a lifetime.
struct Unhide;

/// Types of the standard library with a lifetime, and how many type arguments they have.
const WITH_A_LIFETIME: &[(&str, usize)] = &[
    ("CharIndices", 0),
    ("Chars", 0),
    ("Cow", 1),
    ("IoSlice", 0),
    ("MutexGuard", 1),
    ("RwLockReadGuard", 1),
    ("RwLockWriteGuard", 1),
];

impl VisitMut for Unhide {
    fn visit_path_segment_mut(&mut self, segment: &mut PathSegment) {
        visit_mut::visit_path_segment_mut(self, segment);
        let Some((_, types)) = WITH_A_LIFETIME.iter().find(|(name, _)| segment.ident == name) else { return };
        let lifetime = GenericArgument::Lifetime(Lifetime::new("'_", Span::mixed_site()));
        match &mut segment.arguments {
            PathArguments::None if *types == 0 => {
                let arguments = parse_quote_spanned!(segment.ident.span()=> <#lifetime>);
                segment.arguments = PathArguments::AngleBracketed(arguments);
            }
            PathArguments::AngleBracketed(arguments)
                if arguments.args.len() == *types
                    && arguments.args.iter().all(|argument| matches!(argument, GenericArgument::Type(_))) =>
            {
                arguments.args.insert(0, lifetime);
            }
            _ => {}
        }
    }

    // Here hidden lifetimes are no trouble.
    fn visit_type_fn_ptr_mut(&mut self, _: &mut TypeFnPtr) {}
    fn visit_parenthesized_generic_arguments_mut(&mut self, _: &mut ParenthesizedGenericArguments) {}
    fn visit_expr_mut(&mut self, _: &mut Expr) {}
    fn visit_macro_mut(&mut self, _: &mut Macro) {}
}

/// The return type elides a lifetime that could be one of several.
#[derive(Debug)]
pub(crate) struct Ambiguous;

/// Names the elided lifetimes of a parameter's type, and adds all of its lifetimes to those of the parameters.
struct NameInput<'a> {
    namer: &'a mut Namer,
    letter: &'static str,
    /// The lifetimes that an enclosing `for<..>` declares, which are none of the function's.
    bound: Vec<Lifetime>,
}

impl NameInput<'_> {
    fn add(&mut self, lifetime: &Lifetime) {
        if !self.bound.contains(lifetime) && !self.namer.inputs.contains(lifetime) {
            self.namer.inputs.push(lifetime.clone());
        }
    }
}

impl VisitMut for NameInput<'_> {
    fn visit_type_reference_mut(&mut self, reference: &mut TypeReference) {
        if reference.lifetime.is_none() {
            let lifetime = self.namer.fresh(self.letter);
            self.add(&lifetime);
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
        self.add(lifetime);
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

    // Inside `fn(..) -> ..` and `Fn(..) -> ..`, elided lifetimes are not those of the function.
    fn visit_type_fn_ptr_mut(&mut self, _: &mut TypeFnPtr) {}
    fn visit_parenthesized_generic_arguments_mut(&mut self, _: &mut ParenthesizedGenericArguments) {}
    // Array lengths and macros have no lifetimes that could be named here.
    fn visit_expr_mut(&mut self, _: &mut Expr) {}
    fn visit_macro_mut(&mut self, _: &mut Macro) {}
}

/// Names the elided lifetimes of the return type, all alike.
struct NameOutput<'a> {
    name: Option<&'a Lifetime>,
    /// Whether there was any.
    elided: bool,
}

impl VisitMut for NameOutput<'_> {
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

    // The same exceptions as in a parameter.
    fn visit_type_fn_ptr_mut(&mut self, _: &mut TypeFnPtr) {}
    fn visit_parenthesized_generic_arguments_mut(&mut self, _: &mut ParenthesizedGenericArguments) {}
    fn visit_expr_mut(&mut self, _: &mut Expr) {}
    fn visit_macro_mut(&mut self, _: &mut Macro) {}
}

/// Gives the `dyn Trait` of a `&'x dyn Trait` a lifetime bound of its own, if it has none.
///
/// Behind the reference its bound is `'x` by default. In the places where a wrapper mentions the `dyn Trait` without
/// the reference, the default would be `'static`.
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
