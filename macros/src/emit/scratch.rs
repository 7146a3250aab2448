//! What makes the scratches of a run, and the function that is called with them.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::spanned::Spanned;

use crate::check::function::ContextParam;
use crate::emit::bounds::any_name;
use crate::emit::emitter::Emitter;
use crate::emit::tokens::tokens;

impl Emitter<'_> {
    /// The type of the function of a run over such items.
    pub(crate) fn function_type(&self, item: &TokenStream) -> TokenStream {
        let Self { runtime, output, function, .. } = self;
        if function.scratches.is_empty() {
            return tokens!(impl ::core::ops::Fn(#item) -> #output);
        }
        tokens!(impl #runtime::MapFn<#item, Output = #output>)
    }

    /// `move |item| call`, or where there are scratches what makes them and `move |item, scratch| call`: the last arguments of
    /// a function of the runtime.
    pub(crate) fn closures(&self, call: &TokenStream) -> TokenStream {
        let scratches = &self.function.scratches;
        if scratches.is_empty() {
            return tokens!(move |item| #call);
        }
        let names: Vec<&Ident> = scratches.iter().map(|scratch| &scratch.name).collect();
        let new = self.new_scratches();
        tokens!(#new, move |item, scratch| {
            let (#(#names,)*) = scratch;
            #call
        })
    }

    /// A closure that makes a tuple of the scratches. Context by value, if it is used in it, is cloned before.
    fn new_scratches(&self) -> TokenStream {
        let scratches = &self.function.scratches;
        let all: TokenStream = scratches.iter().map(|scratch| scratch.new.to_token_stream()).collect();
        let is_used = |name: &Ident| any_name(all.clone(), &|other| other == name);
        let clones = self.function.context.iter().filter_map(|ContextParam { name, alias, ty, by_reference }| {
            let known_as = alias.as_ref().unwrap_or(name);
            if !is_used(known_as) {
                None
            } else if !by_reference {
                Some(tokens!(let #known_as = <#ty as ::core::clone::Clone>::clone(&#name);))
            } else {
                alias.as_ref().map(|alias| tokens!(let #alias = #name;))
            }
        });
        let clones: Vec<TokenStream> = clones.collect();
        // rustc points at the expression where what it makes cannot be sent to another thread.
        let made = scratches.iter().map(|scratch| {
            let (runtime, new) = (&self.runtime, &scratch.new);
            quote_spanned!(Span::mixed_site().located_at(new.span())=> #runtime::__private::scratch(#new))
        });
        let closure = tokens!(move || (#(#made,)*));
        if clones.is_empty() { closure } else { tokens!({ #(#clones)* #closure }) }
    }
}
