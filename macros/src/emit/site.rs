//! The site of a function: the static that plans and counters hang on. Its identity, and how wrappers get at it.

use proc_macro2::{Delimiter, Group, Ident, Literal, Span, TokenStream};
use quote::{ToTokens, format_ident, quote_spanned};
use syn::ext::IdentExt;
use syn::{Expr, Path};

use crate::check::function::{ContextParam, Place};
use crate::emit::bounds::sized;
use crate::emit::copied_attributes::Copied;
use crate::emit::emitter::Emitter;
use crate::emit::identity;
use crate::emit::opt_level::opt_level;
use crate::emit::tokens::tokens;

impl Emitter<'_> {
    /// The identity of the function, as a constant expression.
    pub(crate) fn identity(&self) -> TokenStream {
        identity_of(&self.runtime, identity::digest(self.function.annotated), &self.function.options.depends)
    }

    /// A function that returns the site. The static is inside of it, and so is not generic: all instantiations share
    /// it.
    pub(crate) fn site(&self, identity: &TokenStream) -> TokenStream {
        let attributes = self.own_attributes(&[Copied::Conditions, Copied::LintLevels]);
        let runtime = &self.runtime;
        let site = &self.names.site;
        let text = self.function.annotated.sig.ident.unraw().to_string();
        let opt_level = Literal::byte_character(opt_level());
        let ttl = self.function.options.ttl.map(|seconds| {
            let seconds = Literal::u64_unsuffixed(seconds);
            tokens!(.ttl(#seconds))
        });
        let memory = self.function.options.memory.map(memory_of);
        let rigor = self.function.options.rigor.as_ref().map(|rigor| rigor_of(runtime, rigor));
        let blocking = self.function.options.blocking.then(|| tokens!(.blocking()));
        let bounds = self.function.options.in_trait.then(sized).map(|sized| tokens!(where #sized));
        let site = tokens! {
            #attributes
            #[inline]
            fn #site() -> &'static #runtime::__private::Site #bounds {
                fn inside() -> &'static ::core::primitive::str {
                    ::core::any::type_name_of_val(&inside)
                }
                static SITE: #runtime::__private::Site = #runtime::__private::Site::new(
                    #identity,
                    #text,
                    ::core::module_path!(),
                    #runtime::__private::build!(#opt_level),
                )#ttl #memory #rigor #blocking.inside(inside);
                #runtime::__private::register!(SITE);
                &SITE
            }
        };
        match self.function.place {
            Place::Impl if !self.function.options.in_trait => {
                tokens!(#runtime::__private::write_auto_in_trait_on_a_default_method__and_from_a_method_of_a_trait_impl_call_an_annotated_function! { #site })
            }
            _ => site,
        }
    }

    /// `let tuned = ..;`: the plans of the site for this call. They are looked up by the key, which may use context by
    /// value, so this comes before anything that moves the context.
    pub(crate) fn let_tuned(&self) -> TokenStream {
        let Self { runtime, callee, function, .. } = self;
        let site = &self.names.site;
        let key = &function.options.key;
        // The function itself may be generic, or the `impl` around it.
        let may_be_generic = function.is_generic() || matches!(function.place, Place::Impl);
        if !may_be_generic && key.is_empty() {
            return tokens!(let tuned = #runtime::__private::Site::tuned(Self::#site()););
        }
        let callee = if function.has_impl_traits() { &tokens!(function) } else { callee };
        let instantiation = if may_be_generic {
            tokens!(#runtime::__private::Instantiation::new(
                ::core::any::type_name_of_val(&#callee),
                #callee as *const (),
            ))
        } else {
            tokens!(#runtime::__private::Instantiation::ONLY)
        };
        let key = if key.is_empty() { tokens!(0) } else { self.key() };
        let let_function = self.let_function();
        tokens!(#let_function let tuned = #runtime::__private::Site::instance(Self::#site(), #instantiation, #key);)
    }

    /// The same for a stream, of which nothing is kept.
    pub(crate) fn let_tuned_for_stream(&self) -> TokenStream {
        let Self { runtime, names, .. } = self;
        let (site, let_function) = (&names.site, self.let_function());
        tokens!(#let_function let tuned = #runtime::__private::Site::tuned(Self::#site());)
    }

    /// `let function = ..;`, if there are type arguments that stand for an `impl Trait`: these cannot be written, and are
    /// inferred from the call of this variable.
    fn let_function(&self) -> TokenStream {
        let callee = &self.callee;
        if self.function.has_impl_traits() { tokens!(let function = #callee;) } else { TokenStream::new() }
    }

    /// The value of the option `key(..)`.
    fn key(&self) -> TokenStream {
        let Self { runtime, function, .. } = self;
        let key_parts = &function.options.key;
        let alias =
            |ContextParam { name, alias, .. }: &ContextParam| alias.as_ref().map(|alias| tokens!(let #alias = &#name;));
        let aliases: Vec<_> = function.context.iter().filter_map(alias).collect();
        let key = key_of(runtime, key_parts);
        if aliases.is_empty() { key } else { tokens!({ #(#aliases)* #key }) }
    }
}

/// An identity of which this is the digest, as a constant expression.
pub(crate) fn identity_of(runtime: &TokenStream, digest: [u64; 4], depends: &[Path]) -> TokenStream {
    let words = digest.map(hexadecimal);
    let depends = depends.iter().map(id_of);
    tokens! {
        #runtime::__private::identify(
            [#(#words),*],
            match ::core::option_env!("CARGO_PKG_NAME") {
                ::core::option::Option::Some(name) => name,
                ::core::option::Option::None => "",
            },
            ::core::module_path!(),
            &[#(#depends),*],
        )
    }
}

/// What the option `rigor = ".."` adds to a site.
pub(crate) fn rigor_of(runtime: &TokenStream, rigor: &Ident) -> TokenStream {
    tokens!(.rigor(#runtime::__private::Rigor::#rigor))
}

/// What the option `memory = ".."` adds to a site.
pub(crate) fn memory_of(bytes: u64) -> TokenStream {
    let bytes = Literal::u64_unsuffixed(bytes);
    tokens!(.memory(#bytes))
}

/// The value of the option `key(..)`.
pub(crate) fn key_of(runtime: &TokenStream, parts: &[Expr]) -> TokenStream {
    let parts = parts.iter().map(|part| key_part(runtime, part));
    tokens!(#runtime::__private::key(&[#(#parts),*]))
}

/// `&(part) as &dyn KeyPart`. The added tokens have the location of `part`, so that rustc points there if its type
/// cannot be part of a key.
fn key_part(runtime: &TokenStream, part: &Expr) -> TokenStream {
    let mut spans = part.to_token_stream().into_iter().map(|token| Span::mixed_site().located_at(token.span()));
    let Some(first) = spans.next() else { return TokenStream::new() };
    let and = quote_spanned!(first=> &);
    let Some(last) = spans.last() else { return tokens!(#and #part as &dyn #runtime::KeyPart) };
    let mut group = Group::new(Delimiter::Parenthesis, part.to_token_stream());
    group.set_span(last);
    tokens!(#and #group as &dyn #runtime::KeyPart)
}

/// The identity of a function that `depends(..)` names: `f::ID`, or `S::f_ID` for a method. What stands before the name is
/// taken for a type if it begins like one.
fn id_of(path: &Path) -> TokenStream {
    let mut segments = path.segments.iter().rev();
    let (Some(last), owner) = (segments.next(), segments.next()) else { return TokenStream::new() };
    let is_type = |name: &Ident| name.unraw().to_string().starts_with(char::is_uppercase);
    if !owner.is_some_and(|owner| is_type(&owner.ident)) {
        return tokens!(#path::ID);
    }
    let mut path = path.clone();
    if let Some(segment) = path.segments.last_mut() {
        segment.ident = format_ident!("{}_ID", last.ident.unraw(), span = last.ident.span());
    }
    path.to_token_stream()
}

fn hexadecimal(word: u64) -> Literal {
    format!("{word:#018x}").parse().expect("a literal")
}
