use std::cell::Cell;

#[amorsize::auto]
fn shown<T: std::fmt::Debug>(x: &T) -> String {
    format!("{x:?}")
}

fn use_it(cells: &[Cell<u32>]) -> Vec<String> {
    shown::map(cells)
}

fn main() {}
