//! Blocks that may have braces or not, and what may end them: parts of the canonical form.

use crate::emit::position::begins_operand;
use crate::emit::token_tree::{Kind, Spacing, Token, encode};

/// The arms of a match: without braces around a single expression, without a leading `|`, and with a comma behind each.
/// Other tokens in braces have no `=>` and stay as they are.
pub(super) fn arms(tokens: Vec<Token>) -> Vec<Token> {
    let Some(first) = (0..tokens.len()).find(|&at| is_fat_arrow(&tokens, at)) else { return tokens };
    let mut kept = Vec::with_capacity(tokens.len() + 8);
    let (mut at, mut arrow) = (0, Some(first));
    while let Some(body) = arrow.map(|arrow| arrow + 2) {
        // Attributes may stand before the pattern.
        while tokens[at].is_punct('#') && matches!(tokens.get(at + 1), Some(Token::Group(Kind::Brackets, _))) {
            kept.extend_from_slice(&tokens[at..at + 2]);
            at += 2;
        }
        at += usize::from(tokens[at].is_punct('|'));
        kept.extend_from_slice(&tokens[at..body]);
        at = body;
        if let Some(end) = end_of_arm_in_braces(&tokens, body) {
            match &tokens[body..end] {
                [Token::Group(Kind::Braces, inner)] => push_body(inner, &mut kept),
                body => kept.extend_from_slice(body),
            }
            kept.push(Token::Punct(',', Spacing::Alone));
            at = end + usize::from(tokens.get(end).is_some_and(|next| next.is_punct(',')));
        } else {
            // Up to the comma behind the expression, which ends the arm.
            while let Some(token) = tokens.get(at) {
                let end = if begins_closure(&kept) { end_of_parameters(&tokens, at) } else { None };
                let end = end.unwrap_or(at + 1);
                kept.extend_from_slice(&tokens[at..end]);
                at = end;
                if token.is_punct(',') {
                    break;
                }
            }
        }
        arrow = (at..tokens.len()).find(|&at| is_fat_arrow(&tokens, at));
    }
    kept.extend_from_slice(&tokens[at..]);
    kept
}

/// The end of an arm's body that begins here, if that is a block, or an expression that ends in one and needs no comma.
fn end_of_arm_in_braces(tokens: &[Token], body: usize) -> Option<usize> {
    let end = if tokens.get(body)?.is_braces() { body + 1 } else { end_of_block_like(tokens, body)? };
    let goes_on = tokens.get(end).is_some_and(|next| next.is_punct('.') || next.is_punct('?'));
    (!goes_on).then_some(end)
}

/// Closures: without braces around a single expression, and without a comma behind the last parameter.
pub(super) fn closures(tokens: Vec<Token>) -> Vec<Token> {
    if !tokens.iter().any(|token| token.is_punct('|')) {
        return tokens;
    }
    let mut kept: Vec<Token> = Vec::with_capacity(tokens.len());
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        if !token.is_punct('|') {
            kept.push(token.clone());
            at += 1;
            continue;
        }
        let Some(end) = begins_closure(&kept).then(|| end_of_parameters(&tokens, at)).flatten() else {
            // Either `|` or `||`, between two operands or patterns.
            let both =
                matches!((token, tokens.get(at + 1)), (Token::Punct(_, Spacing::Joint), Some(Token::Punct('|', _))));
            let end = at + 1 + usize::from(both);
            kept.extend_from_slice(&tokens[at..end]);
            at = end;
            continue;
        };
        kept.extend_from_slice(&tokens[at..end - 1]);
        kept.pop_if(|last| last.is_punct(','));
        kept.push(tokens[end - 1].clone());
        at = end;
        let is_whole = tokens.get(end + 1).is_none_or(|next| next.is_punct(',') || next.is_punct(';'));
        if let Some(Token::Group(Kind::Braces, inner)) = tokens.get(end)
            && is_whole
        {
            push_body(inner, &mut kept);
            at = end + 1;
        }
    }
    kept
}

/// Appends the body of a closure or an arm: without its braces if they hold a single expression.
fn push_body(inner: &[Token], kept: &mut Vec<Token>) {
    match inner {
        [Token::Group(Kind::Braces, deeper)] => push_body(deeper, kept),
        inner if is_single_expression(inner) => kept.extend_from_slice(inner),
        inner => kept.push(Token::Group(Kind::Braces, inner.to_vec())),
    }
}

/// A block: without empty statements, with its imports sorted, and without the semicolon of a `return x;` at its end.
pub(super) fn block(tokens: Vec<Token>) -> Vec<Token> {
    let mut kept: Vec<Token> = Vec::with_capacity(tokens.len());
    for token in tokens {
        if !(token.is_punct(';') && kept.last().is_none_or(|last| last.is_punct(';'))) {
            kept.push(token);
        }
    }
    sort_imports(&mut kept);
    if kept.last().is_some_and(|last| last.is_punct(';')) {
        let before = &kept[..kept.len() - 1];
        let last = before.iter().rposition(|token| token.is_punct(';')).map_or(0, |at| at + 1);
        let leaves = |token: &Token| ["return", "break", "continue"].into_iter().any(|keyword| token.is_ident(keyword));
        if (last..before.len()).any(|at| leaves(&before[at]) && (at == last || before[at - 1].is_braces())) {
            kept.pop();
        }
    }
    kept
}

/// Sorts each run of `use ..;`.
fn sort_imports(tokens: &mut Vec<Token>) {
    if !tokens.iter().any(|token| token.is_ident("use")) {
        return;
    }
    let mut sorted = Vec::with_capacity(tokens.len());
    let mut run: Vec<Vec<Token>> = Vec::new();
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        let starts = at == 0 || tokens[at - 1].is_punct(';') || tokens[at - 1].is_braces();
        let end = tokens[at..].iter().position(|token| token.is_punct(';')).map(|end| at + end + 1);
        match end {
            Some(end) if starts && token.is_ident("use") => {
                run.push(tokens[at..end].to_vec());
                at = end;
            }
            _ => {
                drain_sorted(&mut run, &mut sorted);
                sorted.push(token.clone());
                at += 1;
            }
        }
    }
    drain_sorted(&mut run, &mut sorted);
    *tokens = sorted;
}

fn drain_sorted(run: &mut Vec<Vec<Token>>, to: &mut Vec<Token>) {
    sort(run);
    to.extend(run.drain(..).flatten());
}

/// Sorts sequences of tokens by their bytes.
pub(super) fn sort(items: &mut [Vec<Token>]) {
    items.sort_by_cached_key(|item| {
        let mut bytes = Vec::new();
        encode(item, &mut bytes);
        bytes
    });
}

/// Whether this is the `=` of a `=>`.
fn is_fat_arrow(tokens: &[Token], at: usize) -> bool {
    matches!(tokens[at..], [Token::Punct('=', Spacing::Joint), Token::Punct('>', _), ..])
}

/// Whether a `|` behind these tokens begins a closure.
pub(super) fn begins_closure(before: &[Token]) -> bool {
    before.last().is_some_and(|last| last.is_ident("async") || last.is_ident("move")) || begins_operand(before)
}

/// The place behind the parameters of a closure, `|a, b|`, that begin here.
pub(super) fn end_of_parameters(tokens: &[Token], open: usize) -> Option<usize> {
    if !tokens[open].is_punct('|') {
        return None;
    }
    let close = open + 1 + tokens[open + 1..].iter().position(|token| token.is_punct('|'))?;
    let is_no_parameter = |at: usize| tokens[at].is_punct(';') || is_fat_arrow(tokens, at);
    (!(open + 1..close).any(is_no_parameter)).then_some(close + 1)
}

/// Whether the tokens of a block are one expression and nothing else, so that it means the same without the braces. Where
/// that is hard to tell: no.
fn is_single_expression(tokens: &[Token]) -> bool {
    const STATEMENTS: &[&str] = &[
        "auto",
        "const",
        "default",
        "enum",
        "extern",
        "fn",
        "gen",
        "impl",
        "let",
        "macro",
        "macro_rules",
        "mod",
        "pub",
        "safe",
        "static",
        "struct",
        "trait",
        "try",
        "type",
        "union",
        "use",
    ];
    let [first, rest @ ..] = tokens else { return false };
    match first {
        Token::Group(Kind::Braces | Kind::Invisible, _) => return rest.is_empty(),
        Token::Punct('#' | '\'', _) => return false,
        Token::Ident(name) if STATEMENTS.contains(&&**name) => return false,
        Token::Ident(name) if name == "async" => {
            let block = &rest[usize::from(rest.first().is_some_and(|next| next.is_ident("move")))..];
            return matches!(block, [Token::Group(Kind::Braces, _)]);
        }
        Token::Ident(name) if BLOCK_LIKE.contains(&&**name) => {
            return end_of_block_like(tokens, 0) == Some(tokens.len());
        }
        _ => {}
    }
    // `m! {..}` is a statement, which the macro can make anything of.
    let path = tokens.iter().take_while(|token| matches!(token, Token::Ident(_) | Token::Punct(':', _))).count();
    let is_macro_in_braces = matches!(&tokens[path..], [Token::Punct('!', _), Token::Group(Kind::Braces, _), ..]);
    !is_macro_in_braces && !tokens.iter().any(|token| token.is_punct(';'))
}

/// Keywords of expressions that end in a block and are statements without a semicolon.
const BLOCK_LIKE: &[&str] = &["for", "if", "loop", "match", "unsafe", "while"];

/// The place behind an expression such as `if a { .. } else { .. }` that begins here. `None` if it is none, or one that
/// has more braces than those of its blocks.
fn end_of_block_like(tokens: &[Token], start: usize) -> Option<usize> {
    let keyword = BLOCK_LIKE.iter().find(|keyword| tokens[start].is_ident(keyword))?;
    let mut at = start;
    loop {
        // Behind the first braces, but for those of a pattern, as in `if let P { a } = b { .. }`.
        at += 1 + tokens[at..].iter().position(Token::is_braces)?;
        match tokens.get(at) {
            Some(next) if next.is_punct('=') && !is_fat_arrow(tokens, at) => continue,
            Some(next) if next.is_braces() || next.is_ident("in") => return None,
            Some(next) if next.is_ident("else") && *keyword == "if" => at += 1,
            _ => return Some(at),
        }
        match tokens.get(at)? {
            next if next.is_braces() => return Some(at + 1),
            next if next.is_ident("if") => {}
            _ => return None,
        }
    }
}
