use std::path::Path;

#[amorsize::auto]
fn depth(path: &Path) -> usize {
    path.components().count()
}

fn all(paths: &[&str]) -> Vec<usize> {
    depth::map(paths)
}

fn main() {}
