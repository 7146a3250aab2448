use std::cell::Cell;

trait Score {
    #[amorsize::auto(in_trait)]
    fn score(&self, x: u32) -> u32 {
        x
    }
}

impl Score for Cell<u32> {}

fn main() {
    Cell::new(1).score_map([1]);
}
