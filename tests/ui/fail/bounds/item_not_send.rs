use std::rc::Rc;

#[amorsize::auto]
fn length(text: Rc<str>) -> usize {
    text.len()
}

fn main() {}
