use std::cell::Cell;

fn main() {
    let seen = Cell::new(0);
    let lengths = amorsize::map!(&["a", "bb"], |word| {
        seen.set(seen.get() + 1);
        word.len()
    });
    println!("{lengths:?}");
}
