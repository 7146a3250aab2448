use std::rc::Rc;

fn main() {
    let numbers = amorsize::map!([1, 2], scratch = Rc::new(0), |n: i32, last| {
        *last = Rc::new(n);
        n
    });
    println!("{numbers:?}");
}
