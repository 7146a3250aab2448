//! Parameters that are `&mut`, of which each thread has one of its own.
#![forbid(unsafe_code)]
#![deny(warnings)]

use std::collections::HashMap;
use std::fmt::{Debug, Write};

/// As it would be written without the attribute.
#[amorsize::auto(scratch(buf = Vec::new()))]
fn upper(word: &str, buf: &mut Vec<u8>) -> usize {
    buf.clear();
    buf.extend(word.bytes().map(|byte| byte.to_ascii_uppercase()));
    buf.len()
}

/// Several, among context; made with context, some of which has another name in the wrappers, or is by value.
#[amorsize::auto(scratch(counts = HashMap::with_capacity(_size), line = String::from(sep) + &tag), n_jobs = 2)]
fn mixed(
    words: &[&str],
    counts: &mut HashMap<String, usize>,
    sep: &str,
    line: &mut String,
    _size: usize,
    tag: String,
) -> String {
    counts.clear();
    line.clear();
    for word in words {
        *counts.entry((*word).to_owned()).or_default() += 1;
    }
    line.push_str(words.first().copied().unwrap_or_default());
    format!("{line}{sep}{}{tag}", counts.len())
}

/// A result that borrows from the item, a scratch with its lifetime, an array for a slice, an object.
#[amorsize::auto(scratch(parts = Vec::new(), row = [0_u8; 4], out = String::new()))]
fn longest<'a>(
    line: &'a str,
    parts: &mut Vec<&'a str>,
    row: &mut [u8],
    out: &mut (dyn Write + Send),
) -> Option<&'a str> {
    parts.clear();
    parts.extend(line.split(' '));
    row.fill(1);
    assert!(write!(out, "{}", row[0]).is_ok());
    parts.iter().copied().max_by_key(|part| part.len())
}

/// A generic one.
#[amorsize::auto(scratch(buf = Vec::new()))]
fn sorted<T: Ord + Clone + Debug>(items: &[T], (_,): (u8,), buf: &mut Vec<T>) -> Option<T> {
    buf.clear();
    buf.extend_from_slice(items);
    buf.sort();
    buf.first().cloned()
}

#[amorsize::auto(scratch(scratch = 0_u32))]
fn nothing(_: u8, scratch: &mut u32) {
    *scratch += 1;
}

struct Reader {
    size: usize,
}

impl Reader {
    #[amorsize::auto(scratch(buf = Vec::with_capacity(self.size)))]
    fn read(&self, text: &str, buf: &mut Vec<char>) -> usize {
        buf.clear();
        buf.extend(text.chars());
        buf.len() + self.size
    }

    #[amorsize::auto(in_impl, scratch(buf = Self::buffer()))]
    fn len(text: &str, buf: &mut String) -> usize {
        buf.clear();
        buf.push_str(text);
        buf.len()
    }

    fn buffer() -> String {
        String::new()
    }
}

trait Scale {
    fn by(&self) -> u64;

    #[amorsize::auto(in_trait, scratch(last = self.by()))]
    fn scaled(&self, x: u64, last: &mut u64) -> u64 {
        *last = x * self.by();
        *last
    }
}

impl Scale for u64 {
    fn by(&self) -> u64 {
        *self
    }
}

fn main() {
    let mut buf = Vec::new();
    assert_eq!(upper("abc", &mut buf), 3);
    assert_eq!(upper::map(&["a", "bc"]), [1, 2]);
    assert_eq!(upper::on(&["a", "bc"]).sum::<usize>(), 3);
    assert_eq!(upper::on(&["a", "bc"]).progress(|_, _| {}).max(), Some(2));
    assert_eq!(upper::stream(["a", "bc"]).collect::<Vec<_>>(), [1, 2]);
    let words: &[&[&str]] = &[&["a", "b"], &["c", "c"]];
    assert_eq!(mixed::map(words, "-", 3, "!".to_owned()), ["a-2!", "c-1!"]);
    assert_eq!(longest::map(&["a bb", ""]), [Some("bb"), Some("")]);
    assert_eq!(sorted::map(&[vec![2, 1], vec![]], (0,)), [Some(1), None]);
    nothing::for_each(vec![1, 2]);
    let reader = Reader { size: 3 };
    assert_eq!(reader.read_map(&["a"]), [4]);
    assert_eq!(Reader::len_map(&["a"]), [1]);
    assert_eq!(2.scaled_map(0..3), [0, 2, 4]);
    assert_eq!(2.scaled_stream(0..3).sum::<u64>(), 6);
}
