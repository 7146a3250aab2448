use std::rc::Rc;

fn main() {
    let shared = amorsize::map!([1, 2], |n: u8| Rc::new(n));
    println!("{shared:?}");
}
