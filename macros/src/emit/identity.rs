//! A digest of the code of a function: 256 bits, the same on every machine and with every compiler.
//!
//! The digest of a closure is that of a function named `{closure}`, with the items in the place of its signature.
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
//! | `&` and `\|` with a space behind | `P`, one byte, where the same character comes next and the space means something |
//! | literal | `l`, the length as above, its source text |
//! | group | its opening delimiter, its tokens, its closing delimiter |
//! | invisible group | `<`, its tokens, `>` |
//!
//! A lifetime `'a` is the punctuation `'`, then the identifier `a`. An invisible group is what a macro passes on as one,
//! such as an `$e:expr`: `x * $e` with `1 + 2` for `$e` is not `x * 1 + 2`. Where it is a single token, it is hashed as
//! that token.
//!
//! The space in `a & &b` means something, since `a && b` is another expression; that in `& &a` does not. Of `a < <T>::B` it is
//! not hashed, since in types such as `Vec< <T>::B>` line breaks come and go there: `a << T > ::B` is hashed alike, but both
//! compile only if `T` is a type and a value.
//!
//! # What is left out
//!
//! So that formatting and comments do not change the digest, these are not hashed:
//!
//! - Whitespace and comments, which are not tokens, and documentation: `#[doc ..]` and `#![doc ..]`.
//! - Trailing commas: those before a closing delimiter, before `>`, before the closing `|` of a closure, and at the end
//!   of a where-clause. The comma of a tuple with one element, `(a,)`, is hashed.
//!
//! And code that rustfmt writes in another form is hashed in one form:
//!
//! - A closure and an arm of a match whose body is a block with a single expression: without its braces.
//! - Each arm of a match has a comma behind it, and no `|` before its pattern; nor has the pattern of a `let`.
//! - `((a))` is `(a)`, unless the outer parentheses are those of a call.
//! - `return x;` at the end of a block is `return x`, as are `break` and `continue`.
//! - Empty statements are none: the second `;` of `;;`, and one at the beginning of a block.
//! - `use` items in a row are sorted, and so are the braces of each; `use a::{b};` is `use a::b;`.
//! - `extern fn` is `extern "C" fn`, and `x.0.1` is `x.0 .1`.
//!
//! Nothing of this is done to the arguments of a macro, which may look at every token, but for those of `vec!`, of
//! `format!` and its relatives, and the last comma of assertions.

use hmac_sha256::Hash;
use proc_macro2::TokenStream;
use syn::ext::IdentExt;

use crate::emit::canonical::canonical;
use crate::emit::token_tree::{encode, length, read};
use crate::parse::item::AnnotatedFn;

/// The digest of a function, as four words.
pub(crate) fn digest(annotated: &AnnotatedFn) -> [u64; 4] {
    let name = annotated.sig.ident.unraw().to_string();
    digest_parts(&name, annotated.sig_tokens.clone(), annotated.body.clone())
}

/// The digest of a closure and of the expression whose items it is mapped over. They take the places of body and signature, and
/// the name is `{closure}`, which no function has.
pub(crate) fn digest_closure(items: TokenStream, closure: TokenStream) -> [u64; 4] {
    digest_parts("{closure}", items, closure)
}

fn digest_parts(name: &str, signature: TokenStream, body: TokenStream) -> [u64; 4] {
    let mut hash = Hash::new();
    for part in [name.as_bytes(), &bytes(signature), &bytes(body)] {
        hash.update(length(part));
        hash.update(part);
    }
    let digest = hash.finalize();
    std::array::from_fn(|word| digest[8 * word..][..8].iter().fold(0, |value, byte| (value << 8) | u64::from(*byte)))
}

/// The bytes of a signature or a body.
fn bytes(stream: TokenStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    encode(&canonical(read(stream)), &mut bytes);
    bytes
}

#[cfg(test)]
mod tests {
    use proc_macro2::{Delimiter, Group, TokenTree};

    use super::*;

    fn id(source: &str) -> [u64; 4] {
        let tokens = source.parse().expect("tokens");
        digest(&crate::parse::item::parse(&tokens).expect("a function"))
    }

    const BASE: &str = "fn score(line: &str, by: u32) -> usize { line.len() * by as usize + f(1, 2) }";

    #[test]
    fn the_encoding_is_the_documented_one() {
        let encoded = |source: &str| String::from_utf8(bytes(source.parse().unwrap())).unwrap().replace('\0', "");
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
            ("fn f() { g::<fn(u8) -> Vec<T>, C<D>>(a) }", "fn f() { g::<fn(u8) -> Vec<T>, C<D> >(a,) }"),
            ("fn f<T: C<fn() -> u8>>(a: T) {}", "fn f<T: C<fn() -> u8> >(a: T,) {}"),
            ("fn f() { struct S<T>(T); }", "fn f() { struct S<T>(T,); }"),
            ("fn f() { a > (b) }", "fn f() { a > ((b)) }"),
            ("fn f() { println!(a) }", "fn f() { println!(a,) }"),
            ("fn f() { [a, b] }", "fn f() { [a, b,] }"),
            ("fn f() { (a, b) }", "fn f() { (a, b,) }"),
            ("fn f() { P { a, b } }", "fn f() { P { a, b, } }"),
            ("fn f<T, U>() {}", "fn f<T, U,>() {}"),
            ("fn f(g: fn(u8) -> u8) {}", "fn f(g: fn(u8,) -> u8) {}"),
            ("fn f() -> Vec<Vec<u8>> {}", "fn f() -> Vec<Vec<u8> > {}"),
            ("fn f<T>() where T: Copy {}", "fn f<T>()\nwhere\n    T: Copy,\n{\n}"),
            ("fn f() { a() }", "/// Docs.\n#[inline]\npub(crate) fn f() { /* why */ a() // there\n}"),
            ("fn f() { fn g() {} }", "fn f() { #![doc = \"inner\"] /// Docs.\n fn g() {} }"),
            ("fn f(a: u8) {}", "fn f(#[doc = \"not that rustc likes it\"] a: u8) {}"),
        ];
        for (one, other) in pairs {
            assert_eq!(id(one), id(other), "{one}\n{other}");
        }
    }

    #[test]
    fn what_rustfmt_writes_in_another_form_keeps_the_digest() {
        let pairs = [
            ("|x| { x + 1 }", "|x| x + 1"),
            ("f(|x| { x + 1 }, |y,| { { y } })", "f(|x| x + 1, |y| y)"),
            ("a || |x| { x }", "a || |x| x"),
            ("move || { |x| { x } }", "move || |x| x"),
            ("|x| { match x { _ => 1 } }", "|x| match x { _ => 1 }"),
            ("|x| { if x == P { 1 } else if y { 2 } else { 3 } }", "|x| if x == P { 1 } else if y { 2 } else { 3 }"),
            (
                "!|x| { x }; break 'a |x| { x }; #[a] |x| { x }; a > |x| { x }",
                "!|x| x; break 'a |x| x; #[a] |x| x; a > |x| x",
            ),
            ("|x| { unsafe { f(x) } }", "|x| unsafe { f(x) }"),
            ("|x| { async move { x } }", "|x| async move { x }"),
            ("|x| { P { x } }", "|x| P { x }"),
            ("|x| { return x; }", "|x| return x"),
            ("match x { A => { 1 } B => { f(); } _ => {} }", "match x { A => 1, B => { f(); }, _ => {}, }"),
            ("match x { | A | B => { a | b } | C => { |x| { x } } }", "match x { A | B => a | b, C => |x| x }"),
            ("match x { A => if b { 1 } else { 2 } _ => 3 }", "match x { A => { if b { 1 } else { 2 } } _ => 3 }"),
            ("match x { A => match y { _ => 1 } -1 => 2 }", "match x { A => match y { _ => 1 }, -1 => 2 }"),
            (
                "match x { #[cfg(a)] | A => if let P { a } = b { 1 } else { 2 } B => 3 }",
                "match x { #[cfg(a)] A => { if let P { a } = b { 1 } else { 2 } }, B => { 3 } }",
            ),
            ("match x { A => |a, b| a, | B => f::<C, D>(), }", "match x { A => |a, b| { a }, B => f::<C, D>() }"),
            ("f(((x)))", "f((x))"),
            ("let y = ((x));", "let y = (x);"),
            ("if a { return x } loop { break }", "if a { return x; } loop { break; }"),
            ("if a {} return x", "if a {} return x;"),
            ("; a;; b;", "a; b;"),
            ("x.0.1.2(a,) + y.0 .1.2. 3", "x.0 .1 .2(a) + y.0.1 .2.3"),
            ("use b::{d, c}; use a::{b}; use {q}; f()", "use q; use a::b; use b::{c, d}; f()"),
            ("use a::{self, b::{d, c}}; f()", "use a::{b::{c, d}, self}; f()"),
            ("for | (a) in x {} if let | A | B = x {}", "for (a) in x {} if let A | B = x {}"),
            ("fn g<T>() where T: Copy, {} extern fn h() {}", "fn g<T>() where T: Copy {} extern \"C\" fn h() {}"),
            ("vec![a, |x| { x },]; assert!(a,);", "vec![a, |x| x]; assert!(a);"),
            ("#[allow(a, b,)] let x = 1;", "#[allow(a, b)] let x = 1;"),
            ("#[cfg(any(a, b,))] let x = 1;", "#[cfg(any(a, b))] let x = 1;"),
            ("#[a([b, c,])] fn g() {}", "#[a([b, c])] fn g() {}"),
            ("a == & &b; f(& &a, & & &b); return & &a;", "a == &&b; f(&&a, &&&b); return &&a;"),
            ("a && & b; a & & & b; a > & & b; a - & & b", "a && &b; a & &&b; a > &&b; a - &&b"),
            ("f::<u8>() > & &a; a as & &T; a.. & &b", "f::<u8>() > &&a; a as &&T; a..&&b"),
            ("let & &a: & & &'a & &T = b;", "let &&a: &&&'a &&T = b;"),
            ("match x { A => {} & &B => & &b, }", "match x { A => {} &&B => &&b, }"),
            ("#[a] & &b", "#[a] &&b"),
            ("| | a; f(|x||y| x, | | |x| b); |& &x| & &x", "|| a; f(|x| |y| x, || |x| b); |&&x| &&x"),
            ("move | | a; let a = |x: Vec< <T as B>::C>||y| b;", "move || a; let a = |x: Vec<<T as B>::C>| |y| b;"),
            (
                "let x: Vec<Vec<T> >= a; let y: Vec< <T as B>::C> = < <T as B>::C as D>::e(f::< <T as B>::C>())",
                "let x: Vec<Vec<T>> = a; let y: Vec<<T as B>::C> = <<T as B>::C as D>::e(f::<<T as B>::C>())",
            ),
        ];
        for (one, other) in pairs {
            assert_eq!(id(&format!("fn f() {{ {one} }}")), id(&format!("fn f() {{ {other} }}")), "{one}\n{other}");
        }
    }

    #[test]
    fn what_may_mean_another_thing_changes_the_digest() {
        let pairs = [
            ("|x| { x; }", "|x| x"),
            ("|x| { x } + 1", "|x| x + 1"),
            ("|x| { x }(y)", "|x| x(y)"),
            ("|x| { x }.y()", "|x| x.y()"),
            ("|x| -> u8 { x }", "|x| -> u8 x"),
            ("|x| { if a {} -1 }", "|x| if a {} - 1"),
            ("|x| { m! { x } }", "|x| m! { x }"),
            ("|x| { m! { x } - 1 }", "|x| m! { x } - 1"),
            ("|x| { let y = x; y }", "|x| { x; y }"),
            ("a | { b && c }", "a | b && c"),
            ("a || b | { c && d }", "a || b | c && d"),
            ("a? | { c && d }", "a? | c && d"),
            ("(a) | { c && d }", "(a) | c && d"),
            ("a || { b }; c", "a || b; c"),
            ("match x { A => { 1 }.f(), B => 2 }", "match x { A => 1.f(), B => 2 }"),
            ("match x { A => {} B => 2 }", "match x { A => () , B => 2 }"),
            ("match x { A => { f(); } }", "match x { A => f() }"),
            ("match x { A => { 1 } - 1 => 2 }", "match x { A => 1 - 1 => 2 }"),
            ("f((a, b))", "f(a, b)"),
            ("f((a))", "f(a)"),
            ("f::<T>((a, b))", "f::<T>(a, b)"),
            ("x.0((a, b))", "x.0(a, b)"),
            ("{ f }((a, b))", "{ f }(a, b)"),
            ("let y = (a);", "let y = a;"),
            ("(f::<A, B>(),)", "(f::<A, B>())"),
            ("(|a, b| a,)", "(|a, b| a)"),
            ("m!(a,)", "m!(a)"),
            ("m!(;;)", "m!(;)"),
            ("m!(|x| { x })", "m!(|x| x)"),
            ("m! { A => { 1 } }", "m! { A => 1 }"),
            ("a::m!(((x)))", "a::m!((x))"),
            ("macro_rules! m { (A,) => {} }", "macro_rules! m { (A) => {} }"),
            ("m!(/** a */ b)", "m!(b)"),
            ("return x;", "x"),
            ("a || return x;", "a || return x"),
            ("f(return x);", "f(return x)"),
            ("use a::{self};", "use a;"),
            ("use a::b; f(); use a::c;", "f(); use a::b; use a::c;"),
            ("[0; 1]", "[0, 1]"),
            ("x.0.1", "x.01"),
            ("a..0.1", "a..0 .1"),
            ("a && b", "a & &b"),
            ("a && &b", "a & &&b"),
            ("a() && b", "a() & &b"),
            ("a[0] && b", "a[0] & &b"),
            ("(x as Vec<T> && b)", "(x as Vec<T> & &b)"),
            ("let a = P { b } && c;", "let a = P { b } & &c;"),
            ("|x| { a && b }", "|x| { a & &b }"),
            ("a || b | c", "a | |b| c"),
            ("a | b || c | d", "a | b | |c| d"),
            ("{} | |x| y || z | w", "{} | |x| y | |z| w"),
            ("assert!(a && b)", "assert!(a & &b)"),
            ("m!({ a && b })", "m!({ a & &b })"),
            ("m!(&&a)", "m!(& &a)"),
        ];
        for (one, other) in pairs {
            assert_ne!(id(&format!("fn f() {{ {one} }}")), id(&format!("fn f() {{ {other} }}")), "{one}\n{other}");
        }
    }

    #[test]
    fn what_a_macro_passes_on_as_one_is_one() {
        let group = |source: &str| -> TokenTree { Group::new(Delimiter::None, source.parse().unwrap()).into() };
        let product = |factor: TokenStream| {
            let mut body: TokenStream = "x *".parse().unwrap();
            body.extend(factor);
            let body: TokenTree = Group::new(Delimiter::Brace, body).into();
            digest_parts("f", "(x: u8)".parse().unwrap(), body.into())
        };
        assert_ne!(product(group("1 + 2").into()), product("1 + 2".parse().unwrap()));
        assert_ne!(product(group("1 + 2").into()), product("(1 + 2)".parse().unwrap()));
        assert_eq!(product(group("1").into()), product("1".parse().unwrap()));
        assert_eq!(product(group("(1 + 2)").into()), product("(1 + 2)".parse().unwrap()));
        let behind = |first: &str, rest: &str| {
            let mut body: TokenStream = group(first).into();
            body.extend(rest.parse::<TokenStream>().unwrap());
            digest_parts("f", "()".parse().unwrap(), body)
        };
        for one in ["pub(super)", "'a", "fn g() {}", "struct S;"] {
            assert_ne!(behind(one, "(a)"), behind(one, "(a,)"), "{one}");
        }
        assert_eq!(behind("a::b", "(c)"), behind("a::b", "(c,)"));
    }

    #[test]
    fn invisible_groups_of_one_token_keep_the_digest() {
        let group = |source: &str| -> TokenTree { Group::new(Delimiter::None, source.parse().unwrap()).into() };
        let plain = digest_parts("f", "(x: u8, y: u16)".parse().unwrap(), "{ x + 1 }".parse().unwrap());
        let mut body: TokenStream = "x +".parse().unwrap();
        body.extend([group("1")]);
        let body: TokenTree = Group::new(Delimiter::Brace, body).into();
        let body: TokenTree = Group::new(Delimiter::None, body.into()).into();
        let mut signature: TokenStream = "x: u8, y:".parse().unwrap();
        signature.extend([group("u16")]);
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
            ("fn f() { 'a: loop { break 'a (b) } }", "fn f() { 'a: loop { break 'a (b,) } }"),
            ("fn f() { 'vec: loop { break 'vec !(b) } }", "fn f() { 'vec: loop { break 'vec !(b,) } }"),
            ("fn f<'a>(x: &'a (u8)) {}", "fn f<'a>(x: &'a (u8,)) {}"),
            ("fn f<T>() where for<'a> (&'a T): C {}", "fn f<T>() where for<'a> (&'a T,): C {}"),
            ("fn f() { a > (b) }", "fn f() { a > (b,) }"),
            ("fn f() { a >> (b) }", "fn f() { a >> (b,) }"),
            ("fn f() { a < b && c > (d) }", "fn f() { a < b && c > (d,) }"),
            ("fn f() { g::<T>() > (a) }", "fn f() { g::<T>() > (a,) }"),
            ("fn f() { #[b] (a) }", "fn f() { #[b] (a,) }"),
            ("fn f() { #![b] (a) }", "fn f() { #![b] (a,) }"),
            ("fn f() { #[b((a))] fn g() {} }", "fn f() { #[b((a,))] fn g() {} }"),
            ("fn f() { struct S(pub (u8)); }", "fn f() { struct S(pub (u8,)); }"),
            ("fn f() { struct S(pub(super) (u8)); }", "fn f() { struct S(pub(super) (u8,)); }"),
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
