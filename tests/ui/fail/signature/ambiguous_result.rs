#[amorsize::auto]
fn either(a: &str, b: &str) -> &str {
    a
}

fn main() {}
