use std::sync::Arc;

struct Model;

impl Model {
    #[amorsize::auto]
    fn score(self: Arc<Self>, x: u32) -> u32 {
        x
    }
}

fn main() {}
