use std::cell::Cell;

#[amorsize::auto]
fn through(x: u32, by: &impl Fn(u32) -> u32) -> u32 {
    by(x)
}

fn main() {
    let calls = Cell::new(0);
    through::map([1], &|x| {
        calls.set(calls.get() + 1);
        x
    });
}
