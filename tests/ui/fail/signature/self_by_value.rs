struct Model;

impl Model {
    #[amorsize::auto]
    fn consume(self, x: u32) -> u32 {
        x
    }
}

fn main() {}
