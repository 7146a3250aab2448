#[amorsize::auto]
fn unit(x: u32) {
    let _ = x;
}

#[amorsize::auto]
fn explicit_unit(x: u32) -> () {
    let _ = x;
}

#[amorsize::auto]
fn parse(text: &str) -> Result<u32, std::num::ParseIntError> {
    text.parse()
}

#[amorsize::auto]
fn half(x: u32) -> Option<u32> {
    (x % 2 == 0).then_some(x / 2)
}

#[amorsize::auto]
fn reference(x: &Vec<u8>) -> &[u8] {
    x
}

#[amorsize::auto]
fn tuple(x: &u8) -> (&u8, u8) {
    (x, *x)
}

#[amorsize::auto]
fn function(_: u8) -> fn(&str) -> &str {
    str::trim
}

#[amorsize::auto]
fn boxed(by: u32) -> Box<dyn Fn(u32) -> u32 + Send> {
    Box::new(move |x| x * by)
}

fn main() {
    unit::for_each([1, 2]);
    assert_eq!(unit::map([1, 2]), [(), ()]);
    explicit_unit::for_each([1, 2]);
    unit::on([1]).for_each();
    assert!(parse::map(&["1", "x"])[1].is_err());
    assert_eq!(half::map([1, 2]), [None, Some(1)]);
    assert_eq!(half::on([1, 2]).filter_map(), [1]);
    assert_eq!(reference::map(&[vec![1]]), [[1]]);
    assert_eq!(tuple::map(&[1]), [(&1, 1)]);
    assert_eq!(function::map([1])[0](" a "), "a");
    assert_eq!(boxed::map([2])[0](3), 6);
}
