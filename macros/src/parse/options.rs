//! The options of the attribute: `#[auto(n_jobs = 4, key(..), ..)]`.

use proc_macro2::{TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{Error, Expr, Ident, LitInt, Path, Result, Token, token};

use crate::parse::values;

/// The options that were given; the default is an attribute without any.
#[derive(Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of its own")]
pub(crate) struct Options {
    pub(crate) n_jobs: Option<LitInt>,
    pub(crate) chunksize: Option<LitInt>,
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
    pub(crate) scratch: Vec<ScratchOption>,
    /// It waits, and may use more threads than there are cores.
    pub(crate) blocking: bool,
    pub(crate) in_impl: bool,
    pub(crate) in_trait: bool,
    pub(crate) companion: Option<Ident>,
    /// `crate = path`: where the amorsize crate is.
    pub(crate) runtime: Option<Path>,
}

/// `buf = Vec::new()` in `scratch(..)`.
pub(crate) struct ScratchOption {
    /// The name of the parameter.
    pub(crate) name: Ident,
    /// Makes one.
    pub(crate) new: Expr,
}

impl Parse for ScratchOption {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let name = input.call(Ident::parse_any)?;
        input.parse::<Token![=]>()?;
        Ok(Self { name, new: input.parse()? })
    }
}

const KNOWN: &str = "known are `n_jobs = 4`, `chunksize = 64`, `cache = false`, `ttl = \"7d\"`, `memory = \"64MiB\"`, `rigor = \"patient\"`, `key(..)`, `depends(..)`, `scratch(..)`, `blocking`, `in_impl`, `in_trait`, `companion = name` and `crate = path`";

/// Parses the options. One with an error is left out and the others are kept, so that one mistake gives one message.
pub(crate) fn parse(tokens: TokenStream) -> (Options, Vec<Error>) {
    let mut options = Options::default();
    let mut errors = Vec::new();
    let read = |input: ParseStream<'_>| {
        let mut seen = Vec::<Ident>::new();
        while !input.is_empty() {
            if let Err(error) = parse_option(input, &mut options, &mut seen) {
                errors.push(error);
                skip_to_comma(input);
            }
            if !input.is_empty() && input.parse::<Token![,]>().is_err() {
                errors.push(input.error("expected a comma before the next option"));
                break;
            }
        }
        if let Some(ttl) = seen.iter().find(|name| options.uncached && *name == "ttl") {
            let message = "`cache = false` keeps no plan that `ttl` could end: leave one of them out";
            errors.push(Error::new(ttl.span(), message));
        }
        input.parse::<TokenStream>()
    };
    if let Err(error) = read.parse2(tokens) {
        errors.push(error);
    }
    (options, errors)
}

fn skip_to_comma(input: ParseStream<'_>) {
    while !input.is_empty() && !input.peek(Token![,]) {
        let _ = input.parse::<TokenTree>();
    }
}

/// Parses one option, up to the comma behind it.
fn parse_option(input: ParseStream<'_>, options: &mut Options, seen: &mut Vec<Ident>) -> Result<()> {
    // `crate` is a keyword, so any identifier is read.
    let Ok(name) = input.call(Ident::parse_any) else {
        return Err(input.error(format!("expected an option; {KNOWN}")));
    };
    let text = name.to_string();
    let error = |message: String| Err(Error::new(name.span(), message));
    if seen.contains(&name) {
        return error(format!("`{text}` is given twice: keep one"));
    }
    match &*text {
        "n_jobs" => options.n_jobs = Some(values::count(input, &name, 4)?),
        "chunksize" => options.chunksize = Some(values::count(input, &name, 64)?),
        "cache" => options.uncached = !values::boolean(input, &name)?,
        "ttl" => options.ttl = Some(values::duration(input, &name)?),
        "memory" => options.memory = Some(values::memory(input, &name)?),
        "rigor" => options.rigor = Some(values::rigor(input, &name)?),
        "key" => {
            options.key = values::list(input, &name, "key(context.len())", Punctuated::parse_terminated)?;
        }
        "depends" => {
            let paths = |input: ParseStream<'_>| Punctuated::parse_terminated_with(input, Path::parse_mod_style);
            options.depends = values::list(input, &name, "depends(other, path::to::function)", paths)?;
        }
        "scratch" => {
            options.scratch = values::list(input, &name, "scratch(buf = Vec::new())", Punctuated::parse_terminated)?;
        }
        "blocking" | "in_impl" | "in_trait" => {
            if input.peek(Token![=]) || input.peek(token::Paren) {
                return error(format!("`{text}` stands alone: `#[auto({text})]`"));
            }
            let option = match &*text {
                "blocking" => &mut options.blocking,
                "in_impl" => &mut options.in_impl,
                _ => &mut options.in_trait,
            };
            *option = true;
        }
        "companion" => {
            let companion = values::value(input, &name, "a name", "companion = name", <Ident as Parse>::parse)?;
            options.companion = Some(companion);
        }
        "crate" => {
            let usage = "crate = path::to::amorsize";
            options.runtime = Some(values::value(input, &name, "a path", usage, Path::parse_mod_style)?);
        }
        _ => return error(format!("unknown option `{text}`; {KNOWN}")),
    }
    if !input.is_empty() && !input.peek(Token![,]) {
        return Err(input.error(format!("unexpected behind `{text}`: separate options by a comma")));
    }
    seen.push(name);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> (Options, Vec<String>) {
        let (options, errors) = parse(text.parse().expect("tokens"));
        (options, errors.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn a_ttl_is_kept_in_seconds() {
        let (options, errors) = parsed("ttl = \"1h 30min\", n_jobs = 2");
        assert_eq!((options.ttl, errors), (Some(90 * 60), Vec::new()));
        assert!(options.n_jobs.is_some());
    }

    #[test]
    fn a_wrong_ttl_is_one_error_that_says_what_to_write() {
        let no_duration = |text: &str| {
            format!("`{text}` is no duration: write numbers and units, as in `ttl = \"7d\"` or `ttl = \"1h 30min\"`")
        };
        let not_quoted = "expected a duration in quotes, as in `ttl = \"7d\"`";
        let expected = [
            ("ttl", "`ttl` takes a value, as in `ttl = \"7d\"`"),
            ("ttl = 7", not_quoted),
            ("ttl = 7d", not_quoted),
            ("ttl = -7", not_quoted),
            ("ttl = b\"7d\"", not_quoted),
            ("ttl = \"\"", "how long is a plan believed? Write it as in `ttl = \"7d\"`"),
            ("ttl = \"7\"", &no_duration("7")),
            ("ttl = \"7 dayz\"", &no_duration("7 dayz")),
            ("ttl = \"0s\"", "a plan that is believed for no time is none: write `cache = false`"),
            ("ttl = \"500ms\"", "plans are believed for whole seconds: write `ttl = \"1s\"` or more"),
            (
                "ttl = \"1000000 years\"",
                "plans are believed for a hundred years at the most: write `ttl = \"100y\"` or less",
            ),
        ];
        for (option, message) in expected {
            for text in [option.to_owned(), format!("n_jobs = 2, {option}"), format!("{option}, n_jobs = 2")] {
                let (options, errors) = parsed(&text);
                assert_eq!((options.ttl, errors), (None, vec![message.to_owned()]), "{text}");
                assert_eq!(options.n_jobs.is_some(), text.contains("n_jobs"), "{text}");
            }
        }
    }

    #[test]
    fn a_ttl_without_a_cache_is_refused_in_either_order() {
        let message = "`cache = false` keeps no plan that `ttl` could end: leave one of them out";
        for text in ["cache = false, ttl = \"7d\"", "ttl = \"7d\", cache = false"] {
            assert_eq!(parsed(text).1, [message], "{text}");
        }
        assert!(parsed("cache = true, ttl = \"7d\"").1.is_empty());
    }
}
