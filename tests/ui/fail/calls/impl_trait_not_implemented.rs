#[amorsize::auto]
fn shown(x: &impl std::fmt::Display) -> String {
    x.to_string()
}

fn main() {
    shown::map(&[()]);
}
