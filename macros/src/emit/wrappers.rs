//! The wrappers: the generated functions `map`, `for_each`, `on` and `stream`.

use proc_macro2::{Ident, Span, TokenStream};
use quote::ToTokens;
use syn::{GenericParam, Lifetime, LifetimeParam, Type, parse_quote_spanned};

use crate::check::function::{ItemParam, Place};
use crate::check::signature::{has_unknown, is_unknown};
use crate::emit::bounds::{self, Wrapper};
use crate::emit::copied_attributes::Copied;
use crate::emit::emitter::Emitter;
use crate::emit::names::Names;
use crate::emit::tokens::tokens;

impl Emitter<'_> {
    /// All wrappers.
    pub(crate) fn wrappers(&self) -> TokenStream {
        let map = self.map();
        let for_each = self.for_each();
        let on = self.on();
        let stream = self.stream();
        tokens!(#map #for_each #on #stream)
    }

    /// `map`: the results, in the order of the items.
    fn map(&self) -> TokenStream {
        let Names { map, on, .. } = &self.names;
        let docs = format!("The results of {} for each item, in order.", self.link());
        let must_use = self.copies(Copied::MustUse);
        let head = self.head(&docs, &tokens!(#must_use #[inline]));
        let (generics, bounds) = self.generics(Wrapper::Map);
        let (parameters, arguments) = (self.parameters(), self.arguments());
        let assert_output = self.assert_output_send();
        let Self { runtime, turbofish, output, .. } = self;
        tokens! {
            #head fn #map #generics(#parameters) -> #runtime::__private::Vec<#output> #bounds {
                #assert_output
                #runtime::Run::map::<#output>(Self::#on #turbofish(#arguments))
            }
        }
    }

    /// `for_each`, for a function that returns `()`.
    ///
    /// Where the return type may be another name of `()`, and in companions, it is there too, and asks for `()` where it is
    /// called: without it, rustc would say that the companion is not an iterator.
    fn for_each(&self) -> TokenStream {
        match &self.function.output {
            None => {}
            Some(Type::Tuple(tuple)) if tuple.elems.is_empty() => {}
            Some(output) => {
                let sig = &self.function.sig;
                let in_companion = matches!(self.function.place, Place::Companion(_));
                // The item's type may lack a lifetime, and then each wrapper is an error more.
                let may_be_named = in_companion && !has_unknown(&self.item, sig);
                return if is_unknown(output, sig) || may_be_named {
                    self.for_each_of_unit(output)
                } else {
                    TokenStream::new()
                };
            }
        }
        let Names { for_each, on, .. } = &self.names;
        let docs = format!("Calls {} for each item.", self.link());
        let head = self.head(&docs, &tokens!(#[inline]));
        let (generics, bounds) = self.generics(Wrapper::ForEach);
        let (parameters, arguments) = (self.parameters(), self.arguments());
        let Self { runtime, turbofish, .. } = self;
        tokens! {
            #head fn #for_each #generics(#parameters) #bounds {
                #runtime::Run::for_each(Self::#on #turbofish(#arguments));
            }
        }
    }

    /// `for_each` with a bound that the return type is `()`.
    fn for_each_of_unit(&self, output: &Type) -> TokenStream {
        let for_each = &self.names.for_each;
        let docs = format!("Calls {} for each item. It has to return `()`.", self.link());
        let may_be_unit = is_unknown(output, &self.function.sig);
        let hidden = (!may_be_unit).then(|| tokens!(#[doc(hidden)]));
        let head = self.head(&docs, &tokens!(#hidden #[inline]));
        let mut generics = bounds::generics(self.function, Wrapper::On);
        // With a lifetime of the wrapper in it, rustc checks the bound where the wrapper is called, and not here.
        let lifetime = Lifetime::new("'__amorsize_call", Span::mixed_site());
        let runtime = &self.runtime;
        let bound = parse_quote_spanned!(Span::mixed_site()=> #runtime::__private::Nothing<#lifetime>);
        bounds::add(&mut generics, output, bound);
        generics.params.insert(0, GenericParam::Lifetime(LifetimeParam::new(lifetime)));
        let bounds = &generics.where_clause;
        let parameters = self.parameters();
        let before = self.before_a_run();
        let call = self.call(&tokens!(item));
        let run = self.run(&tokens!({ let _ = #call; }));
        tokens! {
            #head fn #for_each #generics(#parameters) #bounds {
                #before
                #runtime::Run::for_each(#run);
            }
        }
    }

    /// Statements that come before a run.
    fn before_a_run(&self) -> TokenStream {
        let (assert_item, let_tuned, assert_context) =
            (self.assert_item_send(), self.let_tuned(), self.assert_context_sync());
        tokens!(#assert_item #let_tuned #assert_context)
    }

    /// A run of `call` over the items, with the choices that the options make.
    fn run(&self, call: &TokenStream) -> TokenStream {
        let (runtime, collection, options) = (&self.runtime, self.collection(), self.function.options);
        let closures = self.closures(call);
        let run = if self.function.scratches.is_empty() { tokens!(run) } else { tokens!(run_with_scratch) };
        let mut run = tokens!(#runtime::__private::#run(tuned, #collection, #closures));
        if let Some(n) = &options.n_jobs {
            run = tokens!(#runtime::Run::n_jobs(#run, #n));
        }
        if let Some(n) = &options.chunksize {
            run = tokens!(#runtime::Run::chunksize(#run, #n));
        }
        if options.uncached {
            run = tokens!(#runtime::Run::use_cache(#run, false));
        }
        run
    }

    /// `on`: a run whose options the caller may set before starting it. `map` and `for_each` call it.
    fn on(&self) -> TokenStream {
        let on = &self.names.on;
        let docs = format!("A run of {} over the items: choices first, then a terminal such as `.map()`.", self.link());
        let head = self.head(&docs, &tokens!(#[inline]));
        let (generics, bounds) = self.generics(Wrapper::On);
        let parameters = self.parameters();
        let before = self.before_a_run();
        let run = self.run(&self.call(&tokens!(item)));
        let Self { runtime, item, .. } = self;
        let function = self.function_type(&item.to_token_stream());
        // Of a function of a trait, nothing more is known than what is written.
        let and_sync = self.function.options.in_trait.then(|| tokens!(+ ::core::marker::Sync));
        tokens! {
            #head fn #on #generics(#parameters)
                -> #runtime::Run<#item, impl #runtime::Items<#item>, #function #and_sync>
            #bounds
            {
                #before
                #run
            }
        }
    }

    /// `stream`: an iterator over the results for the items of an iterator.
    fn stream(&self) -> TokenStream {
        let stream = &self.names.stream;
        let docs = format!(
            "Maps {} over an iterator that need not have a length: in order, in bounded memory, tuned while it runs.",
            self.link()
        );
        let head = self.head(&docs, &TokenStream::new());
        let Self { runtime, item, output, .. } = self;
        // With names, and not as `impl Trait`, so that the stream has a length where the iterator has one.
        let (iterator, owner) = (mixed("__AmorsizeIterator"), mixed("__AmorsizeItem"));
        let mut generics = bounds::generics(self.function, Wrapper::Stream);
        let (element, argument, assert_item) = match &self.function.item {
            // Each item need only live for its own call. So the iterator may also yield owned values, such as a
            // `String` for a function of `&str`.
            ItemParam::Lent { independent: true, referent, .. } => {
                let bounds = tokens!(::core::borrow::Borrow<#referent> + ::core::marker::Send);
                generics.params.push(parse_quote_spanned!(Span::mixed_site()=> #owner: #bounds));
                let argument = tokens!(::core::borrow::Borrow::<#referent>::borrow(&item));
                (owner.to_token_stream(), argument, TokenStream::new())
            }
            _ => (item.to_token_stream(), tokens!(item), self.assert_item_send()),
        };
        generics.params.push(parse_quote_spanned!(Span::mixed_site()=> #iterator: ::core::iter::Iterator));
        let bounds = &generics.where_clause;
        let (assert_output, let_tuned, assert_context) =
            (self.assert_output_send(), self.let_tuned_for_stream(), self.assert_context_sync());
        let call = self.call(&argument);
        let parameters =
            self.parameters_with(&tokens!(impl ::core::iter::IntoIterator<Item = #element, IntoIter = #iterator>));
        let closures = self.closures(&call);
        let mut made = if self.function.scratches.is_empty() {
            tokens!(#runtime::__private::stream::<#element, #output, _, _>(tuned, items, #closures))
        } else {
            let function = tokens!(#runtime::__private::with_scratch::<#element, #output, _, _, _>(#closures));
            tokens!(#runtime::__private::stream::<#element, #output, _, _>(tuned, items, #function))
        };
        let options = self.function.options;
        if let Some(n) = &options.n_jobs {
            made = tokens!(#runtime::Stream::n_jobs(#made, #n));
        }
        if let Some(n) = &options.chunksize {
            made = tokens!(#runtime::Stream::chunksize(#made, #n));
        }
        tokens! {
            #head fn #stream #generics(#parameters)
                -> #runtime::Stream<#iterator, impl ::core::ops::Fn(#element) -> #output, #output> #bounds {
                #assert_item
                #assert_output
                #let_tuned
                #assert_context
                #made
            }
        }
    }
}

fn mixed(name: &str) -> Ident {
    Ident::new(name, Span::mixed_site())
}
