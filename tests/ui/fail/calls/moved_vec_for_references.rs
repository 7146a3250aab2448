#[amorsize::auto]
fn length(text: &str) -> usize {
    text.len()
}

fn use_it(texts: Vec<String>) -> Vec<usize> {
    length::map(texts)
}

fn main() {}
