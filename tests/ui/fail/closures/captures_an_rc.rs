use std::rc::Rc;

fn main() {
    let by = Rc::new(3);
    let more = amorsize::map!([1, 2], |n| n * *by);
    println!("{more:?}");
}
