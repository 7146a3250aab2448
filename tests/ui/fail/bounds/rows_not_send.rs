use std::rc::Rc;

#[amorsize::auto]
fn bump(counted: &mut Vec<Rc<u32>>) {
    counted.push(Rc::new(1));
}

fn main() {}
