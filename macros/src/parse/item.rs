//! The annotated item, which has to be a function: its signature is parsed, its body is kept as tokens.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use syn::parse::{Parse, ParseStream, Parser};
use syn::{Attribute, Error, Result, Signature, Visibility};

/// The annotated function.
pub(crate) struct AnnotatedFn {
    /// The whole function, as it was written.
    pub(crate) tokens: TokenStream,
    pub(crate) attrs: Vec<Attribute>,
    /// Everything behind the attributes, as it was written.
    pub(crate) after_attrs: TokenStream,
    pub(crate) vis: Visibility,
    pub(crate) sig: Signature,
    /// The signature as it was written, from its first keyword up to the body.
    pub(crate) sig_tokens: TokenStream,
    /// The body with its braces.
    pub(crate) body: TokenStream,
}

/// Parses the annotated item.
pub(crate) fn parse(tokens: &TokenStream) -> Result<AnnotatedFn> {
    let read = |input: ParseStream<'_>| {
        let attrs = Attribute::parse_outer(input)?;
        let after_attrs = input.fork().parse()?;
        let vis = input.parse()?;
        if !starts_a_function(input) {
            return Err(input.error("`#[auto]` goes on a function"));
        }
        let (sig_tokens, body) = split_body(input.fork().parse()?);
        let sig = Signature::parse(input)?;
        input.parse::<TokenStream>()?;
        let Some(body) = body else {
            let message =
                "this function has no body: put `#[auto]` on one that has, and call that one from each implementation";
            return Err(Error::new(sig.ident.span(), message));
        };
        Ok(AnnotatedFn { tokens: tokens.clone(), attrs, after_attrs, vis, sig, sig_tokens, body })
    };
    read.parse2(tokens.clone())
}

/// Whether qualifiers such as `const` or `unsafe`, if any, and then `fn` follow.
fn starts_a_function(input: ParseStream<'_>) -> bool {
    use syn::{LitStr, Token, token::Extern};
    let input = input.fork();
    loop {
        if input.peek(Token![fn]) {
            return true;
        }
        let qualifier = input.peek(Token![const])
            || input.peek(Token![async])
            || input.peek(Token![unsafe])
            || input.peek(Token![default])
            || input.peek(Extern)
            || input.peek(LitStr);
        if !qualifier || input.parse::<TokenTree>().is_err() {
            return false;
        }
    }
}

/// Splits off the body, which is the last token if that is a group in braces.
fn split_body(tokens: TokenStream) -> (TokenStream, Option<TokenStream>) {
    let mut tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let body = tokens.pop_if(|last| is_block(last)).map(TokenStream::from);
    (tokens.into_iter().collect(), body)
}

/// Whether this is a group in braces, or such a group inside the invisible one that a macro puts around a
/// `$body:block`.
fn is_block(token: &TokenTree) -> bool {
    let TokenTree::Group(group) = token else { return false };
    match group.delimiter() {
        Delimiter::Brace => true,
        Delimiter::None => {
            let mut inner = group.stream().into_iter();
            matches!((inner.next(), inner.next()), (Some(only), None) if is_block(&only))
        }
        Delimiter::Parenthesis | Delimiter::Bracket => false,
    }
}
