use std::sync::Mutex;

#[amorsize::auto]
fn through(x: u32, by: impl Fn(u32) -> u32) -> u32 {
    by(x)
}

fn main() {
    let sum = Mutex::new(0);
    through::map([1], move |x| {
        *sum.lock().unwrap() += x;
        x
    });
}
