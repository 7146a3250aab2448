#[amorsize::auto(scratch(buf = Vec::new()))]
fn count(word: &str, buf: &mut Vec<u8>, total: &mut usize) {
    buf.extend(word.bytes());
    *total += buf.len();
}

fn main() {}
