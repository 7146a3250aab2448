//! What the README lists is what there is.

use amorsize_store::config::VARIABLES;

#[test]
fn it_names_every_environment_variable_with_its_default() {
    let readme = include_str!("../README.md");
    let rows = readme.lines().filter_map(|line| line.strip_prefix("| `AMORSIZE"));
    let listed: Vec<(String, String)> = rows
        .map(|row| {
            let (name, rest) = row.split_once("` |").expect("a name, then other cells");
            let default = rest.trim_end_matches(" |").rsplit('|').next().unwrap_or_default();
            (format!("AMORSIZE{name}"), default.trim().trim_matches('`').to_owned())
        })
        .collect();
    let known = VARIABLES.iter().filter(|variable| variable.name.starts_with("AMORSIZE"));
    let known: Vec<(String, String)> = known
        .map(|variable| {
            let default = if variable.default.contains(' ') { "see above" } else { variable.default };
            (variable.name.to_owned(), default.to_owned())
        })
        .collect();
    assert_eq!(listed, known, "the README's table, and `VARIABLES` of store/src/config.rs");
}
