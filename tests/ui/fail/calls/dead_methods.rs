#![deny(dead_code)]

pub struct Model;

impl Model {
    #[amorsize::auto]
    fn unused(&self, x: u32) -> u32 {
        x
    }

    fn beside_it(&self) {}

    #[amorsize::auto]
    pub fn used(&self, x: u32) -> u32 {
        x
    }

    #[amorsize::auto]
    fn used_as_a_map(&self, x: u32) -> u32 {
        x
    }
}

fn main() {
    Model.used(1);
    Model.used_as_a_map_map([1]);
}
