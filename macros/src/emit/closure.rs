//! The expansion of `map!` and its relatives: an expression with a site of its own.

use proc_macro2::{Literal, Span, TokenStream};
use quote::ToTokens;
use syn::Expr;

use crate::emit::identity;
use crate::emit::opt_level::opt_level;
use crate::emit::runtime::runtime;
use crate::emit::site::{identity_of, key_of, memory_of, rigor_of};
use crate::emit::tokens::tokens;
use crate::parse::closure_call::ClosureCall;

/// What a closure macro gives.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gives {
    /// `map!`: all results.
    Map,
    /// `for_each!`: nothing.
    ForEach,
    /// `on!`: a run.
    Run,
    /// `stream!`: an iterator.
    Stream,
}

/// The call of a function of the runtime with the site, the options, the items and the closure.
pub(crate) fn expand(call: &ClosureCall, gives: Gives) -> TokenStream {
    let runtime = call.runtime.as_ref().map_or_else(runtime, ToTokens::to_token_stream);
    let ClosureCall { items, closure, .. } = call;
    let site = site(call, &runtime);
    let key = if call.key.is_empty() { tokens!(0) } else { key_of(&runtime, &call.key) };
    let none = || tokens!(::core::option::Option::None);
    let optional =
        |value: &Option<_>| value.as_ref().map_or_else(none, |value| tokens!(::core::option::Option::Some(#value)));
    let (n_jobs, chunksize, cached) = (optional(&call.n_jobs), optional(&call.chunksize), !call.uncached);
    let choices = tokens!(#runtime::__private::choices(#n_jobs, #chunksize, #cached));
    // A stream may outlive what it captures, unless that is moved into it.
    let is_moved = gives == Gives::Stream && matches!(closure, Expr::Closure(closure) if closure.capture.is_some());
    let capture = is_moved.then(|| tokens!(move));
    let scratch = call.scratch.as_ref().map(|scratch| tokens!(#capture || #scratch,));
    // What rustc says of a type that it infers, as of a result that is not `Send`, it says where that stands.
    let inferred = tokens!(#runtime::__private::Inferred<_>);
    let (of_items, of_closure) = (located_at(&inferred, items), located_at(&inferred, closure));
    let of_scratch = call.scratch.as_ref().map(|scratch| located_at(&inferred, scratch));
    let all_with = |of_scratch: TokenStream| tokens!(::<#of_items, #of_closure, #of_scratch, #of_scratch, #of_closure>);
    let function = match (gives, of_scratch) {
        (Gives::Map, None) => tokens!(map_closure::<#of_items, #of_closure>),
        (Gives::Map, Some(of_scratch)) => tokens!(map_closure_with_scratch::<#of_items, #of_closure, #of_scratch>),
        (Gives::ForEach, None) => tokens!(for_each_closure),
        (Gives::ForEach, Some(of_scratch)) => tokens!(for_each_closure_with_scratch::<#of_items, #of_scratch>),
        (Gives::Run, None) => tokens!(run_closure),
        (Gives::Run, Some(of_scratch)) => {
            let types = all_with(of_scratch);
            tokens!(run_closure_with_scratch #types)
        }
        (Gives::Stream, None) => tokens!(stream_closure::<#of_items, #of_closure, #of_closure>),
        (Gives::Stream, Some(of_scratch)) => {
            let types = all_with(of_scratch);
            tokens!(stream_closure_with_scratch #types)
        }
    };
    tokens!(#runtime::__private::#function(#site, #key, #choices, #items, #scratch #closure))
}

/// The tokens where `place` is, from its first token to its last.
fn located_at(tokens: &TokenStream, place: &Expr) -> TokenStream {
    let mut spans = place.to_token_stream().into_iter().map(|token| token.span());
    let first = spans.next().unwrap_or_else(Span::mixed_site);
    let last = spans.last().unwrap_or(first);
    let mut tokens: Vec<_> = tokens.clone().into_iter().collect();
    let end = tokens.len() - 1;
    for (at, token) in tokens.iter_mut().enumerate() {
        token.set_span(token.span().located_at(if at == end { last } else { first }));
    }
    tokens.into_iter().collect()
}

/// The site. The static is in a function of its own, so that neither the closure nor the items can see it.
fn site(call: &ClosureCall, runtime: &TokenStream) -> TokenStream {
    let digest = identity::digest_closure(call.items.to_token_stream(), call.closure.to_token_stream());
    let identity = identity_of(runtime, digest, &call.depends);
    let opt_level = Literal::byte_character(opt_level());
    let ttl = call.ttl.map(|seconds| {
        let seconds = Literal::u64_unsuffixed(seconds);
        tokens!(.ttl(#seconds))
    });
    let memory = call.memory.map(memory_of);
    let rigor = call.rigor.as_ref().map(|rigor| rigor_of(runtime, rigor));
    let blocking = call.blocking.then(|| tokens!(.blocking()));
    tokens! {{
        #[inline]
        const fn __amorsize_closure() -> &'static #runtime::__private::Site {
            fn inside() -> &'static ::core::primitive::str {
                ::core::any::type_name_of_val(&inside)
            }
            static SITE: #runtime::__private::Site = #runtime::__private::Site::new(
                #identity,
                "{closure}",
                ::core::module_path!(),
                #runtime::__private::build!(#opt_level),
            )#ttl #memory #rigor #blocking.inside(inside).line(::core::line!());
            #runtime::__private::register!(SITE);
            &SITE
        }
        __amorsize_closure()
    }}
}
