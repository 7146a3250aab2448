struct Point {
    x: u32,
    y: u32,
}

#[derive(Clone)]
struct Unit;

#[amorsize::auto]
fn tuple((a, b): (u32, u32)) -> u32 {
    a + b
}

#[amorsize::auto]
fn reference(&x: &u32) -> u32 {
    x
}

#[amorsize::auto]
fn wildcard(_: u8, _: &str, _: u8) -> u8 {
    1
}

#[amorsize::auto]
fn mutable(mut x: u32, mut by: u32) -> u32 {
    by += 1;
    x += by;
    x
}

#[amorsize::auto]
fn by_ref(ref x: String, ref y: String) -> usize {
    x.len() + y.len()
}

#[amorsize::auto]
fn structure(Point { x, y }: Point, Point { x: a, .. }: &Point) -> u32 {
    x + y + a
}

#[amorsize::auto]
fn bound(all @ (a, _): (u32, u32), all_too @ [b, ..]: [u32; 2]) -> u32 {
    a + all.1 + b + all_too[1]
}

#[amorsize::auto]
fn slice([a, b]: &[u32; 2]) -> u32 {
    a * b
}

#[amorsize::auto]
fn unit_struct(x: u8, Unit: Unit) -> u8 {
    x
}

fn main() {
    assert_eq!(tuple::map([(1, 2)]), [3]);
    assert_eq!(reference::map(&[1]), [1]);
    assert_eq!(wildcard::map([1], "", 2), [1]);
    assert_eq!(mutable::map([1], 2), [4]);
    assert_eq!(by_ref::map(vec!["a".to_owned()], "b".to_owned()), [2]);
    assert_eq!(structure::map(vec![Point { x: 1, y: 2 }], &Point { x: 3, y: 4 }), [6]);
    assert_eq!(bound::map([(1, 2)], [3, 4]), [10]);
    assert_eq!(slice::map(&[[2, 3]]), [6]);
    assert_eq!(unit_struct::map([1], Unit), [1]);
}
