//! What a token can be, by what stands before it: an argument or a tuple, an operand or an operator.

use crate::emit::token_tree::{Kind, Spacing, Token};

/// Whether parentheses behind these tokens belong to a call, a function or a tuple struct.
pub(super) fn is_callee(before: &[Token]) -> bool {
    if is_lifetime(before) || is_visibility(before) {
        return false;
    }
    match before {
        [.., Token::Ident(name)] => !KEYWORDS.contains(&&**name),
        [.., Token::Literal(_)] => true,
        [mark @ .., Token::Group(Kind::Brackets, _)] => !is_attribute(mark),
        [.., end @ Token::Group(..)] => !ends_in_a_block(end),
        [.., end] if end.is_punct('>') => closes_parameters(before),
        [.., end] => end.is_punct('?'),
        [] => false,
    }
}

/// Keywords that a tuple can follow. After others, such as `self` and `fn`, parentheses hold arguments or parameters.
const KEYWORDS: &[&str] = &[
    "as", "break", "const", "dyn", "else", "for", "if", "impl", "in", "let", "match", "move", "mut", "pub", "ref",
    "return", "static", "unsafe", "where", "while", "yield",
];

/// Whether this is a block, or an item or a statement that a macro was given. Parentheses behind it may hold arguments, or
/// begin another statement.
pub(super) fn ends_in_a_block(token: &Token) -> bool {
    match token {
        Token::Group(Kind::Invisible, inner) => {
            inner.last().is_some_and(|last| last.is_punct(';') || ends_in_a_block(last))
        }
        token => token.is_braces(),
    }
}

/// The name of the macro that a group behind these tokens is for.
pub(super) fn macro_name(before: &[Token]) -> Option<&str> {
    match before {
        [name @ .., Token::Punct('!', _)] if is_lifetime(name) => None,
        [.., Token::Ident(name), Token::Punct('!', _)] if !KEYWORDS.contains(&&**name) => Some(name),
        [.., Token::Group(Kind::Invisible, _), Token::Punct('!', _)] => Some(""),
        [.., Token::Ident(rules), Token::Punct('!', _), Token::Ident(_)] if rules == "macro_rules" => Some(""),
        _ => None,
    }
}

/// Whether brackets behind these tokens belong to an attribute.
pub(super) fn is_attribute(before: &[Token]) -> bool {
    match before {
        [.., hash, bang] if hash.is_punct('#') && bang.is_punct('!') => true,
        [.., hash] => hash.is_punct('#'),
        [] => false,
    }
}

/// Whether an operand begins behind these tokens, or a type or a pattern, so that `|` there begins a closure and `& &` is
/// `&&`. Where that is hard to tell: no.
pub(super) fn begins_operand(before: &[Token]) -> bool {
    const KEYWORDS: &[&str] = &[
        "as", "break", "const", "for", "if", "in", "let", "match", "mut", "return", "static", "where", "while", "yield",
    ];
    if is_visibility(before) {
        return true;
    }
    match before {
        [] => true,
        // `&'a & &T`; but `continue 'a && b` has an operator.
        [.., mark, Token::Punct('\'', _), Token::Ident(_)] => mark.is_punct('&') || mark.is_ident("break"),
        [.., Token::Ident(name)] => KEYWORDS.contains(&&**name),
        [mark @ .., Token::Group(Kind::Brackets, _)] => is_attribute(mark),
        [.., Token::Literal(_) | Token::Group(..)] => false,
        [.., Token::Punct('>', _)] => is_arrow(before) || open_angle(before).is_none(),
        [.., Token::Punct(punct, _)] => *punct != '?',
    }
}

/// The place of the `<` that the `>` at the end of these tokens may close. `None` if it surely closes none.
fn open_angle(before: &[Token]) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, token) in before.iter().enumerate().rev() {
        match token {
            Token::Punct(';', _) => return None,
            Token::Punct('>', _) if !is_arrow(&before[..=at]) => depth += 1,
            Token::Punct('<', _) if depth <= 1 => return Some(at),
            Token::Punct('<', _) => depth -= 1,
            _ => {}
        }
    }
    None
}

/// Whether the `>` at the end of these tokens closes what parentheses with arguments or parameters can follow: the `<T>` of
/// `f::<T>`, `fn f<T>` or `struct S<T>`. Else it is part of a comparison, an arrow or `for<'a>`.
fn closes_parameters(before: &[Token]) -> bool {
    if is_arrow(before) {
        return false;
    }
    match open_angle(before).map(|open| &before[..open]) {
        Some([.., Token::Punct(':', _), Token::Punct(':', _)]) => true,
        Some([.., item, Token::Ident(_)]) => item.is_ident("fn") || item.is_ident("struct"),
        _ => false,
    }
}

/// Whether these tokens end in `->` or `=>`.
fn is_arrow(before: &[Token]) -> bool {
    matches!(before, [.., Token::Punct('-' | '=', Spacing::Joint), Token::Punct('>', _)])
}

/// Whether these tokens end in a lifetime or a label.
fn is_lifetime(before: &[Token]) -> bool {
    match before {
        [.., Token::Group(Kind::Invisible, inner)] => inner.len() == 2 && is_lifetime(inner),
        before => matches!(before, [.., Token::Punct('\'', _), Token::Ident(_)]),
    }
}

/// Whether these tokens end in `pub`, `pub(crate)` and so on.
fn is_visibility(before: &[Token]) -> bool {
    match before {
        [.., Token::Group(Kind::Invisible, inner)] => is_visibility(inner),
        [.., Token::Ident(name)] | [.., Token::Ident(name), Token::Group(Kind::Parentheses, _)] => name == "pub",
        _ => false,
    }
}
