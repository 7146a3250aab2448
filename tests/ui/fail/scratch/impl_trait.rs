#[amorsize::auto(scratch(to = Vec::new()))]
fn write(word: &str, to: &mut impl Extend<char>) {
    to.extend(word.chars());
}

fn main() {}
