#[amorsize::auto]
fn length(text: &str) -> usize {
    text.len()
}

fn use_it(texts: &[String]) -> Vec<usize> {
    length::stream(texts).collect()
}

fn main() {}
