//! What the documents of the workspace must keep to.

use std::fs;
use std::path::{Path, PathBuf};

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

/// A block of code that is opened is closed: else all that follows it is shown as code. A link to a file of the workspace
/// leads to one. A page of a book is in its table of contents, and links to nothing that the book has not.
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
            let shown = path.strip_prefix(workspace).unwrap_or(&path).display().to_string();
            check_document(&path, &fs::read_to_string(&path).unwrap_or_default(), &shown, faults);
        }
    }
}

fn check_document(path: &Path, text: &str, shown: &str, faults: &mut Vec<String>) {
    let is_fence = |line: &&str| line.trim_start().starts_with("```");
    if text.lines().filter(is_fence).count() % 2 == 1 {
        faults.push(format!("{shown} has an odd number of ``` lines: close the block that is open."));
        // Links after it are taken for code, and code for links.
        return;
    }
    let folder = path.parent().unwrap_or(path);
    let contents = folder.join("SUMMARY.md");
    let in_book = contents.is_file();
    for link in links(text) {
        let (file, heading) = link.split_once('#').unwrap_or((&link, ""));
        let target = if file.is_empty() { path.to_owned() } else { folder.join(file) };
        let Ok(target) = target.canonicalize() else {
            faults.push(format!("{shown} links to {link}, and there is no such file."));
            continue;
        };
        if in_book && !target.starts_with(folder) {
            faults.push(format!("{shown} links to {link}, which is not in the book: give its address on the web."));
        }
        let headings = || headings(&fs::read_to_string(&target).unwrap_or_default());
        if !heading.is_empty() && !headings().iter().any(|known| known == heading) {
            faults.push(format!("{shown} links to {link}, and there is no such heading."));
        }
    }
    if in_book && path != contents {
        let listed: Vec<PathBuf> =
            links(&fs::read_to_string(&contents).unwrap_or_default()).iter().map(|link| folder.join(link)).collect();
        if !listed.iter().any(|page| page == path) {
            faults.push(format!("{shown} is not in SUMMARY.md: name it there, or the book has no such page."));
        }
    }
}

/// What a text links to, and the pictures in it; without what is on the web.
fn links(text: &str) -> Vec<String> {
    let targets = Parser::new_ext(text, Options::ENABLE_TABLES).filter_map(|event| match event {
        Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => Some(dest_url.into_string()),
        _ => None,
    });
    targets.filter(|target| !target.contains(':')).collect()
}

/// What links call the headings of a text: small letters, figures, `_` and `-`, which also stands for a space.
fn headings(text: &str) -> Vec<String> {
    let (mut headings, mut open) = (Vec::new(), None::<String>);
    for event in Parser::new_ext(text, Options::ENABLE_TABLES) {
        match (event, &mut open) {
            (Event::Start(Tag::Heading { .. }), _) => open = Some(String::new()),
            (Event::Text(text) | Event::Code(text), Some(heading)) => heading.push_str(&text.to_lowercase()),
            (Event::End(TagEnd::Heading(_)), Some(heading)) => {
                let kept = heading.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
                headings.push(kept.map(|c| if c == ' ' { '-' } else { c }).collect());
                open = None;
            }
            _ => {}
        }
    }
    headings
}
