//! The options of the attribute: `#[auto(n_jobs = 4, key(..), ..)]`.

use proc_macro2::{TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{Error, Expr, Ident, Lit, LitInt, Path, Result, Token, parenthesized, token};

use crate::parse::ttl;

/// What was asked of the attribute.
#[derive(Default)]
pub(crate) struct Options {
    pub(crate) n_jobs: Option<LitInt>,
    pub(crate) chunksize: Option<LitInt>,
    pub(crate) uncached: bool,
    /// In seconds.
    pub(crate) ttl: Option<u64>,
    pub(crate) key: Vec<Expr>,
    pub(crate) depends: Vec<Path>,
    pub(crate) in_impl: bool,
    pub(crate) companion: Option<Ident>,
    pub(crate) runtime: Option<Path>,
}

const KNOWN: &str = "known are `n_jobs = 4`, `chunksize = 64`, `cache = false`, `ttl = \"7d\"`, `key(..)`, `depends(..)`, `in_impl`, `companion = name` and `crate = path`";

/// Reads the options. A mistake leaves its option out and the others as they are, so that it is the only error.
pub(crate) fn parse(tokens: TokenStream) -> (Options, Vec<Error>) {
    let mut options = Options::default();
    let mut mistakes = Vec::new();
    let read = |input: ParseStream<'_>| {
        let mut seen = Vec::<Ident>::new();
        while !input.is_empty() {
            if let Err(error) = one(input, &mut options, &mut seen) {
                mistakes.push(error);
                skip_to_comma(input);
            }
            if !input.is_empty() && input.parse::<Token![,]>().is_err() {
                mistakes.push(input.error("expected a comma before the next option"));
                break;
            }
        }
        if let Some(ttl) = seen.iter().find(|name| options.uncached && *name == "ttl") {
            let message = "`cache = false` keeps no plan that `ttl` could end: leave one of them out";
            mistakes.push(Error::new(ttl.span(), message));
        }
        input.parse::<TokenStream>()
    };
    if let Err(error) = read.parse2(tokens) {
        mistakes.push(error);
    }
    (options, mistakes)
}

fn skip_to_comma(input: ParseStream<'_>) {
    while !input.is_empty() && !input.peek(Token![,]) {
        let _ = input.parse::<TokenTree>();
    }
}

fn one(input: ParseStream<'_>, options: &mut Options, seen: &mut Vec<Ident>) -> Result<()> {
    let Ok(name) = input.call(Ident::parse_any) else {
        return Err(input.error(format!("expected an option; {KNOWN}")));
    };
    let text = name.to_string();
    let error = |message: String| Err(Error::new(name.span(), message));
    if seen.contains(&name) {
        return error(format!("`{text}` is given twice: keep one"));
    }
    match &*text {
        "n_jobs" => options.n_jobs = Some(count(input, &name, 4)?),
        "chunksize" => options.chunksize = Some(count(input, &name, 64)?),
        "cache" => options.uncached = !switch(input, &name)?,
        "ttl" => options.ttl = Some(duration(input, &name)?),
        "key" => {
            options.key = list(input, &name, "key(context.len())", Punctuated::parse_terminated)?;
        }
        "depends" => {
            let paths = |input: ParseStream<'_>| Punctuated::parse_terminated_with(input, Path::parse_mod_style);
            options.depends = list(input, &name, "depends(other, path::to::function)", paths)?;
        }
        "in_impl" => {
            if input.peek(Token![=]) || input.peek(token::Paren) {
                return error("`in_impl` stands alone: `#[auto(in_impl)]`".into());
            }
            options.in_impl = true;
        }
        "companion" => {
            expect_equals(input, &name, "companion = name")?;
            options.companion = Some(value(input, "a name", "companion = name", <Ident as Parse>::parse)?);
        }
        "crate" => {
            expect_equals(input, &name, "crate = path::to::amorsize")?;
            options.runtime = Some(value(input, "a path", "crate = path::to::amorsize", Path::parse_mod_style)?);
        }
        _ => return error(format!("unknown option `{text}`; {KNOWN}")),
    }
    if !input.is_empty() && !input.peek(Token![,]) {
        return Err(input.error(format!("unexpected behind `{text}`: separate options by a comma")));
    }
    seen.push(name);
    Ok(())
}

/// `name = 4`: at least one.
fn count(input: ParseStream<'_>, name: &Ident, example: usize) -> Result<LitInt> {
    let usage = format!("{name} = {example}");
    expect_equals(input, name, &usage)?;
    let literal = input.fork().parse::<Lit>();
    let Ok(Lit::Int(number)) = literal else {
        return Err(input.error(format!("expected a whole number, as in `{usage}`")));
    };
    let parsed = number.base10_parse::<usize>();
    if !matches!(number.suffix(), "" | "usize") || parsed.is_err() {
        return Err(Error::new(number.span(), format!("expected a whole number that fits a `usize`, as in `{usage}`")));
    }
    if parsed.is_ok_and(|number| number == 0) {
        let reason = match &*name.to_string() {
            "n_jobs" => {
                "`n_jobs` counts the threads that work on a call, the caller included: write `n_jobs = 1` for the plain loop"
            }
            _ => "`chunksize` is the fewest items a thread takes at once: write `chunksize = 1` or more",
        };
        return Err(Error::new(number.span(), reason));
    }
    input.parse::<Lit>()?;
    Ok(number)
}

/// `cache = false`.
fn switch(input: ParseStream<'_>, name: &Ident) -> Result<bool> {
    expect_equals(input, name, &format!("{name} = false"))?;
    match input.fork().parse::<Lit>() {
        Ok(Lit::Bool(value)) => {
            input.parse::<Lit>()?;
            Ok(value.value)
        }
        _ => Err(input.error(format!("expected `true` or `false`, as in `{name} = false`"))),
    }
}

/// `name = "7d"`, in seconds.
fn duration(input: ParseStream<'_>, name: &Ident) -> Result<u64> {
    let usage = format!("{name} = \"7d\"");
    expect_equals(input, name, &usage)?;
    match input.fork().parse::<Lit>() {
        Ok(Lit::Str(text)) if text.suffix().is_empty() => {
            input.parse::<Lit>()?;
            ttl::seconds(&text.value()).map_err(|message| Error::new(text.span(), message))
        }
        _ => Err(input.error(format!("expected a duration in quotes, as in `{usage}`"))),
    }
}

/// `name(a, b)`: at least one.
fn list<T>(
    input: ParseStream<'_>,
    name: &Ident,
    usage: &str,
    elements: impl FnOnce(ParseStream<'_>) -> Result<Punctuated<T, Token![,]>>,
) -> Result<Vec<T>> {
    let empty = || Err(Error::new(name.span(), format!("`{name}` takes a list, as in `{usage}`")));
    if !input.peek(token::Paren) {
        return empty();
    }
    let content;
    parenthesized!(content in input);
    if content.is_empty() {
        return empty();
    }
    let elements = elements(&content);
    content.parse::<TokenStream>()?;
    let elements = elements.map_err(|error| Error::new(error.span(), format!("expected a list, as in `{usage}`")))?;
    Ok(elements.into_iter().collect())
}

fn expect_equals(input: ParseStream<'_>, name: &Ident, usage: &str) -> Result<()> {
    match input.parse::<Token![=]>() {
        Ok(_) => Ok(()),
        Err(_) => Err(Error::new(name.span(), format!("`{name}` takes a value, as in `{usage}`"))),
    }
}

fn value<T>(
    input: ParseStream<'_>,
    what: &str,
    usage: &str,
    read: impl FnOnce(ParseStream<'_>) -> Result<T>,
) -> Result<T> {
    read(input).map_err(|error| Error::new(error.span(), format!("expected {what}, as in `{usage}`")))
}
