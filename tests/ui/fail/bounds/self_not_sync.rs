use std::cell::Cell;

struct Counter(Cell<u32>);

impl Counter {
    #[amorsize::auto]
    fn count(&self, x: u32) -> u32 {
        self.0.set(self.0.get() + x);
        x
    }
}

fn main() {}
