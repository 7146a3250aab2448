use std::rc::Rc;

#[amorsize::auto]
fn shown(x: u32, with: Rc<str>) -> String {
    format!("{with}{x}")
}

fn main() {}
