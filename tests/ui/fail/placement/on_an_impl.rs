struct Model;

#[amorsize::auto]
impl Model {
    fn score(&self, x: u32) -> u32 {
        x
    }
}

fn main() {}
