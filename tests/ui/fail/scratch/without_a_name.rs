#[amorsize::auto(scratch = Vec::new())]
fn count(word: &str, by: &str) -> usize {
    word.matches(by).count()
}

#[amorsize::auto(scratch(Vec::new()))]
fn matches(word: &str, by: &str) -> usize {
    word.matches(by).count()
}

fn main() {}
