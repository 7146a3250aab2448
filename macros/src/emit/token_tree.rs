//! Tokens as the identity sees them: without positions, and with text that is compared quickly.

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// One token, or a group of them.
#[derive(Clone, Debug)]
pub(super) enum Token {
    /// An identifier or a keyword, with `r#`.
    Ident(String),
    /// The source text.
    Literal(String),
    /// One character.
    Punct(char, Spacing),
    Group(Kind, Vec<Self>),
}

/// Whether another character of punctuation follows at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Spacing {
    /// As in `||`.
    Joint,
    Alone,
    /// No, and if it did, the code might mean another thing.
    Apart,
}

/// The delimiters of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Parentheses,
    Brackets,
    Braces,
    /// None in the source: what a macro passes on as one, such as an `$e:expr`.
    Invisible,
}

/// The tokens of a stream. An invisible group of one token is that token.
pub(super) fn read(stream: TokenStream) -> Vec<Token> {
    let mut tokens = Vec::new();
    for token in stream {
        match token {
            TokenTree::Ident(ident) => tokens.push(Token::Ident(ident.to_string())),
            TokenTree::Literal(literal) => tokens.push(Token::Literal(literal.to_string())),
            TokenTree::Punct(punct) => {
                let spacing = match punct.spacing() {
                    proc_macro2::Spacing::Joint => Spacing::Joint,
                    proc_macro2::Spacing::Alone => Spacing::Alone,
                };
                tokens.push(Token::Punct(punct.as_char(), spacing));
            }
            TokenTree::Group(group) => {
                let kind = match group.delimiter() {
                    Delimiter::Parenthesis => Kind::Parentheses,
                    Delimiter::Bracket => Kind::Brackets,
                    Delimiter::Brace => Kind::Braces,
                    Delimiter::None => Kind::Invisible,
                };
                let inner = read(group.stream());
                if kind == Kind::Invisible && inner.len() <= 1 {
                    tokens.extend(inner);
                } else {
                    tokens.push(Token::Group(kind, inner));
                }
            }
        }
    }
    tokens
}

/// Appends the bytes of tokens, as the documentation of `identity` has them.
pub(super) fn encode(tokens: &[Token], bytes: &mut Vec<u8>) {
    let text = |bytes: &mut Vec<u8>, tag, text: &str| {
        bytes.push(tag);
        bytes.extend(length(text.as_bytes()));
        bytes.extend(text.as_bytes());
    };
    for token in tokens {
        match token {
            Token::Ident(name) => text(bytes, b'i', name),
            Token::Literal(source) => text(bytes, b'l', source),
            // Punctuation in Rust is ASCII, so one byte holds it.
            Token::Punct(punct, spacing) => {
                bytes.extend([if *spacing == Spacing::Apart { b'P' } else { b'p' }, *punct as u8]);
            }
            Token::Group(kind, inner) => {
                let (open, close) = match kind {
                    Kind::Parentheses => (b'(', b')'),
                    Kind::Brackets => (b'[', b']'),
                    Kind::Braces => (b'{', b'}'),
                    Kind::Invisible => (b'<', b'>'),
                };
                bytes.push(open);
                encode(inner, bytes);
                bytes.push(close);
            }
        }
    }
}

/// The length of a part or a token, as it is hashed.
pub(super) fn length(bytes: &[u8]) -> [u8; 8] {
    (bytes.len() as u64).to_le_bytes()
}

impl Token {
    pub(super) fn is_punct(&self, wanted: char) -> bool {
        matches!(self, Self::Punct(punct, _) if *punct == wanted)
    }

    pub(super) fn is_ident(&self, wanted: &str) -> bool {
        matches!(self, Self::Ident(name) if name == wanted)
    }

    pub(super) fn is_braces(&self) -> bool {
        matches!(self, Self::Group(Kind::Braces, _))
    }
}
