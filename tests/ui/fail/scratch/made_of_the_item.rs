#[amorsize::auto(scratch(buf = Vec::with_capacity(word.len())))]
fn count(word: &str, buf: &mut Vec<u8>) -> usize {
    buf.extend(word.bytes());
    buf.len()
}

fn main() {}
