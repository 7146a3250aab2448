use std::cell::Cell;

#[amorsize::auto]
fn value(cell: &Cell<u32>) -> u32 {
    cell.get()
}

fn main() {}
