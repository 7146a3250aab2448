//! What the documents of the workspace must keep to.

use std::fs;
use std::path::Path;

/// A block of code that is opened is closed: else all that follows it is shown as code.
pub(super) fn check(workspace: &Path, faults: &mut Vec<String>) {
    let mut found = Vec::new();
    check_below(workspace, workspace, &mut found);
    found.sort();
    faults.extend(found);
}

fn check_below(folder: &Path, workspace: &Path, faults: &mut Vec<String>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let name = entry.file_name();
        // A link leads to what is looked at anyway, or to somebody else's.
        let Ok(kind) = entry.file_type() else { continue };
        if kind.is_dir() && name != "target" && !name.as_encoded_bytes().starts_with(b".") {
            check_below(&path, workspace, faults);
        } else if kind.is_file() && path.extension().is_some_and(|end| end == "md") {
            let text = fs::read_to_string(&path).unwrap_or_default();
            let is_fence = |line: &&str| line.trim_start().starts_with("```");
            if text.lines().filter(is_fence).count() % 2 == 1 {
                let path = path.strip_prefix(workspace).unwrap_or(&path).display();
                faults.push(format!("{path} has an odd number of ``` lines: close the block that is open."));
            }
        }
    }
}
