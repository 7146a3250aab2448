use std::rc::Rc;

fn main() {
    let shared = amorsize::on!([1, 2], |n: u8| Rc::new(n)).map();
    println!("{shared:?}");
}
