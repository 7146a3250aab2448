//! Numbers and text as people read them.

use std::time::Duration;

pub use amorsize_store::words::{counted, thousands};

/// A length in bytes.
#[must_use]
pub fn megabytes(bytes: u64) -> String {
    if bytes < 100_000 { counted(bytes, "byte") } else { format!("{:.1} MB", bytes as f64 / 1e6) }
}

/// Three digits and a unit.
#[must_use]
pub fn time(time: Duration) -> String {
    let nanos = time.as_nanos() as f64;
    let (value, unit) = match nanos {
        ..1e3 => (nanos, "ns"),
        ..1e6 => (nanos / 1e3, "us"),
        ..1e9 => (nanos / 1e6, "ms"),
        _ => (nanos / 1e9, "s"),
    };
    let decimals = match value {
        _ if unit == "ns" => 0,
        ..10.0 => 2,
        ..100.0 => 1,
        _ => 0,
    };
    format!("{value:.decimals$} {unit}")
}

/// Words in lines of at most `width` characters; a longer word has a line to itself.
#[must_use]
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        assert_eq!([0, 999, 1000, 1_234_567].map(thousands), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!(counted(1, "miss"), "1 miss");
        assert_eq!(counted(2, "miss"), "2 misses");
        let shown =
            [0, 999, 1_000, 12_345, 123_456, 1_234_567, 61_000_000_000].map(|ns| time(Duration::from_nanos(ns)));
        assert_eq!(shown, ["0 ns", "999 ns", "1.00 us", "12.3 us", "123 us", "1.23 ms", "61.0 s"]);
    }

    #[test]
    fn long_reasons_are_wrapped() {
        assert_eq!(wrap("a plan and why", 6), ["a plan", "and", "why"]);
        assert_eq!(wrap("", 6), [""; 0]);
    }
}
