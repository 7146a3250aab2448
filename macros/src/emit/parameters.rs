//! The parameters of the wrappers, and how their bodies use them.

use proc_macro2::{Ident, TokenStream};
use quote::ToTokens;
use syn::{ReturnType, Type};

use crate::check::function::{ContextParam, ItemParam};
use crate::check::lifetimes::unhidden;
use crate::check::signature::{has_unknown, parameters};
use crate::emit::bounds::depends_on_a_parameter;
use crate::emit::copied_attributes::Copied;
use crate::emit::emitter::Emitter;
use crate::emit::tokens::tokens;

impl Emitter<'_> {
    /// The parameters of every wrapper but the stream.
    pub(crate) fn parameters(&self) -> TokenStream {
        let runtime = &self.runtime;
        let items = match &self.function.item {
            ItemParam::Value(ty) => tokens!(impl #runtime::Items<#ty>),
            ItemParam::Lent { lifetime, referent, .. } => tokens!(impl #runtime::LendAll<#lifetime, #referent>),
            ItemParam::LentExactly { lifetime, referent } => tokens!(&#lifetime [#referent]),
            ItemParam::Rows { lifetime, referent } => tokens!(impl #runtime::LendAllMut<#lifetime, #referent>),
            ItemParam::RowsExactly { lifetime, referent } => tokens!(&#lifetime mut [#referent]),
        };
        self.parameters_with(&items)
    }

    /// The parameters, where `items` has this type.
    pub(crate) fn parameters_with(&self, items: &TokenStream) -> TokenStream {
        let receiver = self.function.receiver.iter().map(|receiver| {
            let (lifetime, token) = (&receiver.lifetime, &receiver.token);
            tokens!(&#lifetime #token,)
        });
        let context = self.function.context.iter().map(|ContextParam { name, ty, .. }| tokens!(#name: #ty));
        tokens!(#(#receiver)* items: #items #(, #context)*)
    }

    /// The parameters as the arguments of another wrapper.
    pub(crate) fn arguments(&self) -> TokenStream {
        let receiver = self.function.receiver.iter().map(|receiver| &receiver.token);
        let context = self.function.context.iter().map(|context| &context.name);
        tokens!(#(#receiver,)* items #(, #context)*)
    }

    /// The parameter `items` as a collection of the runtime.
    pub(crate) fn collection(&self) -> TokenStream {
        let runtime = &self.runtime;
        match &self.function.item {
            ItemParam::Value(_) => tokens!(items),
            ItemParam::Lent { lifetime, referent, .. } => {
                tokens!(#runtime::LendAll::<#lifetime, #referent>::lend_all(items))
            }
            ItemParam::Rows { lifetime, referent } => {
                tokens!(#runtime::LendAllMut::<#lifetime, #referent>::lend_all_mut(items))
            }
            ItemParam::LentExactly { referent, .. } => tokens!(<[#referent]>::iter(items)),
            ItemParam::RowsExactly { referent, .. } => tokens!(<[#referent]>::iter_mut(items)),
        }
    }

    /// An item that is an error where a type hides a lifetime: in the header of an `impl`, rustc says to write `W<'_>`.
    /// What it says of the wrappers, whose lifetimes need names, tells nobody what to do. Only where nothing is generic.
    pub(crate) fn hidden_lifetimes(&self, companion: &Ident) -> TokenStream {
        let sig = &self.function.sig;
        let types = parameters(sig).into_iter().map(|parameter| &*parameter.ty);
        let output = match &sig.output {
            ReturnType::Default => None,
            ReturnType::Type(_, ty) => Some(&**ty),
        };
        let types = types.take(1).chain(output).map(unhidden).filter(|ty| has_unknown(ty, sig));
        let types: Vec<Type> = types.collect();
        if types.is_empty() || !sig.generics.params.is_empty() {
            return TokenStream::new();
        }
        let conditions = self.copies(Copied::Conditions);
        let lint_levels = self.copies(Copied::LintLevels);
        let runtime = &self.runtime;
        tokens!(#conditions #lint_levels impl #runtime::__private::Mentions<(#(*const #types,)*)> for #companion {})
    }

    /// A statement that compiles only if items can be sent to other threads. If they cannot, rustc reports the user's
    /// own type, and does so once although several wrappers have this statement.
    pub(crate) fn assert_item_send(&self) -> TokenStream {
        let Self { runtime, item, .. } = self;
        if depends_on_a_parameter(item, self.function) {
            return TokenStream::new();
        }
        tokens!(#runtime::__private::item::<#item>();)
    }

    /// A statement that compiles only if results can be sent to other threads.
    pub(crate) fn assert_output_send(&self) -> TokenStream {
        let runtime = &self.runtime;
        match &self.function.output {
            Some(output) if !depends_on_a_parameter(output, self.function) => {
                tokens!(#runtime::__private::result::<#output>();)
            }
            _ => TokenStream::new(),
        }
    }

    /// Statements that compile only if several threads can share each context.
    pub(crate) fn assert_context_sync(&self) -> TokenStream {
        let runtime = &self.runtime;
        let one = |context: &ContextParam| {
            let ContextParam { name, ty, .. } = context;
            tokens!(let #name = #runtime::__private::shared::<#ty>(#name);)
        };
        self.function.context.iter().map(one).collect()
    }

    /// The call of the function for one item. Context by value is cloned for each call.
    pub(crate) fn call(&self, item: &TokenStream) -> TokenStream {
        let function = self.function;
        let callee = if function.has_impl_traits() { &tokens!(function) } else { &self.callee };
        let receiver = function.receiver.iter().map(|receiver| &receiver.token);
        let context = function.context.iter().map(|ContextParam { name, ty, by_reference, .. }| {
            if *by_reference { name.to_token_stream() } else { tokens!(<#ty as ::core::clone::Clone>::clone(&#name)) }
        });
        let mut context: Vec<TokenStream> = context.collect();
        for scratch in &function.scratches {
            context.insert(scratch.index, scratch.name.to_token_stream());
        }
        tokens!(#callee(#(#receiver,)* #item #(, #context)*))
    }
}
