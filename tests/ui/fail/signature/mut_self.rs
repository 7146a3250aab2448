struct Model(u32);

impl Model {
    #[amorsize::auto]
    fn learn(&mut self, x: u32) {
        self.0 += x;
    }
}

fn main() {}
