use std::rc::Rc;

#[amorsize::auto]
fn counted(text: &str) -> Rc<str> {
    text.into()
}

fn main() {}
