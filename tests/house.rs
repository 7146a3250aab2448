//! The order of the house: the table in CONTRIBUTING.md names the rooms of each package, bottom first, and no source
//! names anything that stands above it: neither in an import nor in a path, in a link of its documentation or in a test.
//! And each block of code in a document is closed.

mod documents;
mod links;
mod made_up;
mod names;
mod packages;
mod rules;
mod table;

use std::fs;
use std::path::Path;

/// All that is wrong with the sources and documents of a workspace, a line each.
fn faults(workspace: &Path) -> Vec<String> {
    let guide = fs::read_to_string(workspace.join("CONTRIBUTING.md")).expect("CONTRIBUTING.md");
    let (table, mut faults) = table::read(&guide);
    let mut packages = Vec::new();
    for rooms in &table {
        match packages::read(workspace, &rooms.package, &mut faults) {
            Some(package) => packages.push((rooms, package)),
            None => faults.push(format!(
                "The table names the package {0}, and there is no {0}/src/lib.rs or main.rs: strike its rows.",
                rooms.package
            )),
        }
    }
    for folder in packages::on_disk(workspace) {
        if table.iter().all(|rooms| rooms.package != folder) {
            faults.push(format!("{folder}/src is in no row of the table: add its rooms, bottom first."));
        }
    }
    rules::check(&packages, &mut faults);
    documents::check(workspace, &mut faults);
    faults
}

#[test]
fn nothing_is_named_upward() {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().unwrap();
    let faults = faults(&workspace);
    assert!(
        faults.is_empty(),
        "\n{} faults in the order of the house (CONTRIBUTING.md, \"The house\"):\n{}\n",
        faults.len(),
        faults.join("\n")
    );
}
