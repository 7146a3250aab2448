#[amorsize::auto]
fn count(word: &str, total: &mut usize) {
    *total += word.len();
}

fn main() {}
