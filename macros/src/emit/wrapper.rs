//! The wrapper, in tokens.
//!
//! Everything is absolute and hygienic: it compiles whatever the surroundings are called, forbid or leave out.

use proc_macro2::{Ident, Literal, TokenStream};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::{GenericParam, LitInt, Type};

use crate::check::analyse::{Elements, Function, Place};
use crate::emit::bounds;
use crate::emit::copied_attributes::{self, Copied};
use crate::emit::identity;
use crate::emit::opt_level::opt_level;
use crate::emit::parameters::{Names, tokens};

/// The function as it was, and its wrapper.
pub(crate) fn expand(function: &Function<'_>) -> TokenStream {
    let original = &function.item.tokens;
    let wrapper = Wrapper::new(function);
    let generated = match &function.place {
        Place::Companion(name) => wrapper.companion(name),
        Place::Impl => wrapper.methods(),
    };
    tokens!(#original #generated)
}

pub(crate) struct Wrapper<'a> {
    pub(crate) function: &'a Function<'a>,
    pub(crate) runtime: TokenStream,
    /// The function in an expression, without its type arguments.
    pub(crate) callee: TokenStream,
    /// `::<T, N>`, or nothing.
    pub(crate) turbofish: TokenStream,
    /// What one item is.
    pub(crate) item: Type,
    pub(crate) output: TokenStream,
    pub(crate) names: Names,
}

impl<'a> Wrapper<'a> {
    fn new(function: &'a Function<'a>) -> Self {
        let sig = &function.item.sig;
        let name = &sig.ident;
        let runtime = function.options.runtime.as_ref().map_or_else(|| tokens!(::amorsize), ToTokens::to_token_stream);
        let arguments = sig.generics.params.iter().filter_map(|parameter| match parameter {
            GenericParam::Type(parameter) => Some(&parameter.ident),
            GenericParam::Const(parameter) => Some(&parameter.ident),
            GenericParam::Lifetime(_) => None,
        });
        let turbofish = if function.is_generic() { tokens!(::<#(#arguments),*>) } else { TokenStream::new() };
        let callee = match function.place {
            Place::Companion(_) => name.to_token_stream(),
            Place::Impl => tokens!(Self::#name),
        };
        let output = function.output.as_ref().map_or_else(|| tokens!(()), ToTokens::to_token_stream);
        let item = function.elements.item();
        Self { function, runtime, callee, turbofish, item, output, names: Names::new(function) }
    }

    fn companion(&self, name: &Ident) -> TokenStream {
        let function = &self.function.item.sig.ident;
        let vis = &self.function.item.vis;
        let conditions = self.copies(Copied::Conditions);
        let notices = self.copies(Copied::Notices);
        let levels = self.copies(Copied::LintLevels);
        let docs = format!("Maps [`{function}()`] over collections, on as many threads and in such chunks as pay.");
        let id_docs = format!("The stable identity of [`{function}()`]: its name, code, module and package.");
        let runtime = &self.runtime;
        let identity = self.identity();
        let site = self.site(&tokens!(#name::ID));
        let functions = self.functions();
        let head = tokens!(#conditions #notices #[doc = #docs] #vis);
        let body = tokens! {
            #conditions
            #levels
            impl #name {
                #[doc = #id_docs]
                #vis const ID: #runtime::FunctionId = #identity;
                #site
                #functions
            }
        };
        // `#head enum #name {} #body`, in a wrapping that makes for a better error where neither is allowed.
        tokens!(#runtime::__private::__associated_function__write_auto_in_impl__name_taken__write_auto_companion! { { #head } #name { #body } })
    }

    fn methods(&self) -> TokenStream {
        let site = self.site(&self.identity());
        let functions = self.functions();
        tokens!(#site #functions)
    }

    fn copies(&self, place: Copied) -> TokenStream {
        copied_attributes::copies(&self.function.item.attrs, place)
    }

    /// The identity, as a constant expression.
    fn identity(&self) -> TokenStream {
        let runtime = &self.runtime;
        let words = identity::digest(self.function.item).map(hexadecimal);
        let depends = &self.function.options.depends;
        tokens! {
            #runtime::__private::identify(
                [#(#words),*],
                match ::core::option_env!("CARGO_PKG_NAME") {
                    ::core::option::Option::Some(name) => name,
                    ::core::option::Option::None => "",
                },
                ::core::module_path!(),
                &[#(#depends::ID),*],
            )
        }
    }

    /// The one static of the function, whatever it is instantiated with.
    fn site(&self, identity: &TokenStream) -> TokenStream {
        let attributes = self.own_attributes(&[Copied::Conditions, Copied::LintLevels]);
        let runtime = &self.runtime;
        let site = &self.names.site;
        let text = self.function.item.sig.ident.unraw().to_string();
        let opt_level = Literal::byte_character(opt_level());
        let ttl = self.function.options.ttl.map(|seconds| {
            let seconds = Literal::u64_unsuffixed(seconds);
            tokens!(.ttl(#seconds))
        });
        tokens! {
            #attributes
            #[inline]
            fn #site() -> &'static #runtime::__private::Site {
                static SITE: #runtime::__private::Site = #runtime::__private::Site::new(
                    #identity,
                    #text,
                    ::core::module_path!(),
                    #runtime::__private::build!(#opt_level),
                )#ttl;
                #runtime::__private::register!(SITE);
                &SITE
            }
        }
    }

    /// What each item has to carry itself, there being no companion that does.
    fn own_attributes(&self, kinds: &[Copied]) -> TokenStream {
        match self.function.place {
            Place::Companion(_) => TokenStream::new(),
            Place::Impl => kinds.iter().map(|kind| self.copies(*kind)).collect(),
        }
    }

    /// Attributes and visibility of a generated function.
    fn head(&self, docs: &str, more: &TokenStream) -> TokenStream {
        let attributes = self.own_attributes(&[Copied::Conditions, Copied::Notices, Copied::LintLevels]);
        let vis = &self.function.item.vis;
        tokens!(#attributes #[doc = #docs] #more #vis)
    }

    fn functions(&self) -> TokenStream {
        let map = self.map();
        let for_each = self.for_each();
        let on = self.on();
        let stream = self.stream();
        tokens!(#map #for_each #on #stream)
    }

    fn map(&self) -> TokenStream {
        let Names { map, on, .. } = &self.names;
        let docs = format!("The results of {} for each item, in order.", self.link());
        let must_use = self.copies(Copied::MustUse);
        let head = self.head(&docs, &tokens!(#must_use #[inline]));
        let (generics, bounds) = self.generics(bounds::Wrapper::Map);
        let (parameters, arguments) = (self.parameters(), self.arguments());
        let check = self.check_output();
        let Self { runtime, turbofish, output, .. } = self;
        tokens! {
            #head fn #map #generics(#parameters) -> ::std::vec::Vec<#output> #bounds {
                #check
                #runtime::Run::map::<#output>(Self::#on #turbofish(#arguments))
            }
        }
    }

    fn for_each(&self) -> TokenStream {
        let unit = match &self.function.output {
            None => true,
            Some(Type::Tuple(tuple)) => tuple.elems.is_empty(),
            Some(_) => false,
        };
        if !unit {
            return TokenStream::new();
        }
        let Names { for_each, on, .. } = &self.names;
        let docs = format!("Calls {} for each item.", self.link());
        let head = self.head(&docs, &tokens!(#[inline]));
        let (generics, bounds) = self.generics(bounds::Wrapper::ForEach);
        let (parameters, arguments) = (self.parameters(), self.arguments());
        let Self { runtime, turbofish, .. } = self;
        tokens! {
            #head fn #for_each #generics(#parameters) #bounds {
                #runtime::Run::for_each(Self::#on #turbofish(#arguments));
            }
        }
    }

    fn on(&self) -> TokenStream {
        let on = &self.names.on;
        let docs = format!("A run of {} over the items: choices first, then a terminal such as `.map()`.", self.link());
        let head = self.head(&docs, &tokens!(#[inline]));
        let (generics, bounds) = self.generics(bounds::Wrapper::On);
        let parameters = self.parameters();
        let (tuned, shared) = (self.tuned(), self.shared());
        let (items, check) = (self.items(), self.check_item());
        let call = self.call(&tokens!(item));
        let Self { runtime, item, output, .. } = self;
        let options = self.function.options;
        let mut run = tokens!(#runtime::__private::run(tuned, #items, move |item| #call));
        if let Some(n) = &options.n_jobs {
            run = tokens!(#runtime::Run::n_jobs(#run, #n));
        }
        if let Some(n) = &options.chunksize {
            run = tokens!(#runtime::Run::chunksize(#run, #n));
        }
        if options.uncached {
            run = tokens!(#runtime::Run::use_cache(#run, false));
        }
        tokens! {
            #head fn #on #generics(#parameters)
                -> #runtime::Run<#item, impl #runtime::Items<#item>, impl ::core::ops::Fn(#item) -> #output>
            #bounds
            {
                #check
                #tuned
                #shared
                #run
            }
        }
    }

    fn stream(&self) -> TokenStream {
        let stream = &self.names.stream;
        let docs = format!(
            "Maps {} over an iterator that need not have a length: in order, in bounded memory, tuned while it runs.",
            self.link()
        );
        let head = self.head(&docs, &TokenStream::new());
        let (generics, bounds) = self.generics(bounds::Wrapper::Stream);
        let (tuned, shared) = (self.tuned(), self.shared());
        let Self { runtime, item, output, .. } = self;
        let lends = match &self.function.elements {
            Elements::Lent { free: true, of, .. } => Some(of),
            _ => None,
        };
        let each = lends.map_or_else(
            || item.to_token_stream(),
            |of| tokens!(impl ::core::borrow::Borrow<#of> + ::core::marker::Send),
        );
        let argument = lends.map_or(tokens!(item), |of| tokens!(::core::borrow::Borrow::<#of>::borrow(&item)));
        let check = lends.map_or_else(|| self.check_item(), |_| TokenStream::new());
        let check_output = self.check_output();
        let each_type = lends.map_or_else(|| item.to_token_stream(), |_| tokens!(_));
        let call = self.call(&argument);
        let parameters = self.parameters_with(&tokens!(impl ::core::iter::IntoIterator<Item = #each>));
        let none = || tokens!(::core::option::Option::None);
        let optional = |n: &Option<LitInt>| n.as_ref().map_or_else(none, |n| tokens!(::core::option::Option::Some(#n)));
        let options = self.function.options;
        let (n_jobs, chunksize) = (optional(&options.n_jobs), optional(&options.chunksize));
        tokens! {
            #head fn #stream #generics(#parameters) -> impl ::core::iter::Iterator<Item = #output> #bounds {
                #check
                #check_output
                #tuned
                #shared
                #runtime::__private::stream::<#each_type, #output, _, _>(tuned, items, move |item| #call, #n_jobs, #chunksize)
            }
        }
    }

    /// A link to the function, for docs.
    fn link(&self) -> String {
        let name = &self.function.item.sig.ident;
        match self.function.place {
            Place::Companion(_) => format!("[`{name}()`]"),
            Place::Impl => format!("[`{name}()`](Self::{name}())"),
        }
    }

    fn generics(&self, wrapper: bounds::Wrapper) -> (TokenStream, TokenStream) {
        let generics = bounds::generics(self.function, wrapper);
        (generics.to_token_stream(), generics.where_clause.to_token_stream())
    }
}

fn hexadecimal(word: u64) -> Literal {
    format!("{word:#018x}").parse().expect("a literal")
}
