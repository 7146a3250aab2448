//! What a source names: the paths in its code, its imports, its macros and its documentation.

use std::collections::BTreeMap;

use proc_macro2::{Delimiter, Ident, Literal, TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{AttrStyle, Attribute, Expr, Lit, Meta, UseTree};

use super::links;

/// Macros whose input is code of somebody else: a path in it is none of the package's.
const QUOTES: [&str; 5] = ["quote", "quote_spanned", "parse_quote", "parse_quote_spanned", "tokens"];

#[derive(Clone, Copy, PartialEq)]
pub(super) enum Kind {
    Import,
    Path,
    Link,
    /// In the body of a `macro_rules`, beginning with `$crate`.
    Expansion,
}

/// A path, as it is written in a source.
pub(super) struct Name {
    pub(super) kind: Kind,
    pub(super) line: usize,
    /// The module in which it stands.
    pub(super) scope: Vec<String>,
    /// Whether it begins with `::`.
    pub(super) global: bool,
    pub(super) segments: Vec<String>,
}

#[derive(Default)]
pub(super) struct Named {
    pub(super) names: Vec<Name>,
    /// What imports call something, and the place of the import among the names.
    pub(super) aliases: BTreeMap<String, usize>,
}

/// All that a file names, which holds `module`.
pub(super) fn names(file: &syn::File, module: &[String]) -> Named {
    let mut reader = Reader { scope: module.to_vec(), ..Reader::default() };
    reader.visit_file(file);
    reader.read_docs();
    reader.named
}

#[derive(Default)]
struct Reader {
    scope: Vec<String>,
    named: Named,
    /// Lines of documentation that follow each other, and the number of the first.
    docs: String,
    docs_from: usize,
}

impl Reader {
    fn name(&mut self, kind: Kind, line: usize, global: bool, segments: Vec<String>) {
        // A single word in code is a local name, or `self`.
        if segments.len() > 1 || matches!(kind, Kind::Import | Kind::Link) {
            self.named.names.push(Name { kind, line, scope: self.scope.clone(), global, segments });
        }
    }

    fn import(&mut self, tree: &UseTree, global: bool, prefix: &[String]) {
        let with = |ident: &Ident| if ident == "self" { prefix.to_vec() } else { joined(prefix, ident) };
        match tree {
            UseTree::Path(path) => self.import(&path.tree, global, &joined(prefix, &path.ident)),
            UseTree::Group(group) => group.items.iter().for_each(|tree| self.import(tree, global, prefix)),
            UseTree::Glob(glob) => {
                self.name(Kind::Import, glob.star_token.spans[0].start().line, global, prefix.to_vec());
            }
            UseTree::Name(name) => {
                let segments = with(&name.ident);
                self.import_as(segments.last().cloned(), &name.ident, global, segments);
            }
            UseTree::Rename(name) => {
                self.import_as(Some(word(&name.rename)), &name.ident, global, with(&name.ident));
            }
        }
    }

    fn import_as(&mut self, alias: Option<String>, at: &Ident, global: bool, segments: Vec<String>) {
        if let Some(alias) = alias {
            self.named.aliases.insert(alias, self.named.names.len());
        }
        self.name(Kind::Import, at.span().start().line, global, segments);
    }

    /// The paths among the tokens of a macro or an attribute; in an attribute, texts may be paths too.
    fn scan(&mut self, tokens: &TokenStream, texts: bool) {
        self.scan_below(&tokens.clone().into_iter().collect::<Vec<_>>(), &[], Kind::Path, texts);
    }

    /// `prefix`: what stands before the braces that hold these tokens, as in `crate::a::{b, c::d}`.
    fn scan_below(&mut self, tokens: &[TokenTree], prefix: &[String], kind: Kind, texts: bool) {
        let mut at = 0;
        while at < tokens.len() {
            match &tokens[at] {
                TokenTree::Ident(first)
                    if !is(tokens, at.wrapping_sub(1), '.') && !is(tokens, at.wrapping_sub(1), '\'') =>
                {
                    let kind =
                        if is(tokens, at.wrapping_sub(1), '$') && first == "crate" { Kind::Expansion } else { kind };
                    let global = at >= 2 && colons(tokens, at - 2);
                    let mut segments = joined(prefix, first);
                    at += 1;
                    while colons(tokens, at) {
                        match tokens.get(at + 2) {
                            Some(TokenTree::Ident(next)) => segments = joined(&segments, next),
                            Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => {
                                let inner: Vec<_> = group.stream().into_iter().collect();
                                self.scan_below(&inner, &segments, kind, texts);
                                segments.clear();
                            }
                            _ => break,
                        }
                        at += 3;
                    }
                    if prefix.is_empty() || first != "as" {
                        self.name(kind, first.span().start().line, global, segments);
                    } else {
                        // The other name of what stands before it.
                        at += 1;
                    }
                    continue;
                }
                TokenTree::Group(group) => {
                    let inner: Vec<_> = group.stream().into_iter().collect();
                    self.scan_below(&inner, &[], Kind::Path, texts);
                }
                TokenTree::Literal(literal) if texts => self.text(literal),
                _ => {}
            }
            at += 1;
        }
    }

    /// As in `#[serde(with = "crate::a::b")]`.
    fn text(&mut self, literal: &Literal) {
        let Lit::Str(text) = Lit::new(literal.clone()) else { return };
        if let Ok(path) = text.parse::<syn::Path>() {
            let segments = path.segments.iter().map(|segment| word(&segment.ident)).collect();
            self.name(Kind::Path, literal.span().start().line, path.leading_colon.is_some(), segments);
        }
    }

    fn document(&mut self, text: &str, line: usize) {
        if self.docs_from + self.docs.matches('\n').count() != line {
            self.read_docs();
            self.docs_from = line;
        }
        self.docs.push_str(text.strip_prefix(' ').unwrap_or(text));
        self.docs.push('\n');
    }

    fn read_docs(&mut self) {
        for link in links::links(&std::mem::take(&mut self.docs)) {
            self.name(Kind::Link, self.docs_from + link.line, link.global, link.segments);
        }
        self.docs_from = 0;
    }
}

impl<'ast> Visit<'ast> for Reader {
    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        item.attrs.iter().for_each(|attribute| self.visit_attribute(attribute));
        self.import(&item.tree, item.leading_colon.is_some(), &[]);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        if let Some(first) = path.segments.first() {
            let segments = path.segments.iter().map(|segment| word(&segment.ident)).collect();
            self.name(Kind::Path, first.ident.span().start().line, path.leading_colon.is_some(), segments);
        }
        visit::visit_path(self, path);
    }

    /// `pub(super)` imports nothing.
    fn visit_vis_restricted(&mut self, _: &'ast syn::VisRestricted) {}

    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        let (inner, outer): (Vec<_>, Vec<_>) =
            item.attrs.iter().partition(|attribute| matches!(attribute.style, AttrStyle::Inner(_)));
        for attribute in outer {
            self.visit_attribute(attribute);
        }
        if let Some((_, items)) = &item.content {
            self.read_docs();
            self.scope.push(word(&item.ident));
            for attribute in inner {
                self.visit_attribute(attribute);
            }
            for item in items {
                self.visit_item(item);
            }
            self.read_docs();
            self.scope.pop();
        }
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        self.visit_path(&call.path);
        if call.path.segments.last().is_none_or(|name| QUOTES.iter().all(|quote| name.ident != quote)) {
            self.scan(&call.tokens, false);
        }
    }

    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        match &attribute.meta {
            Meta::NameValue(doc) if doc.path.is_ident("doc") => {
                if let Expr::Lit(syn::ExprLit { lit: Lit::Str(text), .. }) = &doc.value {
                    self.document(&text.value(), text.span().start().line);
                }
            }
            Meta::List(list) => {
                self.visit_path(&list.path);
                self.scan(&list.tokens, true);
            }
            meta => visit::visit_meta(self, meta),
        }
    }
}

fn word(ident: &Ident) -> String {
    let word = ident.to_string();
    word.strip_prefix("r#").map_or(word.clone(), str::to_owned)
}

fn joined(prefix: &[String], ident: &Ident) -> Vec<String> {
    [prefix, &[word(ident)]].concat()
}

fn is(tokens: &[TokenTree], at: usize, mark: char) -> bool {
    matches!(tokens.get(at), Some(TokenTree::Punct(punct)) if punct.as_char() == mark)
}

fn colons(tokens: &[TokenTree], at: usize) -> bool {
    is(tokens, at, ':') && is(tokens, at + 1, ':')
}
