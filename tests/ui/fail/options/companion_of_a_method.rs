struct Model;

impl Model {
    #[amorsize::auto(companion = scoring)]
    fn score(&self, x: u32) -> u32 {
        x
    }
}

fn main() {}
