#[amorsize::auto(scratch(buf = String::new()))]
fn count(word: &str, buf: &mut Vec<u8>) -> usize {
    buf.extend(word.bytes());
    buf.len()
}

fn main() {}
