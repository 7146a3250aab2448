//! The values that options take: each function reads what follows the name of an option.

use proc_macro2::{Span, TokenStream};
use syn::parse::ParseStream;
use syn::punctuated::Punctuated;
use syn::{Error, Ident, Lit, LitInt, Result, Token, parenthesized, token};

use crate::parse::{bytes, ttl};

/// `name = 4`, which is at least 1. An error quotes `example` as the value to write.
pub(crate) fn count(input: ParseStream<'_>, name: &Ident, example: usize) -> Result<LitInt> {
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

/// `name = true` or `name = false`.
pub(crate) fn boolean(input: ParseStream<'_>, name: &Ident) -> Result<bool> {
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
pub(crate) fn duration(input: ParseStream<'_>, name: &Ident) -> Result<u64> {
    quoted(input, name, "a duration", "7d", ttl::seconds)
}

/// `name = "64MiB"`, in bytes.
pub(crate) fn memory(input: ParseStream<'_>, name: &Ident) -> Result<u64> {
    quoted(input, name, "an amount of memory", "64MiB", bytes::bytes)
}

/// `name = "patient"`, as the name of the variant of `Rigor`.
pub(crate) fn rigor(input: ParseStream<'_>, name: &Ident) -> Result<Ident> {
    let read = |text: &str| match text {
        "estimate" => Ok("Estimate"),
        "measure" => Ok("Measure"),
        "patient" => Ok("Patient"),
        _ => Err(format!("`{text}` is no rigor: write \"estimate\", \"measure\" or \"patient\"")),
    };
    let variant = quoted(input, name, "a rigor", "patient", read)?;
    Ok(Ident::new(variant, Span::mixed_site()))
}

/// `name = "text"`, where `read` reads the text. An error says `what` is expected, and quotes `example`.
fn quoted<V>(
    input: ParseStream<'_>,
    name: &Ident,
    what: &str,
    example: &str,
    read: fn(&str) -> std::result::Result<V, String>,
) -> Result<V> {
    let usage = format!("{name} = \"{example}\"");
    expect_equals(input, name, &usage)?;
    match input.fork().parse::<Lit>() {
        Ok(Lit::Str(text)) if text.suffix().is_empty() => {
            input.parse::<Lit>()?;
            read(&text.value()).map_err(|message| Error::new(text.span(), message))
        }
        _ => Err(input.error(format!("expected {what} in quotes, as in `{usage}`"))),
    }
}

/// `name(a, b)`, with at least one element. An error quotes `usage`.
pub(crate) fn list<T>(
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
    // Reads what is left over after an error, which syn would report as a second one.
    content.parse::<TokenStream>()?;
    let elements = elements.map_err(|error| Error::new(error.span(), format!("expected a list, as in `{usage}`")))?;
    Ok(elements.into_iter().collect())
}

/// `name = value`, where `read` reads the value. An error quotes `what` is expected, and `usage`.
pub(crate) fn value<T>(
    input: ParseStream<'_>,
    name: &Ident,
    what: &str,
    usage: &str,
    read: impl FnOnce(ParseStream<'_>) -> Result<T>,
) -> Result<T> {
    expect_equals(input, name, usage)?;
    read(input).map_err(|error| Error::new(error.span(), format!("expected {what}, as in `{usage}`")))
}

fn expect_equals(input: ParseStream<'_>, name: &Ident, usage: &str) -> Result<()> {
    match input.parse::<Token![=]>() {
        Ok(_) => Ok(()),
        Err(_) => Err(Error::new(name.span(), format!("`{name}` takes a value, as in `{usage}`"))),
    }
}
