use std::rc::Rc;

struct Model(u32);

impl Model {
    #[amorsize::auto]
    fn shared(&self, x: u32) -> Rc<u32> {
        Rc::new(self.0 + x)
    }
}

fn main() {}
