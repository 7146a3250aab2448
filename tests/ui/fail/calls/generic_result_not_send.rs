use std::rc::Rc;

#[amorsize::auto]
fn made<T: Default>(_: u32) -> T {
    T::default()
}

fn use_it() -> Vec<Rc<u32>> {
    made::map(vec![1])
}

fn main() {}
