#[amorsize::auto]
fn double(x: u64) -> u64 {
    2 * x
}

#[amorsize::auto]
fn shout(text: String) -> String {
    text + "!"
}

#[amorsize::auto]
fn sum((a, b): (u32, u32)) -> u32 {
    a + b
}

#[amorsize::auto]
fn length(text: std::borrow::Cow<'_, str>) -> usize {
    text.len()
}

fn main() {
    assert_eq!(double::map(vec![1, 2]), [2, 4]);
    assert_eq!(double::map([1, 2]), [2, 4]);
    assert_eq!(double::map(0u64..3), [0, 2, 4]);
    assert_eq!(double::map(1u64..=3), [2, 4, 6]);
    assert_eq!(double::map(&[1, 2]), [2, 4]);
    assert_eq!(double::map(&vec![1, 2]), [2, 4]);
    assert_eq!(double::map(&[1, 2, 3][1..]), [4, 6]);
    assert_eq!(shout::map(vec!["a".to_owned()]), ["a!"]);
    assert_eq!(sum::map([(1, 2), (3, 4)]), [3, 7]);
    assert_eq!(length::map(vec!["abc".into()]), [3]);
}
