#[amorsize::auto(key(depht))]
fn score(line: &str, depth: usize) -> usize {
    line.len() * depth
}

fn main() {}
