//! The whole expansion of a function.

use proc_macro2::{Ident, TokenStream};

use crate::check::function::{Function, Place};
use crate::emit::copied_attributes::Copied;
use crate::emit::emitter::Emitter;
use crate::emit::tokens::tokens;

/// The unchanged function, followed by what is generated from it.
pub(crate) fn expand(function: &Function<'_>) -> TokenStream {
    let original = &function.annotated.tokens;
    let emitter = Emitter::new(function);
    let generated = match &function.place {
        Place::Companion(name) => companion(&emitter, name),
        Place::Impl => methods(&emitter),
    };
    tokens!(#original #generated)
}

/// The companion of a free function: an `enum` that has the identity and the wrappers as associated items.
fn companion(emitter: &Emitter<'_>, name: &Ident) -> TokenStream {
    let function = &emitter.function.annotated.sig.ident;
    let vis = &emitter.function.annotated.vis;
    let conditions = emitter.copies(Copied::Conditions);
    let notices = emitter.copies(Copied::Notices);
    let lint_levels = emitter.copies(Copied::LintLevels);
    let docs = format!("Maps [`{function}()`] over collections, on as many threads and in such chunks as pay.");
    let id_docs = format!("The stable identity of [`{function}()`]: its name, code, module and package.");
    let runtime = &emitter.runtime;
    let identity = emitter.identity();
    let site = emitter.site(&identity);
    let wrappers = emitter.wrappers();
    let head = tokens!(#conditions #notices #[doc = #docs] #vis);
    let hidden = emitter.hidden_lifetimes(name);
    let body = tokens! {
        #hidden
        #conditions
        #lint_levels
        impl #name {
            #[doc = #id_docs]
            #vis const ID: #runtime::FunctionId = #identity;
            #site
            #wrappers
        }
    };
    // Expands to `#head enum #name {} #body`. Where no enum is allowed, or not by this name, rustc quotes the name of
    // this macro in its error, which tells the user what to write.
    tokens!(#runtime::__private::write_auto_in_impl_or_in_trait_on_an_associated_function__or_auto_companion_where_the_name_is_taken! { { #head } #name { #body } })
}

/// The wrappers and the identity of a method or an associated function, to stand beside it.
fn methods(emitter: &Emitter<'_>) -> TokenStream {
    let identity = emitter.identity();
    let site = emitter.site(&identity);
    let wrappers = emitter.wrappers();
    if emitter.function.options.in_trait {
        // There is no `dyn Trait` of a trait with a constant.
        return tokens!(#site #wrappers);
    }
    let (id, runtime) = (&emitter.names.id, &emitter.runtime);
    let docs = format!("The stable identity of {}: its name, code, module and package.", emitter.link());
    let head = emitter.head(&docs, &TokenStream::new());
    tokens!(#site #head const #id: #runtime::FunctionId = #identity; #wrappers)
}
