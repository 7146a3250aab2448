#[amorsize::auto]
struct Model {
    bias: f64,
}

fn main() {}
