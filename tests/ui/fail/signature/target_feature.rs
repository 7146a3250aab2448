#[amorsize::auto]
#[cfg_attr(target_arch = "x86_64", target_feature(enable = "avx2"))]
fn wide(x: f32) -> f32 {
    x + 1.0
}

fn main() {}
