#[amorsize::auto(scratch(buf = Vec::new(), bytes = Vec::new()))]
fn count(word: &str, bytes: &mut Vec<u8>) -> usize {
    bytes.clear();
    bytes.extend(word.bytes());
    bytes.len()
}

fn main() {}
