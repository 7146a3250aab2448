#[amorsize::auto(scratch(a = Vec::new()), scratch(b = 0))]
fn count(word: &str, a: &mut Vec<u8>) -> usize {
    a.extend(word.bytes());
    a.len()
}

fn main() {}
