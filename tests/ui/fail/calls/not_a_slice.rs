use std::collections::BTreeMap;

#[amorsize::auto]
fn length(text: &str) -> usize {
    text.len()
}

fn use_it(texts: &BTreeMap<u32, String>) -> Vec<usize> {
    length::map(texts)
}

fn main() {}
