use std::cell::Cell;

fn main() {
    let cells = vec![Cell::new(1), Cell::new(2)];
    let numbers = amorsize::map!(&cells, |cell| cell.get());
    println!("{numbers:?}");
}
