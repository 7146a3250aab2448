use std::io::{BufRead, BufReader};

#[amorsize::auto]
fn length(line: &str) -> usize {
    line.len()
}

#[amorsize::auto]
fn trim(line: &str) -> &str {
    line.trim()
}

#[amorsize::auto]
fn double(x: u32) -> u32 {
    2 * x
}

#[amorsize::auto]
fn add<'a>(line: &'a str, to: &'a str) -> usize {
    line.len() + to.len()
}

#[amorsize::auto]
fn rows(row: &[u32]) -> u32 {
    row.iter().sum()
}

fn main() {
    // Owned lines go through a function of `&str`.
    let reader = BufReader::new(&b"a\nbc\n"[..]);
    assert_eq!(length::stream(reader.lines().map_while(Result::ok)).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(length::stream(["a", "bc"]).collect::<Vec<_>>(), [1, 2]);
    let text = String::from(" a \n b ");
    let trimmed: Vec<&str> = trim::stream(text.lines()).collect();
    assert_eq!(trimmed, ["a", "b"]);
    assert_eq!(double::stream((1..).take(3)).collect::<Vec<_>>(), [2, 4, 6]);
    assert_eq!(add::stream(text.lines(), "x").sum::<usize>(), 8);
    assert_eq!(rows::stream(vec![vec![1, 2], vec![3]]).collect::<Vec<_>>(), [3, 3]);
    assert_eq!(rows::stream([[1, 2], [3, 4]].iter().map(|row| &row[..])).collect::<Vec<_>>(), [3, 7]);
}
