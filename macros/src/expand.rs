//! The wrapper, in tokens.
//!
//! Everything is absolute and hygienic: it compiles whatever the surroundings are called, forbid or leave out.

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{ToTokens, format_ident, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::token::Paren;
use syn::{
    GenericParam, Generics, Lifetime, LifetimeParam, LitInt, Token, Type, TypeParamBound, TypeParen, TypeReference,
    parse_quote_spanned,
};

use crate::attributes::{self, Copied};
use crate::check::{Context, Elements, Function, Place, single_name};
use crate::{identity, lifetimes};

/// `quote!` whose local names are invisible to the user's code, and whose edition is that of this crate.
macro_rules! tokens {
    ($($token:tt)*) => { quote_spanned!(Span::mixed_site()=> $($token)*) };
}

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

struct Wrapper<'a> {
    function: &'a Function<'a>,
    runtime: TokenStream,
    /// The function in an expression, without its type arguments.
    callee: TokenStream,
    /// `::<T, N>`, or nothing.
    turbofish: TokenStream,
    /// What one item is.
    item: Type,
    output: TokenStream,
    names: Names,
}

struct Names {
    map: Ident,
    for_each: Ident,
    on: Ident,
    stream: Ident,
    site: Ident,
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
        let item = item_type(&function.elements);
        Self { function, runtime, callee, turbofish, item, output, names: Names::new(function) }
    }

    fn companion(&self, name: &Ident) -> TokenStream {
        let function = &self.function.item.sig.ident;
        let vis = &self.function.item.vis;
        let conditions = self.copies(Copied::Conditions);
        let notices = self.copies(Copied::Notices);
        let levels = self.copies(Copied::Levels);
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
        tokens!(#runtime::__private::__associated_function__write_auto_in_impl! { { #head } #name { #body } })
    }

    fn methods(&self) -> TokenStream {
        let site = self.site(&self.identity());
        let functions = self.functions();
        tokens!(#site #functions)
    }

    fn copies(&self, place: Copied) -> TokenStream {
        attributes::copies(&self.function.item.attrs, place)
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
        let attributes = self.own_attributes(&[Copied::Conditions, Copied::Levels]);
        let runtime = &self.runtime;
        let site = &self.names.site;
        let text = self.function.item.sig.ident.unraw().to_string();
        tokens! {
            #attributes
            #[inline]
            fn #site() -> &'static #runtime::__private::Site {
                static SITE: #runtime::__private::Site =
                    #runtime::__private::Site::new(#identity, #text, ::core::module_path!());
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
        let attributes = self.own_attributes(&[Copied::Conditions, Copied::Notices, Copied::Levels]);
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
        let (generics, bounds) = self.generics(true);
        let (parameters, arguments) = (self.parameters(), self.arguments());
        let Self { runtime, turbofish, output, .. } = self;
        tokens! {
            #head fn #map #generics(#parameters) -> ::std::vec::Vec<#output> #bounds {
                #runtime::__private::result::<#output>();
                #runtime::Run::map(Self::#on #turbofish(#arguments))
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
        let (generics, bounds) = self.generics(true);
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
        let (generics, bounds) = self.generics(true);
        let parameters = self.parameters();
        let (tuned, shared) = (self.tuned(), self.shared());
        let items = self.items();
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
                #runtime::__private::item::<#item>();
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
        let (generics, bounds) = self.generics(false);
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
        let check = lends.map_or(tokens!(#runtime::__private::item::<#item>();), |_| TokenStream::new());
        let call = self.call(&argument);
        let parameters = self.parameters_with(&tokens!(impl ::core::iter::IntoIterator<Item = #each>));
        let none = || tokens!(::core::option::Option::None);
        let optional = |n: &Option<LitInt>| n.as_ref().map_or_else(none, |n| tokens!(::core::option::Option::Some(#n)));
        let options = self.function.options;
        let (n_jobs, chunksize) = (optional(&options.n_jobs), optional(&options.chunksize));
        tokens! {
            #head fn #stream #generics(#parameters) -> impl ::core::iter::Iterator<Item = #output> #bounds {
                #check
                #runtime::__private::result::<#output>();
                #tuned
                #shared
                #runtime::__private::stream(tuned, items, move |item| #call, #n_jobs, #chunksize)
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

    /// The generic parameters and the where-clause: the function's own, the names given to elided lifetimes, that of
    /// the slice, and what the function's parameters imply but ours do not.
    fn generics(&self, over_a_slice: bool) -> (TokenStream, TokenStream) {
        let function = self.function;
        let mut fresh: Vec<&Lifetime> = function.lifetimes.iter().collect();
        let mut implying = item_type(&function.elements);
        match &function.elements {
            Elements::Lent { slice, .. } if over_a_slice => fresh.insert(0, slice),
            Elements::Lent { lifetime, of, free: true, .. } => {
                fresh.retain(|other| *other != lifetime);
                implying = of.clone();
            }
            // `&'x [T]` implies as much.
            Elements::Exact { of, .. } | Elements::ExactRows { of, .. } if over_a_slice => implying = of.clone(),
            _ => {}
        }
        let mut generics = function.item.sig.generics.clone();
        let can_be_short = function.is_generic() || matches!(function.place, Place::Impl);
        for (ty, lifetime) in lifetimes::implied(&implying, can_be_short) {
            bound(&mut generics, &ty, &lifetime);
        }
        if function.receiver.is_some() {
            let this = parse_quote_spanned!(Span::mixed_site()=> Self: ::core::marker::Sync);
            generics.make_where_clause().predicates.push(this);
        }
        // Lifetimes come first.
        let own = generics.lifetimes().count();
        for (index, lifetime) in fresh.into_iter().enumerate() {
            generics.params.insert(own + index, GenericParam::Lifetime(LifetimeParam::new(lifetime.clone())));
        }
        (generics.to_token_stream(), generics.where_clause.to_token_stream())
    }

    /// The parameters of `map` and `on`.
    fn parameters(&self) -> TokenStream {
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

    fn parameters_with(&self, items: &TokenStream) -> TokenStream {
        let this = self.function.receiver.iter().map(|this| {
            let (lifetime, token) = (&this.lifetime, &this.token);
            tokens!(&#lifetime #token,)
        });
        let context = self.function.context.iter().map(|Context { name, ty, .. }| tokens!(#name: #ty));
        tokens!(#(#this)* items: #items #(, #context)*)
    }

    /// The same, handed on.
    fn arguments(&self) -> TokenStream {
        let this = self.function.receiver.iter().map(|this| &this.token);
        let context = self.function.context.iter().map(|context| &context.name);
        tokens!(#(#this,)* items #(, #context)*)
    }

    /// The collection that the runtime runs over.
    fn items(&self) -> TokenStream {
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
    fn tuned(&self) -> TokenStream {
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
            let aliases = function
                .context
                .iter()
                .filter_map(|Context { name, alias, .. }| alias.as_ref().map(|alias| tokens!(let #alias = &#name;)));
            tokens!({ #(#aliases)* #runtime::__private::key(&[#(&(#key) as &dyn #runtime::KeyPart),*]) })
        };
        tokens!(let tuned = #runtime::__private::Site::instance(Self::#site(), #instantiation, #key);)
    }

    /// Asks that each context can be shared, in the user's own type.
    fn shared(&self) -> TokenStream {
        let runtime = &self.runtime;
        let one = |Context { name, ty, .. }: &Context| tokens!(let #name = #runtime::__private::shared::<#ty>(#name););
        self.function.context.iter().map(one).collect()
    }

    /// The call for one item.
    fn call(&self, item: &TokenStream) -> TokenStream {
        let Self { callee, turbofish, function, .. } = self;
        let this = function.receiver.iter().map(|this| &this.token);
        let context = function.context.iter().map(|Context { name, ty, by_reference, .. }| {
            if *by_reference { name.to_token_stream() } else { tokens!(<#ty as ::core::clone::Clone>::clone(&#name)) }
        });
        tokens!(#callee #turbofish(#(#this,)* #item #(, #context)*))
    }
}

impl Names {
    fn new(function: &Function<'_>) -> Self {
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

fn hexadecimal(word: u64) -> Literal {
    format!("{word:#018x}").parse().expect("a literal")
}

/// Adds `ty: 'lifetime`: to the bounds of the parameter if that is where it has some, or else to the where-clause.
fn bound(generics: &mut Generics, ty: &Type, lifetime: &Lifetime) {
    let name = single_name(ty);
    let parameter = generics.type_params_mut().find(|parameter| name == Some(&parameter.ident));
    match parameter {
        Some(parameter) if !parameter.bounds.is_empty() => {
            parameter.bounds.push(TypeParamBound::Lifetime(lifetime.clone()));
        }
        _ => {
            let predicate = parse_quote_spanned!(Span::mixed_site()=> #ty: #lifetime);
            generics.make_where_clause().predicates.push(predicate);
        }
    }
}

/// What one item is, with all its lifetimes.
fn item_type(elements: &Elements) -> Type {
    let (lifetime, of, mutability) = match elements {
        Elements::Values(ty) => return ty.clone(),
        Elements::Lent { lifetime, of, .. } | Elements::Exact { lifetime, of } => (lifetime, of, None),
        Elements::Rows { lifetime, of } | Elements::ExactRows { lifetime, of } => {
            (lifetime, of, Some(Token![mut](Span::mixed_site())))
        }
    };
    // `&'x dyn Trait + 'd` needs its parentheses.
    let elem = match of {
        Type::TraitObject(object) if object.bounds.len() > 1 => Type::Paren(TypeParen {
            attrs: Vec::new(),
            paren_token: Paren(Span::mixed_site()),
            elem: Box::new(of.clone()),
        }),
        _ => of.clone(),
    };
    Type::Reference(TypeReference {
        attrs: Vec::new(),
        and_token: Token![&](of.span()),
        lifetime: Some(lifetime.clone()),
        mutability,
        elem: Box::new(elem),
    })
}
