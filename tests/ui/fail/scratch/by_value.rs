#[amorsize::auto(scratch(buf = Vec::new()))]
fn count(word: &str, mut buf: Vec<u8>) -> usize {
    buf.extend(word.bytes());
    buf.len()
}

fn main() {}
