use std::collections::BTreeSet;

#[amorsize::auto]
fn length(text: &str) -> usize {
    text.len()
}

fn use_it(texts: &BTreeSet<String>) -> Vec<usize> {
    length::map(texts)
}

fn main() {}
