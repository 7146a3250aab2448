#[amorsize::auto(scratch(buf = Vec::new(), buf = Vec::with_capacity(9)))]
fn count(word: &str, buf: &mut Vec<u8>) -> usize {
    buf.extend(word.bytes());
    buf.len()
}

fn main() {}
