struct Model;

impl Model {
    #[amorsize::auto(in_impl = true)]
    fn score(&self, x: u32) -> u32 {
        x
    }
}

fn main() {}
