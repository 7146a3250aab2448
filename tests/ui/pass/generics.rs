use std::fmt::Debug;

#[amorsize::auto]
fn shown<T: Debug + Sync>(x: &T) -> String {
    format!("{x:?}")
}

#[amorsize::auto]
fn moved<T>(x: T) -> [T; 2]
where
    T: Copy + Send,
{
    [x, x]
}

#[amorsize::auto]
fn padded<T, U, const N: usize>(row: &[T], with: U) -> [usize; N]
where
    T: Sync,
    U: Into<usize> + Clone + Sync,
{
    [row.len() + with.into(); N]
}

#[amorsize::auto]
fn maybe_unsized<T: AsRef<[u8]> + Sync + ?Sized>(x: &T) -> usize {
    x.as_ref().len()
}

#[amorsize::auto]
fn maybe_unsized_where<T>(x: &T) -> usize
where
    T: AsRef<[u8]> + Sync + ?Sized,
{
    x.as_ref().len()
}

struct Wrapper<T>(T);

#[amorsize::auto]
fn unwrap<'w, T: Sync>(wrapper: &'w Wrapper<T>) -> &'w T {
    &wrapper.0
}

#[amorsize::auto]
fn unwrap_elided<T: Sync + Clone + Send>(wrapper: &Wrapper<T>) -> T {
    wrapper.0.clone()
}

#[amorsize::auto]
fn pair<T: Sync>(pair: (&T, u32)) -> u32 {
    pair.1
}

#[amorsize::auto(key(N))]
fn constant<const N: usize>(x: usize) -> usize {
    x + N
}

#[amorsize::auto]
fn produced<T: Default + Send>(_: u8) -> T {
    T::default()
}

fn main() {
    assert_eq!(shown::map(&["a"]), ["\"a\""]);
    assert_eq!(shown::map::<u32>(&[1]), ["1"]);
    assert_eq!(shown::stream(&[1]).collect::<Vec<_>>(), ["1"]);
    assert_eq!(moved::map(vec![1]), [[1, 1]]);
    assert_eq!(moved::map(0..2u8), [[0, 0], [1, 1]]);
    assert_eq!(padded::map::<_, _, 2>(&[vec![0u8; 3]], 1u8), [[4, 4]]);
    assert_eq!(maybe_unsized::map::<str>(&["ab".to_owned()]), [2]);
    assert_eq!(maybe_unsized_where::map::<[u8]>(&[vec![1u8]]), [1]);
    assert_eq!(unwrap::map(&[Wrapper("a")]), [&"a"]);
    assert_eq!(unwrap_elided::map(&[Wrapper("a")]), ["a"]);
    assert_eq!(pair::map(vec![(&"a", 1)]), [1]);
    assert_eq!(constant::map::<3>(vec![1]), [4]);
    assert_eq!(produced::map::<String>(vec![1]), [""]);
}
