//! The pieces that the generated functions are made of.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote_spanned};
use syn::Expr;
use syn::ext::IdentExt;

use crate::check::analyse::{Context, Elements, Function, Place};
use crate::emit::bounds::depends_on_a_parameter;
use crate::emit::wrapper::Wrapper;

/// `quote!` whose local names are invisible to the user's code, and whose edition is that of this crate.
macro_rules! tokens {
    ($($token:tt)*) => { ::quote::quote_spanned!(::proc_macro2::Span::mixed_site()=> $($token)*) };
}
pub(crate) use tokens;

/// What the generated functions are called.
pub(crate) struct Names {
    pub(crate) map: Ident,
    pub(crate) for_each: Ident,
    pub(crate) on: Ident,
    pub(crate) stream: Ident,
    pub(crate) site: Ident,
}

impl Wrapper<'_> {
    /// The parameters of `map` and `on`.
    pub(crate) fn parameters(&self) -> TokenStream {
        let runtime = &self.runtime;
        let items = match &self.function.elements {
            Elements::Values(ty) => tokens!(impl #runtime::Items<#ty>),
            Elements::Lent { slice, lifetime, of, .. } => {
                tokens!(&#slice [impl #runtime::Lend<#slice, #lifetime, #of> + ::core::marker::Sync])
            }
            Elements::Exact { lifetime, of } => tokens!(&#lifetime [#of]),
            Elements::Rows { lifetime, of } => {
                tokens!(&#lifetime mut [impl ::core::borrow::BorrowMut<#of> + ::core::marker::Send])
            }
            Elements::ExactRows { lifetime, of } => tokens!(&#lifetime mut [#of]),
        };
        self.parameters_with(&items)
    }

    pub(crate) fn parameters_with(&self, items: &TokenStream) -> TokenStream {
        let this = self.function.receiver.iter().map(|this| {
            let (lifetime, token) = (&this.lifetime, &this.token);
            tokens!(&#lifetime #token,)
        });
        let context = self.function.context.iter().map(|Context { name, ty, .. }| tokens!(#name: #ty));
        tokens!(#(#this)* items: #items #(, #context)*)
    }

    /// The same, handed on.
    pub(crate) fn arguments(&self) -> TokenStream {
        let this = self.function.receiver.iter().map(|this| &this.token);
        let context = self.function.context.iter().map(|context| &context.name);
        tokens!(#(#this,)* items #(, #context)*)
    }

    /// The collection that the runtime runs over.
    pub(crate) fn items(&self) -> TokenStream {
        let runtime = &self.runtime;
        match &self.function.elements {
            Elements::Values(_) => tokens!(items),
            Elements::Lent { of, .. } | Elements::Exact { of, .. } => {
                tokens!(#runtime::__private::lent::<_, #of>(items))
            }
            Elements::Rows { of, .. } | Elements::ExactRows { of, .. } => {
                tokens!(#runtime::__private::rows::<_, #of>(items))
            }
        }
    }

    /// What is remembered of this function; computed before any context moves.
    pub(crate) fn tuned(&self) -> TokenStream {
        let Self { runtime, turbofish, callee, function, .. } = self;
        let site = &self.names.site;
        let key = &function.options.key;
        let told_apart = function.is_generic() || matches!(function.place, Place::Impl);
        if !told_apart && key.is_empty() {
            return tokens!(let tuned = #runtime::__private::Site::tuned(Self::#site()););
        }
        let instantiation =
            if told_apart { tokens!(::core::any::type_name_of_val(&#callee #turbofish)) } else { tokens!("") };
        let key = if key.is_empty() {
            tokens!(0)
        } else {
            let alias =
                |Context { name, alias, .. }: &Context| alias.as_ref().map(|alias| tokens!(let #alias = &#name;));
            let aliases: Vec<_> = function.context.iter().filter_map(alias).collect();
            let parts = key.iter().map(|part| self.key_part(part));
            let key = tokens!(#runtime::__private::key(&[#(#parts),*]));
            if aliases.is_empty() { key } else { tokens!({ #(#aliases)* #key }) }
        };
        tokens!(let tuned = #runtime::__private::Site::instance(Self::#site(), #instantiation, #key);)
    }

    /// `&(part) as &dyn KeyPart`, all of it where the user wrote the part: that is where it fails.
    pub(crate) fn key_part(&self, part: &Expr) -> TokenStream {
        let runtime = &self.runtime;
        let mut spans = part.to_token_stream().into_iter().map(|token| Span::mixed_site().located_at(token.span()));
        let Some(first) = spans.next() else { return TokenStream::new() };
        let and = quote_spanned!(first=> &);
        let Some(last) = spans.last() else { return tokens!(#and #part as &dyn #runtime::KeyPart) };
        let mut group = Group::new(Delimiter::Parenthesis, part.to_token_stream());
        group.set_span(last);
        tokens!(#and #group as &dyn #runtime::KeyPart)
    }

    /// Asks that an item can go to another thread. In the user's own type, so that a missing bound is one error there:
    /// the same one wherever it is asked.
    pub(crate) fn check_item(&self) -> TokenStream {
        let Self { runtime, item, .. } = self;
        if depends_on_a_parameter(item, self.function) {
            return TokenStream::new();
        }
        tokens!(#runtime::__private::item::<#item>();)
    }

    /// Asks that a result can come from another thread.
    pub(crate) fn check_output(&self) -> TokenStream {
        let runtime = &self.runtime;
        match &self.function.output {
            Some(output) if !depends_on_a_parameter(output, self.function) => {
                tokens!(#runtime::__private::result::<#output>();)
            }
            _ => TokenStream::new(),
        }
    }

    /// Asks that each context can be shared.
    pub(crate) fn shared(&self) -> TokenStream {
        let runtime = &self.runtime;
        let one = |Context { name, ty, .. }: &Context| tokens!(let #name = #runtime::__private::shared::<#ty>(#name););
        self.function.context.iter().map(one).collect()
    }

    /// The call for one item.
    pub(crate) fn call(&self, item: &TokenStream) -> TokenStream {
        let Self { callee, turbofish, function, .. } = self;
        let this = function.receiver.iter().map(|this| &this.token);
        let context = function.context.iter().map(|Context { name, ty, by_reference, .. }| {
            if *by_reference { name.to_token_stream() } else { tokens!(<#ty as ::core::clone::Clone>::clone(&#name)) }
        });
        tokens!(#callee #turbofish(#(#this,)* #item #(, #context)*))
    }
}

impl Names {
    pub(crate) fn new(function: &Function<'_>) -> Self {
        let name = function.item.sig.ident.unraw();
        let span = Span::mixed_site().located_at(name.span());
        let named = |suffix: &str| match function.place {
            Place::Companion(_) => Ident::new(suffix, span),
            Place::Impl => format_ident!("{name}_{suffix}", span = span),
        };
        let site = match function.place {
            Place::Companion(_) => Ident::new("__amorsize_site", span),
            Place::Impl => format_ident!("__amorsize_site_of_{name}", span = span),
        };
        Self { map: named("map"), for_each: named("for_each"), on: named("on"), stream: named("stream"), site }
    }
}
