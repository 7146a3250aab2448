//! The option `key(..)` may use the context, which is the same for all items, but not the item.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Error, Expr, PatType};

use crate::check::signature::plain_name;
use crate::parse::options::Options;

/// Refuses a key that uses the item; a key is computed once for all items.
///
/// Whether a key uses it is read off the tokens. A closure can declare a variable of the same name, so in expressions
/// with a closure nothing is refused here; if such a key does use the item, rustc does not find the name.
pub(crate) fn refuse_item(first: &PatType, context: &[&PatType], options: &Options, errors: &mut Vec<Error>) {
    for expression in &options.key {
        let instead = "a key is made of the context, which is the same for all items";
        refuse_variable(expression, first, context, instead, errors);
    }
}

/// Refuses an expression that uses the item; `why` says why it cannot.
pub(super) fn refuse_variable(
    expression: &Expr,
    first: &PatType,
    context: &[&PatType],
    why: &str,
    errors: &mut Vec<Error>,
) {
    let Some(name) = plain_name(&first.pat) else { return };
    if context.iter().any(|parameter| plain_name(&parameter.pat) == Some(name)) {
        return;
    }
    let expression = expression.to_token_stream();
    if let Some(span) = find_variable(&expression, name).filter(|_| !has_closure(&expression)) {
        errors.push(Error::new(span, format!("`{name}` is the item: {why}")));
    }
}

/// The first place where `name` is a variable, and not a field, a method, part of a path, or the field of a struct
/// expression.
fn find_variable(tokens: &TokenStream, name: &Ident) -> Option<Span> {
    let tokens: Vec<TokenTree> = tokens.clone().into_iter().collect();
    let is_punct = |index: Option<usize>, any: &[char]| {
        let token = index.and_then(|index| tokens.get(index));
        matches!(token, Some(TokenTree::Punct(punct)) if any.contains(&punct.as_char()))
    };
    tokens.iter().enumerate().find_map(|(i, token)| match token {
        TokenTree::Ident(ident) if ident == name => {
            // In `0..name` it is a variable, in `value.name` it is not.
            let range = is_punct(i.checked_sub(1), &['.']) && is_punct(i.checked_sub(2), &['.']);
            let member = is_punct(i.checked_sub(1), &['.', ':']) && !range;
            (!member && !is_punct(Some(i + 1), &[':'])).then(|| ident.span())
        }
        TokenTree::Group(group) => find_variable(&group.stream(), name),
        _ => None,
    })
}

/// Whether there is a `|` anywhere, which closures begin with.
fn has_closure(tokens: &TokenStream) -> bool {
    tokens.clone().into_iter().any(|token| match token {
        TokenTree::Punct(punct) => punct.as_char() == '|',
        TokenTree::Group(group) => has_closure(&group.stream()),
        _ => false,
    })
}
