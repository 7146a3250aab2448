#[amorsize::auto]
fn trim(line: &str) -> &str {
    line.trim()
}

fn use_it() -> Vec<&'static str> {
    let lines = vec![String::from(" a ")];
    trim::map(&lines)
}

fn main() {}
