//! The arguments of `map!` and its relatives: items, options, and the closure.

use proc_macro2::TokenStream;
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{Error, Expr, ExprLit, Ident, Lit, Path, Result, Token, token};

use crate::parse::values;

/// `items, option = value, key(..), blocking, |item| ..`
pub(crate) struct ClosureCall {
    pub(crate) items: Expr,
    pub(crate) n_jobs: Option<Expr>,
    pub(crate) chunksize: Option<Expr>,
    /// `cache = false`.
    pub(crate) uncached: bool,
    /// In seconds.
    pub(crate) ttl: Option<u64>,
    /// What an item needs while it is worked on, in bytes.
    pub(crate) memory: Option<u64>,
    /// The name of the variant.
    pub(crate) rigor: Option<Ident>,
    pub(crate) key: Vec<Expr>,
    pub(crate) depends: Vec<Path>,
    /// `scratch = Vec::new()`.
    pub(crate) scratch: Option<Expr>,
    /// It waits, and may use more threads than there are cores.
    pub(crate) blocking: bool,
    /// `crate = path`: where the amorsize crate is.
    pub(crate) runtime: Option<Path>,
    /// A closure, or a path to a function.
    pub(crate) closure: Expr,
}

const KNOWN: &str = "known are `n_jobs = 4`, `chunksize = 64`, `cache = false`, `ttl = \"7d\"`, `memory = \"64MiB\"`, `rigor = \"patient\"`, `key(..)`, `depends(..)`, `scratch = ..`, `blocking` and `crate = path`";

/// Parses the arguments of the macro `name`.
pub(crate) fn parse(name: &str, tokens: TokenStream) -> Result<ClosureCall> {
    let read = |input: ParseStream<'_>| parse_arguments(name, input);
    read.parse2(tokens)
}

fn parse_arguments(name: &str, input: ParseStream<'_>) -> Result<ClosureCall> {
    let usage = format!("`{name}!(&items, |item| ..)`");
    if input.is_empty() {
        return Err(Error::new(input.span(), format!("expected a collection and a closure, as in {usage}")));
    }
    if input.peek(Token![|]) || input.peek(Token![||]) || input.peek(Token![move]) {
        return Err(input.error(format!("the collection comes first, as in {usage}")));
    }
    let items = input.parse()?;
    let mut call = ClosureCall {
        items,
        n_jobs: None,
        chunksize: None,
        uncached: false,
        ttl: None,
        memory: None,
        rigor: None,
        key: Vec::new(),
        depends: Vec::new(),
        scratch: None,
        blocking: false,
        runtime: None,
        closure: Expr::Verbatim(TokenStream::new()),
    };
    let mut seen = Vec::<Ident>::new();
    loop {
        let is_over = input.is_empty();
        if !is_over && input.parse::<Token![,]>().is_err() {
            return Err(input.error("expected a comma"));
        }
        if is_over || input.is_empty() {
            let message = match &call.items {
                Expr::MethodCall(called) if called.method == "map" => {
                    format!("what `.map(..)` does goes behind a comma, as in `{name}!(items.iter(), |item| ..)`")
                }
                _ => format!("the closure is missing, which comes last, behind a comma, as in {usage}"),
            };
            return Err(Error::new_spanned(&call.items, message));
        }
        if !begins_option(input) {
            break;
        }
        parse_option(input, &mut call, &mut seen)?;
    }
    if let Some(ttl) = seen.iter().find(|name| call.uncached && *name == "ttl") {
        let message = "`cache = false` keeps no plan that `ttl` could end: leave one of them out";
        return Err(Error::new(ttl.span(), message));
    }
    call.closure = input.parse()?;
    if input.peek(Token![,]) {
        input.parse::<Token![,]>()?;
    }
    if !input.is_empty() {
        return Err(input.error("the closure comes last, and options before it"));
    }
    Ok(call)
}

/// Whether `name = ..`, `key(..)`, `depends(..)`, or `blocking` and something behind it comes next. What comes last is the closure, which
/// may be a function of whatever name.
fn begins_option(input: ParseStream<'_>) -> bool {
    let ahead = input.fork();
    let Ok(name) = ahead.call(Ident::parse_any) else { return false };
    (ahead.peek(Token![=]) && !ahead.peek(Token![==]) && !ahead.peek(Token![=>]))
        || (ahead.peek(token::Paren) && (name == "key" || name == "depends"))
        || (name == "blocking" && ahead.parse::<Token![,]>().is_ok() && !ahead.is_empty())
}

fn parse_option(input: ParseStream<'_>, call: &mut ClosureCall, seen: &mut Vec<Ident>) -> Result<()> {
    let name = input.call(Ident::parse_any)?;
    let text = name.to_string();
    let error = |message: String| Err(Error::new(name.span(), message));
    if seen.contains(&name) {
        return error(format!("`{text}` is given twice: keep one"));
    }
    match &*text {
        "n_jobs" => call.n_jobs = Some(count(input, &name, 4)?),
        "chunksize" => call.chunksize = Some(count(input, &name, 64)?),
        "cache" => call.uncached = !values::boolean(input, &name)?,
        "ttl" => call.ttl = Some(values::duration(input, &name)?),
        "memory" => call.memory = Some(values::memory(input, &name)?),
        "rigor" => call.rigor = Some(values::rigor(input, &name)?),
        "key" => call.key = values::list(input, &name, "key(words.len())", Punctuated::parse_terminated)?,
        "depends" => {
            let paths = |input: ParseStream<'_>| Punctuated::parse_terminated_with(input, Path::parse_mod_style);
            call.depends = values::list(input, &name, "depends(other, path::to::function)", paths)?;
        }
        "scratch" => {
            call.scratch = Some(values::value(input, &name, "an expression", "scratch = Vec::new()", Expr::parse)?);
        }
        "blocking" => {
            if input.peek(Token![=]) {
                return error("`blocking` stands alone, as in `map!(&items, blocking, |item| ..)`".into());
            }
            call.blocking = true;
        }
        "crate" => {
            let usage = "crate = path::to::amorsize";
            call.runtime = Some(values::value(input, &name, "a path", usage, Path::parse_mod_style)?);
        }
        _ => return error(format!("unknown option `{text}`; {KNOWN}")),
    }
    seen.push(name);
    Ok(())
}

/// `name = expression`; a literal has to be at least 1.
fn count(input: ParseStream<'_>, name: &Ident, example: usize) -> Result<Expr> {
    let ahead = input.fork();
    let value: Expr = values::value(input, name, "a number", &format!("{name} = {example}"), Expr::parse)?;
    if let Expr::Lit(ExprLit { lit: Lit::Int(_) | Lit::Float(_) | Lit::Str(_), .. }) = &value {
        values::count(&ahead, name, example)?;
    }
    Ok(value)
}
