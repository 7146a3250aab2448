#[amorsize::auto]
fn scale(row: &mut [f32], by: f32) {
    row.iter_mut().for_each(|x| *x *= by);
}

#[amorsize::auto]
fn take(x: &mut Vec<u8>) -> Vec<u8> {
    std::mem::take(x)
}

#[amorsize::auto]
fn first<'a>(row: &'a mut [u8]) -> &'a mut u8 {
    &mut row[0]
}

#[amorsize::auto]
fn reset<T: Default + Send>(x: &mut T) {
    *x = T::default();
}

#[amorsize::auto]
fn next_sent(numbers: &mut (dyn Iterator<Item = u32> + Send)) -> Option<u32> {
    numbers.next()
}

fn main() {
    let mut rows = vec![vec![1.0, 2.0], vec![3.0]];
    scale::for_each(&mut rows, 2.0);
    assert_eq!(rows, [vec![2.0, 4.0], vec![6.0]]);
    scale::map(&mut rows, 0.5);
    let (a, b) = rows.split_at_mut(1);
    scale::for_each(&mut [&mut a[0][..], &mut b[0][..]], 3.0);
    assert_eq!(rows, [vec![3.0, 6.0], vec![9.0]]);
    scale::stream(rows.iter_mut().map(|row| &mut **row), 0.0).for_each(drop);
    assert_eq!(rows, [vec![0.0, 0.0], vec![0.0]]);
    assert_eq!(take::map(&mut [vec![1], vec![2]]), [[1], [2]]);
    let mut rows = [[1, 2], [3, 4]];
    for x in first::map(&mut rows) {
        *x = 9;
    }
    assert_eq!(rows, [[9, 2], [9, 4]]);
    let mut numbers = [1, 2];
    reset::for_each(&mut numbers);
    assert_eq!(numbers, [0, 0]);
    let mut sources: Vec<Box<dyn Iterator<Item = u32> + Send>> = vec![Box::new(1..), Box::new(5..)];
    assert_eq!(next_sent::map(&mut sources), [Some(1), Some(5)]);
}
