//! The annotated function: its signature parsed, its body kept as it is.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use syn::parse::{Parse, ParseStream, Parser};
use syn::{Attribute, Error, Result, Signature, Visibility};

/// A function, read no further than its signature.
pub(crate) struct Item {
    /// All of it, as it was written.
    pub(crate) tokens: TokenStream,
    pub(crate) attrs: Vec<Attribute>,
    /// Everything behind the attributes.
    pub(crate) after_attrs: TokenStream,
    pub(crate) vis: Visibility,
    pub(crate) sig: Signature,
    /// The signature as it was written, from its first keyword to the body.
    pub(crate) sig_tokens: TokenStream,
    /// The body with its braces.
    pub(crate) body: TokenStream,
}

/// Reads an annotated item, which should be a function with a body.
pub(crate) fn parse(tokens: &TokenStream) -> Result<Item> {
    let read = |input: ParseStream<'_>| {
        let attrs = Attribute::parse_outer(input)?;
        let after_attrs = input.fork().parse()?;
        let vis = input.parse()?;
        if !starts_a_function(input) {
            let error = input.error("`#[auto]` goes on a function");
            input.parse::<TokenStream>()?;
            return Err(error);
        }
        let (sig_tokens, body) = split_body(input.fork().parse()?);
        let sig = Signature::parse(input)?;
        input.parse::<TokenStream>()?;
        let Some(body) = body else {
            let message = "this function has no body: put `#[auto]` on one that has";
            return Err(Error::new(sig.ident.span(), message));
        };
        Ok(Item { tokens: tokens.clone(), attrs, after_attrs, vis, sig, sig_tokens, body })
    };
    read.parse2(tokens.clone())
}

/// Whether qualifiers and then `fn` follow.
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

/// Splits off the body: the last token, if that is a group in braces (perhaps handed on by a macro as `$body:block`).
fn split_body(tokens: TokenStream) -> (TokenStream, Option<TokenStream>) {
    let mut tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let body = tokens.pop_if(|last| is_block(last)).map(TokenStream::from);
    (tokens.into_iter().collect(), body)
}

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
