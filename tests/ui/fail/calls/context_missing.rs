#[amorsize::auto]
fn scale(x: f32, by: f32) -> f32 {
    x * by
}

fn use_it() -> Vec<f32> {
    scale::map(vec![1.0])
}

fn main() {}
