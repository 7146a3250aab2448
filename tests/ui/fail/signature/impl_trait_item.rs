#[amorsize::auto]
fn shown(x: &impl std::fmt::Debug) -> String {
    format!("{x:?}")
}

fn main() {}
