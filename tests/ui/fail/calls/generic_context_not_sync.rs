use std::cell::Cell;

#[amorsize::auto]
fn through<F: Fn(u32) -> u32>(x: u32, by: &F) -> u32 {
    by(x)
}

fn use_it(seen: &Cell<u32>) -> Vec<u32> {
    through::map(vec![1], &|x| seen.replace(x))
}

fn main() {}
