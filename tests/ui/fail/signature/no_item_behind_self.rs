struct Model;

impl Model {
    #[amorsize::auto]
    fn nothing(&self) -> u32 {
        1
    }
}

fn main() {}
