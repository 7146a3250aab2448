//! The sources of a package: its files, and which of them hold which module. What `cfg` leaves out is read all the same.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::slice;

use syn::punctuated::Punctuated;
use syn::{Expr, ExprLit, Item, Lit, Meta, Token};

use super::names::{self, Name, Named};

pub(super) struct Package {
    /// The name of its folder.
    pub(super) folder: String,
    /// What paths call it.
    pub(super) library: String,
    /// The first is lib.rs or main.rs.
    pub(super) files: Vec<File>,
    /// The files that hold a module: more than one where `cfg` chooses between them.
    modules: BTreeMap<Vec<String>, BTreeSet<usize>>,
    /// The files of the macros that `#[macro_export]` puts into the root.
    macros: BTreeMap<String, usize>,
}

pub(super) struct File {
    /// From the folder of the workspace on.
    pub(super) path: String,
    pub(super) room: String,
    pub(super) lines: usize,
    pub(super) named: Named,
    /// The rooms that it says its own room may use, where it says so.
    pub(super) may_use: Option<BTreeSet<String>>,
}

impl Package {
    /// The path of a name from the root of the package on, if it is a name of this package.
    pub(super) fn absolute(&self, file: usize, name: &Name) -> Option<Vec<String>> {
        self.direct(file, name).or_else(|| {
            // By way of a module that was imported before.
            let named = &self.files[file].named;
            let (first, rest) = name.segments.split_first()?;
            let imported = self.direct(file, &named.names[*named.aliases.get(first)?])?;
            (!name.global && !rest.is_empty() && self.modules.contains_key(&imported))
                .then(|| [&imported, rest].concat())
        })
    }

    fn direct(&self, file: usize, name: &Name) -> Option<Vec<String>> {
        let (first, rest) = name.segments.split_first()?;
        if *first == self.library {
            return Some(rest.to_vec());
        }
        if name.global {
            return None;
        }
        let mut scope = name.scope.clone();
        let mut rest = match first.as_str() {
            "crate" => return Some(rest.to_vec()),
            "self" => rest,
            "super" => &name.segments,
            // A module that stands here, or further out in this file: `use super::*` brings those in.
            _ => loop {
                let module = [&scope[..], slice::from_ref(first)].concat();
                if self.modules.contains_key(&module) {
                    return Some([&module, rest].concat());
                }
                scope.pop()?;
                if !self.modules.get(&scope).map_or(file == 0 && scope.is_empty(), |files| files.contains(&file)) {
                    return None;
                }
            },
        };
        while let [first, further @ ..] = rest
            && first == "super"
        {
            scope.pop()?;
            rest = further;
        }
        Some([&scope, rest].concat())
    }

    /// The files that hold what an absolute path names; none if it is an item of the root.
    pub(super) fn holders(&self, path: &[String]) -> BTreeSet<usize> {
        let module = (1..=path.len()).rev().find_map(|len| self.modules.get(&path[..len]));
        let exported = || Some(BTreeSet::from([*self.macros.get(path.first()?)?]));
        module.cloned().or_else(exported).unwrap_or_default()
    }
}

/// The folders beside each other that are packages with a `src`.
pub(super) fn on_disk(workspace: &Path) -> Vec<String> {
    let folders = fs::read_dir(workspace).unwrap().map(|entry| entry.unwrap());
    let packages = folders.filter(|folder| ["src", "Cargo.toml"].iter().all(|part| folder.path().join(part).exists()));
    let mut names: Vec<String> = packages.map(|folder| folder.file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Nothing if there is no such package.
pub(super) fn read(workspace: &Path, folder: &str, faults: &mut Vec<String>) -> Option<Package> {
    let src = workspace.join(folder).join("src");
    let root = ["lib.rs", "main.rs"].iter().map(|name| src.join(name)).find(|root| root.exists())?;
    let manifest = fs::read_to_string(workspace.join(folder).join("Cargo.toml")).ok()?;
    let name = manifest.lines().find_map(|line| line.strip_prefix("name = \"")?.strip_suffix('"'))?;
    let (files, modules, macros) = Default::default();
    let package = Package { folder: folder.to_owned(), library: name.replace('-', "_"), files, modules, macros };
    let mut reader = Reader { workspace, src: &src, package, faults };
    reader.read(&root, &[], true);
    reader.find_strays(&src);
    Some(reader.package)
}

struct Reader<'a> {
    workspace: &'a Path,
    src: &'a Path,
    package: Package,
    faults: &'a mut Vec<String>,
}

impl Reader<'_> {
    /// `here`: whether its modules stand beside it, and not in a folder of its name.
    fn read(&mut self, path: &Path, module: &[String], here: bool) {
        let shown = self.shown(path);
        let known = self.package.files.iter().position(|file| file.path == shown);
        let at = known.unwrap_or(self.package.files.len());
        if !module.is_empty() {
            self.package.modules.entry(module.to_vec()).or_default().insert(at);
        }
        if known.is_some() {
            return;
        }
        let text = fs::read_to_string(path).unwrap();
        let (lines, room) = (text.lines().count(), self.room(path));
        let (named, items) = match syn::parse_file(&text) {
            Ok(file) => (names::names(&file, module), file.items),
            Err(error) => {
                self.faults.push(format!("{shown}:{} cannot be read: {error}", error.span().start().line));
                Default::default()
            }
        };
        let may_use = may_use(&text, self.src);
        self.package.files.push(File { path: shown, room, lines, named, may_use });
        let beside = path.parent().unwrap();
        let below = if here { beside.to_owned() } else { path.with_extension("") };
        self.modules(at, &items, module, beside, &below);
    }

    /// `beside`: where a `#[path]` begins; `below`: where modules are that have none.
    fn modules(&mut self, at: usize, items: &[Item], module: &[String], beside: &Path, below: &Path) {
        for item in items {
            match item {
                Item::Mod(item) => {
                    let name = item.ident.to_string();
                    let name = name.trim_start_matches("r#");
                    let path = [module, &[name.to_owned()]].concat();
                    if let Some((_, items)) = &item.content {
                        self.package.modules.entry(path.clone()).or_default().insert(at);
                        let inside = below.join(name);
                        self.modules(at, items, &path, &inside, &inside);
                        continue;
                    }
                    let paths = item.attrs.iter().flat_map(|attribute| chosen(&attribute.meta));
                    let chosen = paths.map(|path| (beside.join(path), true));
                    let usual = [(below.join(format!("{name}.rs")), false), (below.join(name).join("mod.rs"), true)];
                    for (file, here) in chosen.chain(usual) {
                        if let Ok(file) = file.canonicalize() {
                            self.read(&file, &path, here);
                        }
                    }
                }
                Item::Macro(item) if item.attrs.iter().any(|attribute| attribute.path().is_ident("macro_export")) => {
                    self.package.macros.extend(item.ident.iter().map(|name| (name.to_string(), at)));
                }
                _ => {}
            }
        }
    }

    fn find_strays(&mut self, folder: &Path) {
        let mut entries: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        entries.sort();
        for path in entries {
            let shown = self.shown(&path);
            if path.is_dir() {
                self.find_strays(&path);
            } else if path.extension().is_some_and(|end| end == "rs")
                && self.package.files.iter().all(|file| file.path != shown)
            {
                self.faults.push(format!("{shown} is the file of no `mod`: delete it, or say `mod` where it belongs."));
            }
        }
    }

    fn shown(&self, path: &Path) -> String {
        path.strip_prefix(self.workspace).unwrap_or(path).display().to_string().replace('\\', "/")
    }

    /// `x/` for all in the folder x of `src` and for an x.rs beside it, else the name of the file.
    fn room(&self, path: &Path) -> String {
        let path = path.strip_prefix(self.src).unwrap_or(path).with_extension("");
        let first = path.iter().next().unwrap_or_default();
        let folder = if self.src.join(first).is_dir() { "/" } else { "" };
        format!("{}{folder}", first.display())
    }
}

/// What stands as code behind "May use:" in the documentation of a file, up to the end of that sentence. `None` if it says
/// more than names.
fn may_use(text: &str, src: &Path) -> Option<BTreeSet<String>> {
    let lines = text.lines().map_while(|line| line.strip_prefix("//!")).skip_while(|line| !line.contains("May use:"));
    let lines = lines.collect::<String>();
    let sentence = lines.split_once("May use:")?.1.split('.').next()?;
    let is_list = sentence.split('`').step_by(2).all(|between| matches!(between.trim(), "" | "," | "and" | ", and"));
    let folder = |name: &str| if src.join(name).is_dir() { "/" } else { "" };
    let names = sentence.split('`').skip(1).step_by(2).map(|name| format!("{name}{}", folder(name)));
    is_list.then(|| names.collect())
}

/// What `#[path = ".."]` says, also if `cfg_attr` does.
fn chosen(meta: &Meta) -> Vec<String> {
    match meta {
        Meta::List(list) if list.path.is_ident("cfg_attr") => {
            let parts = list.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated);
            parts.iter().flatten().flat_map(chosen).collect()
        }
        Meta::NameValue(pair) if pair.path.is_ident("path") => match &pair.value {
            Expr::Lit(ExprLit { lit: Lit::Str(path), .. }) => vec![path.value()],
            _ => Vec::new(),
        },
        _ => Vec::new(),
    }
}
