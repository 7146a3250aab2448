//! One form for code that rustfmt writes in another, so that formatting does not move an identity.
//!
//! The rules are listed in `identity`. Two programs get one form only if they mean the same. So each rule asks for a
//! place where Rust's grammar leaves one meaning, and where there might be two the code stays as it is. What a macro is
//! given stays as it is too, since a macro may look at every token.

use crate::emit::blocks::{arms, block, closures, sort};
use crate::emit::operators::{mark_all, mark_operators};
use crate::emit::position::{ends_in_a_block, is_attribute, is_callee, macro_name};
use crate::emit::token_tree::{Kind, Spacing, Token};

/// The canonical form of a signature or a body.
pub(super) fn canonical(tokens: Vec<Token>) -> Vec<Token> {
    sequence(tokens, Place::Other)
}

/// What a sequence of tokens stands in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Braces,
    /// Parentheses around one expression or type, or around those of a tuple.
    Tuple,
    /// The braces of `use a::{b, c}`.
    UseTree,
    Other,
}

fn sequence(tokens: Vec<Token>, place: Place) -> Vec<Token> {
    let mut groups_done = Vec::with_capacity(tokens.len());
    for token in without_docs(tokens) {
        match token {
            Token::Group(kind, inner) => group(kind, inner, &mut groups_done),
            token => groups_done.push(token),
        }
    }
    let mut tokens = tidy(groups_done);
    match place {
        Place::UseTree => return use_tree(&tokens),
        Place::Braces => tokens = arms(tokens),
        Place::Tuple | Place::Other => {}
    }
    let mut tokens = closures(tokens);
    if place == Place::Braces {
        tokens = block(tokens);
    }
    if tokens.last().is_some_and(|last| last.is_punct(',')) && !(place == Place::Tuple && may_be_tuple_of_one(&tokens))
    {
        tokens.pop();
    }
    mark_operators(&mut tokens);
    tokens
}

/// Appends the canonical form of a group that stands behind the tokens `before`.
fn group(kind: Kind, inner: Vec<Token>, before: &mut Vec<Token>) {
    if let Some(name) = macro_name(before) {
        let inner = match name {
            name if EXPRESSION_MACROS.contains(&name) => sequence(inner, Place::Other),
            name if ASSERTIONS.contains(&name) => mark_all(without_last_comma(inner)),
            _ => mark_all(inner),
        };
        return before.push(Token::Group(kind, inner));
    }
    if kind == Kind::Brackets && is_attribute(before) {
        return before.push(Token::Group(kind, mark_all(without_commas_at_ends(inner))));
    }
    let place = match (kind, &**before) {
        (Kind::Braces, [.., Token::Punct(':', _), Token::Punct(':', _)]) => Place::UseTree,
        (Kind::Braces, [.., Token::Ident(name)]) if name == "use" => Place::UseTree,
        (Kind::Braces, _) => Place::Braces,
        (Kind::Parentheses, before) if !is_callee(before) => Place::Tuple,
        _ => Place::Other,
    };
    let mut inner = sequence(inner, place);
    // `use a::{b}` is `use a::b`, and `((a))` is `(a)`. Behind a block, parentheses may be the arguments of a call.
    let is_behind_a_block = before.last().is_some_and(ends_in_a_block);
    match (place, &*inner) {
        (Place::UseTree, [first, ..]) if !first.is_ident("self") && !has_comma(&inner) => before.append(&mut inner),
        (Place::Tuple, [Token::Group(Kind::Parentheses, _)]) if !is_behind_a_block => before.append(&mut inner),
        _ => before.push(Token::Group(kind, inner)),
    }
}

/// What any sequence may have: a comma before `>`, or at the end of a where-clause; a leading `|` of a pattern;
/// `extern fn`, which is `extern "C" fn`; `x.0.1`, which is `x.0 .1`.
fn tidy(tokens: Vec<Token>) -> Vec<Token> {
    let mut kept: Vec<Token> = Vec::with_capacity(tokens.len());
    let mut in_where = false;
    for token in tokens {
        if let Some(last) = kept.last() {
            let ends_where = in_where && (token.is_braces() || token.is_punct(';'));
            if last.is_punct(',') && (token.is_punct('>') || ends_where) {
                kept.pop();
            } else if token.is_punct('|') && (last.is_ident("let") || last.is_ident("for")) {
                continue;
            } else if token.is_ident("fn") && last.is_ident("extern") {
                kept.push(Token::Literal("\"C\"".into()));
            }
            in_where &= !ends_where;
        }
        in_where |= token.is_ident("where");
        match token {
            Token::Literal(number) if is_field(&kept) => push_fields(&number, &mut kept),
            token => kept.push(token),
        }
    }
    kept
}

/// Whether a literal behind these tokens is the number of a field, and not the end of a range.
fn is_field(before: &[Token]) -> bool {
    match before {
        [.., first, second] => second.is_punct('.') && !first.is_punct('.'),
        _ => false,
    }
}

/// Appends the fields of a tuple and of one in it, which may be one literal: the `0.1` of `x.0.1`.
fn push_fields(number: &str, to: &mut Vec<Token>) {
    for (at, field) in number.split('.').enumerate() {
        if at > 0 {
            to.push(Token::Punct('.', Spacing::Alone));
        }
        if !field.is_empty() {
            to.push(Token::Literal(field.into()));
        }
    }
}

/// Sorts the items of a use tree.
fn use_tree(tokens: &[Token]) -> Vec<Token> {
    let mut items: Vec<Vec<Token>> = tokens.split(|token| token.is_punct(',')).map(<[Token]>::to_vec).collect();
    items.retain(|item| !item.is_empty());
    sort(&mut items);
    items.join(&[Token::Punct(',', Spacing::Alone)][..])
}

/// The tokens without documentation: `#[doc ..]` and `#![doc ..]`.
fn without_docs(tokens: Vec<Token>) -> Vec<Token> {
    let mut kept: Vec<Token> = Vec::with_capacity(tokens.len());
    for token in tokens {
        let is_doc = |inner: &[Token]| inner.first().is_some_and(|first| first.is_ident("doc"));
        if matches!(&token, Token::Group(Kind::Brackets, inner) if is_doc(inner)) {
            let marks = match &*kept {
                [.., hash, bang] if hash.is_punct('#') && bang.is_punct('!') => 2,
                [.., hash] if hash.is_punct('#') => 1,
                _ => 0,
            };
            if marks > 0 {
                kept.truncate(kept.len() - marks);
                continue;
            }
        }
        kept.push(token);
    }
    kept
}

fn has_comma(tokens: &[Token]) -> bool {
    tokens.iter().any(|token| token.is_punct(','))
}

fn without_last_comma(mut tokens: Vec<Token>) -> Vec<Token> {
    tokens.pop_if(|last| last.is_punct(','));
    tokens
}

/// The same for what an attribute is given, and in all groups inside, but for those that may be tuples.
fn without_commas_at_ends(tokens: Vec<Token>) -> Vec<Token> {
    let mut kept: Vec<Token> = Vec::with_capacity(tokens.len());
    for token in tokens {
        let is_named = matches!(kept.last(), Some(Token::Ident(_)));
        kept.push(match token {
            Token::Group(kind, inner) if is_named || kind != Kind::Parentheses => {
                Token::Group(kind, without_commas_at_ends(inner))
            }
            token => token,
        });
    }
    without_last_comma(kept)
}

/// Whether tokens that end in a comma may be a tuple such as `(a,)`, whose comma counts: unless another comma is surely
/// not one of type arguments and not one between the parameters of a closure.
fn may_be_tuple_of_one(tokens: &[Token]) -> bool {
    let mut depth = 0_usize;
    let mut separators = 0;
    let mut arrow = false;
    for token in tokens {
        match token {
            Token::Punct('|', _) => return true,
            Token::Punct('<', _) => depth += 1,
            Token::Punct('>', _) if !arrow => depth = depth.saturating_sub(1),
            Token::Punct(',', _) if depth == 0 => separators += 1,
            _ => {}
        }
        arrow = token.is_punct('-') || token.is_punct('=');
    }
    separators <= 1
}

/// Macros of the standard library to which formatting means nothing.
const EXPRESSION_MACROS: &[&str] =
    &["vec", "format", "format_args", "print", "println", "eprint", "eprintln", "write", "writeln", "panic"];

/// These quote their arguments.
const ASSERTIONS: &[&str] = &["assert", "assert_eq", "assert_ne", "debug_assert", "debug_assert_eq", "debug_assert_ne"];
