//! The rules on small made-up trees: each fault is found, and what is allowed is not taken for one.

use std::fs;

const GUIDE: &str = "\
# Contributing

| package | room |
|---|---|
| `elsewhere` | `not/` |

## The house

| package | room | what it is for |
|---|---|---|
| `store` | `error` `id` | what all may use |
| `store` | `lib` | |
| `runtime` | `tuner/` | measurements in, plan out |
| `runtime` | `site/` | functions |
| `runtime` | `private` `lib` | |
";

/// A tree in order.
const TREE: [(&str, &str); 14] = [
    ("CONTRIBUTING.md", GUIDE),
    ("store/Cargo.toml", "[package]\nname = \"amorsize-store\"\n"),
    ("store/src/lib.rs", "mod error;\npub mod id;\npub use error::Error;\n"),
    ("store/src/error.rs", "pub struct Error;\n"),
    ("store/src/id.rs", "use crate::error::Error;\npub struct Id(Error);\n"),
    ("runtime/Cargo.toml", "[package]\nname = \"amorsize\"\n"),
    (
        "runtime/src/lib.rs",
        "mod tuner;\nmod site;\n#[path = \"private.rs\"]\npub mod __private;\npub use site::Site;\npub use tuner::cost::Cost as Price;\n",
    ),
    ("runtime/src/private.rs", "pub use crate::{exported as export, site::Site};\npub(crate) fn f() {}\n"),
    (
        "runtime/src/tuner/mod.rs",
        "//! Uses [nothing](https://example.org), see [`cost`].\npub(crate) mod cost;\nmod arms;\n",
    ),
    ("runtime/src/tuner/cost.rs", "pub struct Cost;\n"),
    ("runtime/src/tuner/arms.rs", "use super::cost;\nfn f() -> cost::Cost { cost::Cost }\n"),
    (
        "runtime/src/site/mod.rs",
        "mod key;\n#[cfg(loom)]\nmod model;\npub use key::Key;\npub struct Site(crate::tuner::cost::Cost, ::amorsize_store::id::Id);\n\
         #[macro_export]\nmacro_rules! exported { () => { $crate::__private::f() } }\n",
    ),
    (
        "runtime/src/site/key.rs",
        "pub struct Key;\n#[cfg(test)]\nmod tests {\n    use super::*;\n    fn f(_: Key) {}\n}\n",
    ),
    ("runtime/src/site/model.rs", "pub(super) struct Model;\n"),
];

/// The faults of that tree with some files changed or added.
fn faults(changed: &[(&str, &str)]) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let workspace = folder.path().canonicalize().unwrap();
    for (path, text) in TREE.iter().chain(changed) {
        let path = workspace.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    super::faults(&workspace)
}

#[track_caller]
fn assert_faults(changed: &[(&str, &str)], expected: &[&str]) {
    assert_eq!(faults(changed), expected, "{changed:#?}");
}

#[test]
fn none() {
    assert_faults(&[], &[]);
}

#[test]
fn open_blocks() {
    let closed = "- A list:\n  ```sh\n  ls\n  ```\n";
    assert_faults(&[("README.md", closed), ("target/README.md", "```\n"), (".git/README.md", "```\n")], &[]);
    assert_faults(
        &[("docs/more/README.md", "```text\nwhat it says\n"), ("NOTES.md", closed)],
        &["docs/more/README.md has an odd number of ``` lines: close the block that is open."],
    );
}

#[test]
fn lost_links() {
    let good = "[a](CONTRIBUTING.md#the-house) [b](https://example.org/x.md) ![c](docs/a.png) `[d](e.md)` [f]\n\n# The `a`, b\n[g](#the-a-b)";
    assert_faults(&[("README.md", good), ("docs/a.png", "")], &[]);
    assert_faults(
        &[("README.md", "# One\n[a](NOTES.md) | ![b](docs/a.png) | [c](#two) | [d](CONTRIBUTING.md#one)")],
        &[
            "README.md links to #two, and there is no such heading.",
            "README.md links to CONTRIBUTING.md#one, and there is no such heading.",
            "README.md links to NOTES.md, and there is no such file.",
            "README.md links to docs/a.png, and there is no such file.",
        ],
    );
}

#[test]
fn pages_of_a_book() {
    let book = ("docs/src/SUMMARY.md", "[One](one.md)");
    assert_faults(&[book, ("docs/src/one.md", "[itself](one.md)")], &[]);
    assert_faults(
        &[book, ("docs/src/one.md", "[out](../../CONTRIBUTING.md)"), ("docs/src/two.md", "two")],
        &[
            "docs/src/one.md links to ../../CONTRIBUTING.md, which is not in the book: give its address on the web.",
            "docs/src/two.md is not in SUMMARY.md: name it there, or the book has no such page.",
        ],
    );
}

#[test]
fn upward() {
    for code in [
        "use crate::site::Site;",
        "use {std::fmt, crate::{site::{Site as S}}};",
        "pub use crate::{site::Site, tuner::cost};",
        "fn f(_: &[crate::site::Site]) {}",
        "fn f<T>() { Vec::<T>::from(crate::site::Site::new::<T>()); }",
        "fn f() { assert!(crate::site::Site); }",
        "macro_rules! f { () => { $crate::site::Site } }",
        "#[cfg(test)] mod tests { use crate::site::Site; }",
        "#[cfg(never)] use crate::site::Site;",
        "#[serde(with = \"crate::site::Site\")] struct A;",
        "/// See [`Site`](crate::site::Site).\nstruct A;",
        "/// See [`crate::site::Site`].\nstruct A;",
        "/// See [the site][crate::site::Site].\nstruct A;",
        "/// | [site](struct@crate::site::Site#fields) |\nstruct A;",
        "/// ```\n/// code();\n/// ```\n/// and [`crate::site::Site`]\nstruct A;",
    ] {
        let line = 1 + code.lines().position(|line| line.contains("site")).unwrap();
        let begin = format!("runtime/src/tuner/arms.rs:{line} (room tuner/) names crate::site::Site");
        let found = faults(&[("runtime/src/tuner/arms.rs", code)]);
        let [fault] = &found[..] else { panic!("{code}: {found:#?}") };
        assert!(fault.starts_with(&begin) && fault.ends_with(" of site/, which stands above it."), "{code}: {fault}");
    }
    assert_faults(
        &[(
            "runtime/src/tuner/arms.rs",
            "use super::super::site;\n\n/// [`key`](super::super::site::Key)\nfn f(_: site::Site) {}\n",
        )],
        &["runtime/src/tuner/arms.rs:1,3,4 (room tuner/) names super::super::site of site/, which stands above it."],
    );
}

#[test]
fn upward_between_the_files_of_a_row() {
    assert_faults(
        &[
            (
                "store/src/error.rs",
                "pub struct Error;\nmod inner {\n    use super::super::id as x;\n    type T = x::Id;\n}\n",
            ),
            ("store/src/id.rs", "pub struct Id;\n"),
        ],
        &["store/src/error.rs:3,4 (room error) names super::super::id of id, which stands above it."],
    );
}

#[test]
fn upward_between_packages() {
    for code in ["use amorsize::Site;", "fn f(_: ::amorsize::Site) {}", "/// [`amorsize::Site`]\nstruct A;"] {
        assert_faults(
            &[("store/src/error.rs", code)],
            &["store/src/error.rs:1 names amorsize::Site: the package runtime stands above store."],
        );
    }
    assert_faults(&[("store/src/error.rs", "/// ```\n/// use amorsize::Site;\n/// ```\npub struct Error;\n")], &[]);
}

#[test]
fn circles() {
    assert_faults(
        &[
            ("runtime/src/tuner/cost.rs", "pub struct Cost;\n\n/// As [`f`](super::arms::f) says.\nfn f() {}\n"),
            ("runtime/src/tuner/arms.rs", "pub(super) fn f(_: super::cost::Cost) {}\n"),
        ],
        &["A circle: runtime/src/tuner/cost.rs:3 names runtime/src/tuner/arms.rs, \
           runtime/src/tuner/arms.rs:1 names runtime/src/tuner/cost.rs."],
    );
    // A file of a room and its mod.rs.
    assert_faults(
        &[("runtime/src/site/key.rs", "pub struct Key(super::Site);\n")],
        &["A circle: runtime/src/site/mod.rs:4 names runtime/src/site/key.rs, \
           runtime/src/site/key.rs:1 names runtime/src/site/mod.rs."],
    );
    // By the name of a module that a glob import brings.
    let tests = "mod key;\nmod model;\npub struct Site;\nmod tests {\n    use super::*;\n    type T = key::Key;\n}\n\
                 #[macro_export]\nmacro_rules! exported { () => {} }\n";
    assert_faults(
        &[("runtime/src/site/mod.rs", tests), ("runtime/src/site/key.rs", "pub struct Key(super::Site);\n")],
        &["A circle: runtime/src/site/mod.rs:6 names runtime/src/site/key.rs, \
           runtime/src/site/key.rs:1 names runtime/src/site/mod.rs."],
    );
    // The shortest of those that hang together.
    let circle = [
        ("runtime/src/tuner/mod.rs", "mod arms;\npub(crate) mod cost;\nmod times;\nuse arms::f;\n"),
        ("runtime/src/tuner/arms.rs", "use super::cost::Cost;\n"),
        ("runtime/src/tuner/cost.rs", "use super::{arms, times};\npub struct Cost;\n"),
        ("runtime/src/tuner/times.rs", "use super::arms;\n"),
    ];
    assert_faults(
        &circle,
        &["A circle: runtime/src/tuner/arms.rs:1 names runtime/src/tuner/cost.rs, \
           runtime/src/tuner/cost.rs:1 names runtime/src/tuner/arms.rs."],
    );
}

#[test]
fn by_way_of_the_root() {
    let arms = "runtime/src/tuner/arms.rs";
    assert_faults(
        &[(arms, "use crate::Price;\nfn f(_: Price) {}\n")],
        &["runtime/src/tuner/arms.rs:1 names crate::Price by way of runtime/src/lib.rs: it is tuner::cost::Cost."],
    );
    let unknown =
        |name: &str| format!("{arms}:1 names {name} by way of runtime/src/lib.rs: name the module that has it.");
    for (code, name) in [
        ("use crate::*;", "crate"),
        ("use super::super::own;", "super::super::own"),
        ("fn f() { amorsize::own() }", "amorsize::own"),
        ("/// [`crate::own`]\nfn f() {}", "crate::own"),
        ("macro_rules! f { () => { $crate::own!() } }", "crate::own"),
    ] {
        assert_faults(&[(arms, code)], &[&unknown(name)]);
    }
}

/// The command knows no executor, but for where it measures.
#[test]
fn the_wall_of_the_command() {
    let guide = format!("{GUIDE}| `cli` | `list` `bench/` `main` | |\n");
    let command = |list| {
        faults(&[
            ("CONTRIBUTING.md", &guide),
            ("cli/Cargo.toml", "[package]\nname = \"amorsize-cli\"\n"),
            ("cli/src/main.rs", "mod bench;\nmod list;\nfn main() {}\n"),
            ("cli/src/bench/mod.rs", "#[amorsize::auto]\nfn f(n: u8) -> u8 { n }\n"),
            ("cli/src/list.rs", list),
        ])
    };
    assert_eq!(command("use amorsize_store::id::Id;\n"), [""; 0]);
    assert_eq!(
        command("fn f() { amorsize::stats(); }\n"),
        ["cli/src/list.rs:1 names amorsize::stats: of cli, only bench/ may name runtime."]
    );
}

/// What a macro writes stands elsewhere. It may name `private`, and a source may not.
#[test]
fn expansions() {
    assert_faults(
        &[("runtime/src/tuner/arms.rs", "use crate::__private::f;\n")],
        &["runtime/src/tuner/arms.rs:1 (room tuner/) names crate::__private::f of private, which stands above it."],
    );
    assert_faults(&[("runtime/src/tuner/arms.rs", "fn f() { quote!(crate::own, crate::site::Site); }\n")], &[]);
}

#[test]
fn sizes() {
    let long = format!("pub struct Error;\n{}", "//\n".repeat(450));
    assert_faults(
        &[("store/src/error.rs", &long)],
        &["store/src/error.rs has 451 lines, and 450 are the most: it is more than one idea."],
    );
    assert_faults(
        &[
            ("store/src/error.rs", &long[..long.len() - 3]),
            ("store/src/lib.rs", &format!("pub mod error;\npub mod id;\n{}", "\n".repeat(179))),
        ],
        &["store/src: half of its files have more than 181 lines, and 180 are the most."],
    );
}

#[test]
fn beside_the_rooms() {
    let names: Vec<String> = (0..7).map(|i| format!("f{i}")).collect();
    let modules = format!("mod {};\n", names.join(";\nmod "));
    let guide = GUIDE.replace("`private`", &format!("`{}` `private`", names.join("` `")));
    let root = TREE.iter().find(|(path, _)| *path == "runtime/src/lib.rs").unwrap().1;
    let root = format!("{root}{modules}");
    let paths: Vec<String> = names.iter().map(|name| format!("runtime/src/{name}.rs")).collect();
    let mut changed = vec![("CONTRIBUTING.md", guide.as_str()), ("runtime/src/lib.rs", root.as_str())];
    changed.extend(paths.iter().map(|path| (path.as_str(), "")));
    assert_faults(&changed, &["runtime/src has 9 files beside its rooms, and 8 are the most."]);
}

#[test]
fn rooms_and_rows() {
    assert_faults(
        &[("CONTRIBUTING.md", &GUIDE.replace("`site/`", "`sites/`"))],
        &[
            "The table names sites/ of runtime, and no source is there: strike it, or correct it.",
            "runtime/src has site/, which the table does not name: add it after all that it uses.",
        ],
    );
    assert_faults(
        &[("CONTRIBUTING.md", &format!("{GUIDE}| `cli` | `main` |\n| `store` | `id` |\n| store | id |\n"))],
        &[
            "Row 7 of the table is about store, whose rows stand further up: put them together.",
            "Row 8 of the table should begin: | `package` | `room/` or `file`, as many as stand there | ..",
            "The table names the package cli, and there is no cli/src/lib.rs or main.rs: strike its rows.",
        ],
    );
    assert_faults(
        &[("CONTRIBUTING.md", &GUIDE.replace("`private` `lib`", "`private` `lib` `private`"))],
        &["The table names private of runtime twice."],
    );
    assert_faults(
        &[("cli/Cargo.toml", "[package]\nname = \"amorsize-cli\"\n"), ("cli/src/main.rs", "")],
        &["cli/src is in no row of the table: add its rooms, bottom first."],
    );
    assert_eq!(
        faults(&[("CONTRIBUTING.md", "# The house\n\nNo table.\n")])[0],
        "CONTRIBUTING.md has no table of rooms below the heading \"The house\"."
    );
}

#[test]
fn sources_that_nobody_reads() {
    assert_faults(
        &[("runtime/src/site/lost.rs", ""), ("store/src/id.rs", "fn 1() {}\n")],
        &[
            "store/src/id.rs:1 cannot be read: expected identifier",
            "runtime/src/site/lost.rs is the file of no `mod`: delete it, or say `mod` where it belongs.",
        ],
    );
}

/// One module, and `cfg` says which of two files: both are read, each in its own place.
#[test]
fn a_module_of_two_files() {
    let site = "#[cfg_attr(loom, path = \"model.rs\")]\nmod key;\npub struct Site(key::Key);\n\
                #[macro_export]\nmacro_rules! exported { () => {} }\n";
    assert_faults(
        &[("runtime/src/site/mod.rs", site), ("runtime/src/site/model.rs", "use super::Site;\npub struct Key;\n")],
        &["A circle: runtime/src/site/mod.rs:3 names runtime/src/site/model.rs, \
           runtime/src/site/model.rs:1 names runtime/src/site/mod.rs."],
    );
}

#[test]
fn lists() {
    let site =
        |list: &str| format!("//! Functions.\n//!\n//! May use: {list}\npub struct Site(crate::tuner::cost::Cost);\n");
    let (root, path) = ("mod tuner;\nmod site;\nmod private;\n", "runtime/src/site/mod.rs");
    let private = ("runtime/src/private.rs", "pub use crate::site::Site;\n");
    let faults_of = |list: &str| {
        let site = site(list);
        let rest = ("runtime/src/site/key.rs", "");
        let named = "mod key;\nmod model;\n";
        faults(&[("runtime/src/lib.rs", root), private, rest, (path, &(site + named))])
    };
    assert_eq!(faults_of("`tuner`. `private` knows it."), [""; 0]);
    assert_eq!(faults_of("`private`, and what it uses."), [""; 0], "more than names");
    assert_eq!(
        faults_of("`error`, and\n//! `private`."),
        [
            "runtime/src/site/mod.rs does not say that site/ may use tuner/, which it does: correct one of them.",
            "runtime/src/site/mod.rs says that site/ may use error, and nothing in it does: strike it.",
            "runtime/src/site/mod.rs says that site/ may use private, and nothing in it does: strike it.",
        ]
    );
}
