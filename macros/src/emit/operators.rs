//! Spaces between operators that mean something: `a & &b` is not `a && b`.

use std::mem;

use crate::emit::blocks::{begins_closure, end_of_parameters};
use crate::emit::position::begins_operand;
use crate::emit::token_tree::{Spacing, Token};

/// Marks each `&` and `|` in code that is an operator, with the same character behind it, which begins its operand.
///
/// What means the same without the space is not marked, as in `& &a` and `|a| |b| c`. Where that is hard to tell, it is
/// marked.
pub(super) fn mark_operators(tokens: &mut [Token]) {
    // The `|` behind the parameters of the last closure.
    let mut closing = None;
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        let here = at;
        at += 1;
        let Token::Punct(operator @ ('&' | '|'), spacing) = *token else { continue };
        let before = &tokens[..here];
        let means_nothing = match operator {
            '|' if closing == Some(here) => true,
            // Behind a `|` that may end the parameters of a closure or be an operator, another one may be anything.
            '|' => {
                let is_known = here == 0 || !tokens[here - 1].is_punct('|') || closing == Some(here - 1);
                let opens = is_known && begins_closure(before);
                if opens {
                    closing = end_of_parameters(tokens, here).map(|end| end - 1);
                }
                opens
            }
            _ => begins_operand(before),
        };
        if means_nothing || !tokens.get(at).is_some_and(|next| next.is_punct(operator)) {
            continue;
        }
        if spacing == Spacing::Joint {
            // One operator of two characters.
            at += 1;
        } else {
            tokens[here] = Token::Punct(operator, Spacing::Apart);
        }
    }
}

/// The same for what a macro is given, where every space counts.
pub(super) fn mark_all(mut tokens: Vec<Token>) -> Vec<Token> {
    for at in 0..tokens.len() {
        let (token, behind) = tokens[at..].split_first_mut().expect("it is there");
        match token {
            Token::Group(_, inner) => *inner = mark_all(mem::take(inner)),
            Token::Punct(operator @ ('&' | '|'), spacing @ Spacing::Alone)
                if behind.first().is_some_and(|next| next.is_punct(*operator)) =>
            {
                *spacing = Spacing::Apart;
            }
            _ => {}
        }
    }
    tokens
}
