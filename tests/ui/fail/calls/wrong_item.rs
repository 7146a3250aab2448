#[amorsize::auto]
fn length(text: &str) -> usize {
    text.len()
}

fn use_it() -> Vec<usize> {
    length::map(&[1, 2, 3])
}

fn main() {}
