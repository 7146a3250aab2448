//! The parts that all generated items of a function have in common.
//!
//! Expansions name everything by an absolute path and call trait methods by the name of the trait, so that they compile
//! whatever the user's code imports, shadows or forbids.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::{GenericParam, Generics, Type};

use crate::check::function::{Function, Place};
use crate::emit::bounds::{self, Wrapper};
use crate::emit::copied_attributes::{self, Copied};
use crate::emit::names::Names;
use crate::emit::runtime::runtime;
use crate::emit::tokens::tokens;

/// Writes the generated items of one function.
pub(crate) struct Emitter<'a> {
    pub(crate) function: &'a Function<'a>,
    /// The path of the amorsize crate.
    pub(crate) runtime: TokenStream,
    /// The function as an expression: `f` or `Self::f`, behind it `::<T, N>` if it declares such parameters.
    pub(crate) callee: TokenStream,
    /// `::<T, N>` for a wrapper, or nothing. The type of an `impl Trait` is among these, as a wrapper has a name for it.
    pub(crate) turbofish: TokenStream,
    /// The type of one item.
    pub(crate) item: Type,
    /// The type of one result.
    pub(crate) output: TokenStream,
    pub(crate) names: Names,
}

impl<'a> Emitter<'a> {
    pub(crate) fn new(function: &'a Function<'a>) -> Self {
        let name = &function.sig.ident;
        let runtime = function.options.runtime.as_ref().map_or_else(runtime, ToTokens::to_token_stream);
        let declared = turbofish(&function.annotated.sig.generics);
        let callee = match function.place {
            Place::Companion(_) => tokens!(#name #declared),
            Place::Impl => tokens!(Self::#name #declared),
        };
        let output = function.output.as_ref().map_or_else(|| tokens!(()), ToTokens::to_token_stream);
        let item = function.item.ty();
        let turbofish = turbofish(&function.sig.generics);
        Self { function, runtime, callee, turbofish, item, output, names: Names::new(function) }
    }

    /// Documentation, copied attributes and visibility of a generated function. `more` are attributes of its own.
    pub(crate) fn head(&self, docs: &str, more: &TokenStream) -> TokenStream {
        let attributes = self.own_attributes(&[Copied::Conditions, Copied::Notices, Copied::LintLevels]);
        let vis = &self.function.annotated.vis;
        tokens!(#attributes #[doc = #docs] #more #vis)
    }

    /// Copied attributes for one of several generated items. In a companion there are none: the `enum` and its `impl`
    /// have them, for all items inside.
    ///
    /// rustc warns of all unused items of an `impl` at once, if they have one lint level, and not at all if one of them is
    /// made by a macro. A level of their own keeps the generated methods out of the warning for those around them.
    pub(crate) fn own_attributes(&self, kinds: &[Copied]) -> TokenStream {
        match self.function.place {
            Place::Companion(_) => TokenStream::new(),
            Place::Impl => {
                let copies = kinds.iter().map(|kind| self.copies(*kind));
                copies.chain([tokens!(#[forbid(dead_code)])]).collect()
            }
        }
    }

    pub(crate) fn copies(&self, kind: Copied) -> TokenStream {
        copied_attributes::copies(&self.function.annotated.attrs, kind)
    }

    /// The generic parameters and the where-clause of a wrapper.
    pub(crate) fn generics(&self, wrapper: Wrapper) -> (TokenStream, TokenStream) {
        let generics = bounds::generics(self.function, wrapper);
        (generics.to_token_stream(), generics.where_clause.to_token_stream())
    }

    /// A link to the function, for documentation.
    pub(crate) fn link(&self) -> String {
        let name = &self.function.annotated.sig.ident;
        match self.function.place {
            Place::Companion(_) => format!("[`{name}()`]"),
            Place::Impl => format!("[`{name}()`](Self::{name}())"),
        }
    }
}

/// `::<T, N>` for the type and const parameters, or nothing if there are none.
fn turbofish(generics: &Generics) -> TokenStream {
    let arguments = generics.params.iter().filter_map(|parameter| match parameter {
        GenericParam::Type(parameter) => Some(&parameter.ident),
        GenericParam::Const(parameter) => Some(&parameter.ident),
        GenericParam::Lifetime(_) => None,
    });
    let mut arguments = arguments.peekable();
    if arguments.peek().is_none() { TokenStream::new() } else { tokens!(::<#(#arguments),*>) }
}
