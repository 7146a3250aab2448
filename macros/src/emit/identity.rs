//! A digest of the code of a function: 256 bits, the same on every machine and with every compiler.
//!
//! Stored plans are found by it, so a change of this file that moves a digest loses the plans of every user.
//!
//! # What is hashed
//!
//! SHA-256 over three parts: the name of the function, its signature (from the first keyword to the body), and its body
//! with the braces. Attributes, visibility and the options of `#[auto]` are not hashed. Each part is preceded by its
//! length in bytes, as 64 bits in little-endian order. The digest is read as four 64-bit words in big-endian order.
//!
//! The name is hashed as UTF-8, without the `r#` of a raw identifier. Signature and body are hashed as the
//! concatenation of their tokens, each encoded as:
//!
//! | token | bytes |
//! |---|---|
//! | identifier, keyword | `i`, the length as above, UTF-8 (with `r#`) |
//! | punctuation | `p`, one byte; each character on its own, so that `->` is `p-p>`, with or without spaces |
//! | literal | `l`, the length as above, its source text |
//! | group | its opening delimiter, its tokens, its closing delimiter |
//!
//! A lifetime `'a` is the punctuation `'`, then the identifier `a`.
//!
//! # What is left out
//!
//! So that formatting and comments do not change the digest, these are not hashed:
//!
//! - Whitespace and comments, which are not tokens.
//! - Documentation: `#[doc ..]` and `#![doc ..]`.
//! - The invisible groups around what a macro passes on. Their tokens are hashed.
//! - Trailing commas, which rustfmt adds and removes: those before a closing delimiter, before `>`, and at the end of
//!   the where-clause of the function. The comma of a tuple with one element, `(a,)`, is hashed.

use hmac_sha256::Hash;
use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use syn::ext::IdentExt;

use crate::parse::item::AnnotatedFn;

/// The digest of a function, as four words.
pub(crate) fn digest(annotated: &AnnotatedFn) -> [u64; 4] {
    let name = annotated.sig.ident.unraw().to_string();
    digest_parts(&name, annotated.sig_tokens.clone(), annotated.body.clone())
}

fn digest_parts(name: &str, signature: TokenStream, body: TokenStream) -> [u64; 4] {
    let mut hash = Hash::new();
    for part in [name.as_bytes(), &encode(signature), &encode(body)] {
        hash.update(length(part));
        hash.update(part);
    }
    let digest = hash.finalize();
    std::array::from_fn(|word| digest[8 * word..][..8].iter().fold(0, |value, byte| (value << 8) | u64::from(*byte)))
}

/// The length of a part or a token, as it is hashed.
fn length(bytes: &[u8]) -> [u8; 8] {
    (bytes.len() as u64).to_le_bytes()
}

/// The bytes of a signature or a body.
fn encode(stream: TokenStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    encode_group(&normalise(stream), &mut bytes);
    bytes
}

/// Appends the bytes of all tokens of a group, which must be normalised.
fn encode_group(tokens: &[TokenTree], bytes: &mut Vec<u8>) {
    let text = |bytes: &mut Vec<u8>, tag, text: String| {
        bytes.push(tag);
        bytes.extend(length(text.as_bytes()));
        bytes.extend(text.as_bytes());
    };
    for (index, token) in tokens.iter().enumerate() {
        match token {
            TokenTree::Ident(ident) => text(bytes, b'i', ident.to_string()),
            TokenTree::Literal(literal) => text(bytes, b'l', literal.to_string()),
            TokenTree::Punct(punct) => {
                if !(punct.as_char() == ',' && is_before_closer(tokens, index)) {
                    bytes.push(b'p');
                    // Punctuation in Rust is ASCII, so one byte holds it.
                    bytes.push(punct.as_char() as u8);
                }
            }
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => (b'(', b')'),
                    Delimiter::Bracket => (b'[', b']'),
                    Delimiter::Brace | Delimiter::None => (b'{', b'}'),
                };
                let mut inner = normalise(group.stream());
                let tuple_of_one = is_tuple_of_one(group, &inner, &tokens[..index]);
                let comma = if tuple_of_one { inner.pop() } else { None };
                bytes.push(open);
                encode_group(&inner, bytes);
                if comma.is_some() {
                    bytes.extend(b"p,");
                }
                bytes.push(close);
            }
        }
    }
}

/// The tokens without invisible groups and documentation.
fn normalise(stream: TokenStream) -> Vec<TokenTree> {
    let mut flat = Vec::new();
    flatten(stream, &mut flat);
    let mut kept: Vec<TokenTree> = Vec::with_capacity(flat.len());
    for token in flat {
        if is_doc(&token) {
            // The `#` or `#!` before the brackets is documentation too.
            let marks = match &*kept {
                [.., hash, bang] if is_punct(hash, '#') && is_punct(bang, '!') => 2,
                [.., hash] if is_punct(hash, '#') => 1,
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

/// Replaces invisible groups by their tokens.
fn flatten(stream: TokenStream, flat: &mut Vec<TokenTree>) {
    for token in stream {
        match token {
            TokenTree::Group(group) if group.delimiter() == Delimiter::None => flatten(group.stream(), flat),
            token => flat.push(token),
        }
    }
}

/// Whether this is `[doc ..]`.
fn is_doc(token: &TokenTree) -> bool {
    let TokenTree::Group(group) = token else { return false };
    group.delimiter() == Delimiter::Bracket
        && matches!(group.stream().into_iter().next(), Some(TokenTree::Ident(ident)) if ident == "doc")
}

fn is_punct(token: &TokenTree, wanted: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == wanted)
}

/// Whether a comma is the last token of its group, or stands before `>`.
fn is_before_closer(tokens: &[TokenTree], comma: usize) -> bool {
    tokens.get(comma + 1).is_none_or(|next| is_punct(next, '>'))
}

/// Whether a group is a tuple such as `(a,)`: its only comma is its last token, and the tokens before it do not make it
/// the arguments of a call or the parameters of a function.
fn is_tuple_of_one(group: &Group, inner: &[TokenTree], before: &[TokenTree]) -> bool {
    group.delimiter() == Delimiter::Parenthesis
        && inner.last().is_some_and(|last| is_punct(last, ','))
        && inner.iter().filter(|token| is_punct(token, ',')).count() == 1
        && !is_callee(before)
}

/// Whether parentheses behind these tokens belong to a call, a function, a tuple struct or a macro.
fn is_callee(before: &[TokenTree]) -> bool {
    match before {
        [.., TokenTree::Ident(name)] => !KEYWORDS.contains(&&*name.to_string()),
        [.., TokenTree::Literal(_)] => true,
        [.., TokenTree::Group(group)] => group.delimiter() != Delimiter::Brace,
        // A tuple can follow `=>` and `->`. After `f::<T>` and `Fn<T>`, parentheses hold arguments.
        [.., arrow, end] if is_punct(end, '>') => !is_punct(arrow, '-') && !is_punct(arrow, '='),
        [.., name, bang] if is_punct(bang, '!') => {
            matches!(name, TokenTree::Ident(name) if !KEYWORDS.contains(&&*name.to_string()))
        }
        [.., end] => is_punct(end, '?'),
        [] => false,
    }
}

/// Keywords that a tuple can follow. After others, such as `self` and `fn`, parentheses hold arguments or parameters.
const KEYWORDS: &[&str] = &[
    "as", "break", "const", "dyn", "else", "for", "if", "impl", "in", "let", "match", "move", "mut", "ref", "return",
    "static", "unsafe", "where", "while", "yield",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn id(source: &str) -> [u64; 4] {
        let tokens = source.parse().expect("tokens");
        digest(&crate::parse::item::parse(&tokens).expect("a function"))
    }

    const BASE: &str = "fn score(line: &str, by: u32) -> usize { line.len() * by as usize + f(1, 2) }";

    #[test]
    fn the_encoding_is_the_documented_one() {
        let encoded = |source: &str| String::from_utf8(encode(source.parse().unwrap())).unwrap().replace('\0', "");
        assert_eq!(
            encoded("fn f<'a>(x: &'a u8,) -> u8 { [x, 0x1F] }"),
            concat!(
                "i\u{2}fn",
                "i\u{1}f",
                "p<",
                "p'",
                "i\u{1}a",
                "p>",
                "(",
                "i\u{1}x",
                "p:",
                "p&",
                "p'",
                "i\u{1}a",
                "i\u{2}u8",
                ")",
                "p-",
                "p>",
                "i\u{2}u8",
                "{",
                "[",
                "i\u{1}x",
                "p,",
                "l\u{4}0x1F",
                "]",
                "}",
            )
        );
    }

    #[test]
    fn digests_are_pinned() {
        let hex = |source| id(source).map(|word| format!("{word:016x}")).concat();
        assert_eq!(hex("fn f() {}"), "d3537363caf2fcc2ed0faf94cbcbbb9a3c78eacc8d82fe6bde900916074b4292");
        assert_eq!(hex(BASE), "008a2b43e302489e1290f31b6df163f6afd9e136e19a8d8dc6f7847e176d7b4f");
        assert_eq!(
            hex("fn g<'a, T: Copy>(x: &'a [T], (a,): (u8,)) -> &'a T where T: Ord { &x[a as usize] }"),
            "182867b9d23f384e44c30def46e027e14a579151f76ee46308f1be43cbb48149"
        );
    }

    #[test]
    fn formatting_keeps_the_digest() {
        let pairs = [
            ("fn f(a: u8) { g(a, 1) }", "fn f(\n    a: u8,\n) {\n    g(\n        a,\n        1,\n    )\n}"),
            ("fn f() { g(a) }", "fn f() { g(a,) }"),
            ("fn f() { x.g(a) }", "fn f() { x.g(a,) }"),
            ("fn f() { x.0(a) }", "fn f() { x.0(a,) }"),
            ("fn f() { x[0](a) }", "fn f() { x[0](a,) }"),
            ("fn f() { g::<T>(a) }", "fn f() { g::<T,>(a,) }"),
            ("fn f() { println!(a) }", "fn f() { println!(a,) }"),
            ("fn f() { [a, b] }", "fn f() { [a, b,] }"),
            ("fn f() { (a, b) }", "fn f() { (a, b,) }"),
            ("fn f() { P { a, b } }", "fn f() { P { a, b, } }"),
            ("fn f<T, U>() {}", "fn f<T, U,>() {}"),
            ("fn f(g: fn(u8) -> u8) {}", "fn f(g: fn(u8,) -> u8) {}"),
            ("fn f() -> Vec<Vec<u8>> {}", "fn f() -> Vec<Vec<u8> > {}"),
            ("fn f<T>() where T: Copy {}", "fn f<T>()\nwhere\n    T: Copy,\n{\n}"),
            ("fn f() { a && b }", "fn f() { a & & b }"),
            ("fn f() { a() }", "/// Docs.\n#[inline]\npub(crate) fn f() { /* why */ a() // there\n}"),
            ("fn f() { fn g() {} }", "fn f() { #![doc = \"inner\"] /// Docs.\n fn g() {} }"),
            ("fn f(a: u8) {}", "fn f(#[doc = \"not that rustc likes it\"] a: u8) {}"),
        ];
        for (one, other) in pairs {
            assert_eq!(id(one), id(other), "{one}\n{other}");
        }
    }

    #[test]
    fn invisible_groups_keep_the_digest() {
        let group = |source: &str| -> TokenTree { Group::new(Delimiter::None, source.parse().unwrap()).into() };
        let plain = digest_parts("f", "(x: u8, y: u16)".parse().unwrap(), "{ x + 1 }".parse().unwrap());
        let mut body: TokenStream = "x +".parse().unwrap();
        body.extend([group("1")]);
        let body: TokenTree = Group::new(Delimiter::Brace, body).into();
        let body: TokenTree = Group::new(Delimiter::None, body.into()).into();
        let mut signature: TokenStream = "x: u8, y:".parse().unwrap();
        signature.extend([group("u16 ,")]);
        let signature: TokenTree = Group::new(Delimiter::Parenthesis, signature).into();
        assert_eq!(plain, digest_parts("f", signature.into(), body.into()));
    }

    #[test]
    fn every_change_of_the_code_changes_the_digest() {
        let variants = [
            BASE,
            "fn scores(line: &str, by: u32) -> usize { line.len() * by as usize + f(1, 2) }",
            "fn score(lines: &str, by: u32) -> usize { line.len() * by as usize + f(1, 2) }",
            "fn score(line: &[u8], by: u32) -> usize { line.len() * by as usize + f(1, 2) }",
            "fn score(line: &mut str, by: u32) -> usize { line.len() * by as usize + f(1, 2) }",
            "fn score(line: &'static str, by: u32) -> usize { line.len() * by as usize + f(1, 2) }",
            "fn score(by: u32, line: &str) -> usize { line.len() * by as usize + f(1, 2) }",
            "fn score(line: &str, by: u32, c: u8) -> usize { line.len() * by as usize + f(1, 2) }",
            "fn score(line: &str, by: u32) -> u64 { line.len() * by as usize + f(1, 2) }",
            "const fn score(line: &str, by: u32) -> usize { line.len() * by as usize + f(1, 2) }",
            "fn score<T>(line: &str, by: u32) -> usize { line.len() * by as usize + f(1, 2) }",
            "fn score<const N: u8>(line: &str, by: u32) -> usize { line.len() * by as usize + f(1, 2) }",
            "fn score(line: &str, by: u32) -> usize where u8: Copy { line.len() * by as usize + f(1, 2) }",
            "fn score(line: &str, by: u32) -> usize { line.len() + by as usize + f(1, 2) }",
            "fn score(line: &str, by: u32) -> usize { line.len() * by as usize + f(1, 3) }",
            "fn score(line: &str, by: u32) -> usize { line.len() * by as usize + f(12) }",
            "fn score(line: &str, by: u32) -> usize { line.len() * by as usize + f(1u8, 2) }",
            "fn score(line: &str, by: u32) -> usize { line.len() * by as usize + f(0x1, 2) }",
            "fn score(line: &str, by: u32) -> usize { line.len() * by as usize + f((1, 2)) }",
            "fn score(line: &str, by: u32) -> usize { line.len() * by as usize + f[1, 2] }",
            "fn score(line: &str, by: u32) -> usize { line.len() * by as usize + f(1, 2); }",
            "fn score(line: &str, by: u32) -> usize { (line.len() * by as usize) + f(1, 2) }",
            "fn score(line: &str, by: u32) -> usize { #[cfg(x)] line.len() * by as usize + f(1, 2) }",
            "fn score(line: &str, by: u32) -> usize { line.len() * by as usize + f(\"1\", 2) }",
            "fn score(line: &str, by: u32) -> usize { line.len() * by as usize + f('1', 2) }",
            "fn score(line: &str, by: u32) -> usize {}",
        ];
        for (i, one) in variants.iter().enumerate() {
            for other in &variants[i + 1..] {
                assert_ne!(id(one), id(other), "{one}\n{other}");
            }
        }
    }

    #[test]
    fn the_comma_of_a_tuple_with_one_element_is_hashed() {
        let pairs = [
            ("fn f() { (a) }", "fn f() { (a,) }"),
            ("fn f() { return (a) }", "fn f() { return (a,) }"),
            ("fn f() { let (a) = b; }", "fn f() { let (a,) = b; }"),
            ("fn f() { match x { _ => (a) } }", "fn f() { match x { _ => (a,) } }"),
            ("fn f() -> (u8) {}", "fn f() -> (u8,) {}"),
            ("fn f() { Some((a)) }", "fn f() { Some((a,)) }"),
            ("fn f() { if x {} (a) }", "fn f() { if x {} (a,) }"),
            ("fn f() { !(a) }", "fn f() { !(a,) }"),
            ("fn f() { return !(a) }", "fn f() { return !(a,) }"),
        ];
        for (one, other) in pairs {
            assert_ne!(id(one), id(other), "{one}\n{other}");
        }
    }

    #[test]
    fn moving_tokens_between_parts_changes_the_digest() {
        let of =
            |name, signature: &str, body: &str| digest_parts(name, signature.parse().unwrap(), body.parse().unwrap());
        assert_ne!(of("f", "a", "b"), of("f", "a b", ""));
        assert_ne!(of("f", "a b", ""), of("f", "", "a b"));
        assert_ne!(of("f", "ab", ""), of("f", "a b", ""));
        assert_ne!(of("f", "x ( )", ""), of("f", "( x )", ""));
    }
}
