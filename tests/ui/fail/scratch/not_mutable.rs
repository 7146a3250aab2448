#[amorsize::auto(scratch(by = String::new()))]
fn count(word: &str, by: &String) -> usize {
    word.matches(by.as_str()).count()
}

fn main() {}
