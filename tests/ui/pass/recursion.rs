//! A function that maps itself, and two that map each other.
#![deny(warnings)]

struct Tree(Vec<Tree>);

#[amorsize::auto]
fn size(tree: &Tree) -> usize {
    1 + size::map(&tree.0).into_iter().sum::<usize>()
}

#[amorsize::auto]
fn even(depth: u32) -> u32 {
    if depth == 0 { 1 } else { odd::map([depth - 1, depth - 1]).iter().sum() }
}

#[amorsize::auto]
fn odd(depth: u32) -> u32 {
    if depth == 0 { 0 } else { even::on([depth - 1]).reduce(|| 0, |a, b| a + b) }
}

#[amorsize::auto]
fn generic<T: Copy + Into<u64>>(x: T, depth: u32) -> u64 {
    if depth == 0 { x.into() } else { generic::map::<u64>([x.into(); 2], depth - 1).iter().sum() }
}

fn main() {
    let leaf = || Tree(vec![]);
    assert_eq!(size::map(&[Tree(vec![leaf(), Tree(vec![leaf()])]), leaf()]), [4, 1]);
    assert_eq!(even::map([4, 3]), [4, 0]);
    assert_eq!(generic::map([1u8], 3), [8]);
}
