//! A function that can be mapped, described by what its wrappers depend on.

use proc_macro2::{Ident, Span};
use syn::spanned::Spanned;
use syn::token::Paren;
use syn::{Expr, GenericParam, Lifetime, Signature, Token, Type, TypeParen, TypeReference};

use crate::parse::item::AnnotatedFn;
use crate::parse::options::Options;

/// A function that can be mapped. In its types every elided lifetime has a name.
pub(crate) struct Function<'a> {
    pub(crate) annotated: &'a AnnotatedFn,
    pub(crate) options: &'a Options,
    /// Its signature, with a type parameter for each `impl Trait` in a parameter.
    pub(crate) sig: Signature,
    pub(crate) place: Place,
    pub(crate) receiver: Option<SelfParam>,
    pub(crate) item: ItemParam,
    pub(crate) context: Vec<ContextParam>,
    /// Those of `scratch(..)`, in the order of the parameters.
    pub(crate) scratches: Vec<ScratchParam>,
    /// The return type; `None` if it is left out.
    pub(crate) output: Option<Type>,
    /// The names given to elided lifetimes.
    pub(crate) lifetimes: Vec<Lifetime>,
}

/// Where the wrappers go.
pub(crate) enum Place {
    /// For a free function: into an `impl` of the companion, an `enum` of this name.
    Companion(Ident),
    /// For a method or an associated function: beside it, in the same `impl` or trait.
    Impl,
}

/// The receiver `&'r self`.
pub(crate) struct SelfParam {
    pub(crate) lifetime: Lifetime,
    pub(crate) token: Token![self],
}

/// The first parameter: the type of one item, and so what collections the wrappers take.
pub(crate) enum ItemParam {
    /// `T`, from any collection of `T`.
    Value(Type),
    /// `&'x T`, from anything that lends a `&'x T` for each item.
    Lent {
        lifetime: Lifetime,
        referent: Type,
        /// Whether nothing else in the signature mentions `'x`, so that each item may be lent for its own call only.
        independent: bool,
    },
    /// `&'x T` where `T` is a type parameter, from a `&'x [T]`: with any other element type, `T` could not be inferred.
    LentExactly { lifetime: Lifetime, referent: Type },
    /// `&'x mut T`, from anything that lends a `&'x mut T` for each item.
    Rows { lifetime: Lifetime, referent: Type },
    /// `&'x mut T` where `T` is a type parameter, from a `&'x mut [T]`.
    RowsExactly { lifetime: Lifetime, referent: Type },
}

/// A parameter after the first that is no scratch: its argument is the same for all items.
pub(crate) struct ContextParam {
    /// Its name in the wrappers.
    pub(crate) name: Ident,
    /// Its name in the function, if the wrappers use another. The option `key(..)` uses this one.
    pub(crate) alias: Option<Ident>,
    pub(crate) ty: Type,
    pub(crate) by_reference: bool,
}

/// A parameter of which each thread has one of its own.
pub(crate) struct ScratchParam {
    /// Its place among the parameters after the first.
    pub(crate) index: usize,
    /// Its name in the wrappers.
    pub(crate) name: Ident,
    /// Makes one.
    pub(crate) new: Expr,
    /// The type behind `&mut`.
    pub(crate) referent: Type,
}

impl Function<'_> {
    /// Whether it has type or const parameters, or an `impl Trait` that stands for one.
    pub(crate) fn is_generic(&self) -> bool {
        self.sig.generics.params.iter().any(|parameter| !matches!(parameter, GenericParam::Lifetime(_)))
    }

    /// Whether a parameter has an `impl Trait`.
    pub(crate) fn has_impl_traits(&self) -> bool {
        self.sig.generics.params.len() > self.annotated.sig.generics.params.len()
    }
}

impl ItemParam {
    /// The type of one item.
    pub(crate) fn ty(&self) -> Type {
        let (lifetime, referent, mutability) = match self {
            Self::Value(ty) => return ty.clone(),
            Self::Lent { lifetime, referent, .. } | Self::LentExactly { lifetime, referent } => {
                (lifetime, referent, None)
            }
            Self::Rows { lifetime, referent } | Self::RowsExactly { lifetime, referent } => {
                (lifetime, referent, Some(Token![mut](Span::mixed_site())))
            }
        };
        // `&'x dyn Trait + 'd` is a syntax error: it has to be `&'x (dyn Trait + 'd)`.
        let elem = match referent {
            Type::TraitObject(object) if object.bounds.len() > 1 => Type::Paren(TypeParen {
                attrs: Vec::new(),
                paren_token: Paren(Span::mixed_site()),
                elem: Box::new(referent.clone()),
            }),
            _ => referent.clone(),
        };
        Type::Reference(TypeReference {
            attrs: Vec::new(),
            and_token: Token![&](referent.span()),
            lifetime: Some(lifetime.clone()),
            mutability,
            elem: Box::new(elem),
        })
    }
}
