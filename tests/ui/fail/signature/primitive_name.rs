#[amorsize::auto]
fn u32(text: &str) -> usize {
    text.len()
}

fn main() {}
