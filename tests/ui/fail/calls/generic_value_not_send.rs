use std::rc::Rc;

#[amorsize::auto]
fn shown<T: std::fmt::Debug>(x: T) -> String {
    format!("{x:?}")
}

fn use_it(counted: Vec<Rc<u32>>) -> Vec<String> {
    shown::map(counted)
}

fn main() {}
