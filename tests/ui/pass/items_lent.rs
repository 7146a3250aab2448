//! `&T` over whatever lends one.
use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

#[amorsize::auto]
fn length(text: &str) -> usize {
    text.len()
}

#[amorsize::auto]
fn total(row: &[u32]) -> u32 {
    row.iter().sum()
}

#[amorsize::auto]
fn depth(path: &Path) -> usize {
    path.components().count()
}

#[amorsize::auto]
fn square(x: &u64) -> u64 {
    x * x
}

fn main() {
    let owned = vec!["a".to_owned(), "bc".to_owned()];
    let wanted = [1, 2];
    assert_eq!(length::map(&owned), wanted);
    assert_eq!(length::map(&["a", "bc"]), wanted);
    assert_eq!(length::map(&owned.iter().collect::<Vec<&String>>()), wanted);
    assert_eq!(length::map(&owned.iter().map(|s| Arc::from(&**s)).collect::<Vec<Arc<str>>>()), wanted);
    assert_eq!(length::map(&owned.iter().map(|s| Box::from(&**s)).collect::<Vec<Box<str>>>()), wanted);
    assert_eq!(length::map(&owned.iter().map(|s| Cow::from(s)).collect::<Vec<Cow<'_, str>>>()), wanted);
    assert_eq!(total::map(&[vec![1, 2], vec![3]]), [3, 3]);
    assert_eq!(total::map(&[[1, 2], [3, 4]]), [3, 7]);
    assert_eq!(total::map(&[&[1u32, 2][..], &[3]]), [3, 3]);
    assert_eq!(depth::map(&[PathBuf::from("a/b")]), [2]);
    assert_eq!(depth::map(&[Path::new("a/b")]), [2]);
    assert_eq!(square::map(&[1, 2]), [1, 4]);
    assert_eq!(square::map(&vec![&1, &2]), [1, 4]);
    assert_eq!(square::map(&[Arc::new(3)]), [9]);
    assert_eq!(length::map(&Vec::<String>::new()), [0usize; 0]);
}
