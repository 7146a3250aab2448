//! The workloads of the benchmark: functions that do real work, on items that are the same in every process.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hasher};

/// A function and its items.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Workload {
    Text,
    Hashes,
    Floats,
    Skewed,
}

/// Without optimisation the functions take many times as long, so there are fewer items.
const ITEMS: usize = if cfg!(debug_assertions) { 100 } else { 800 };

impl Workload {
    pub(super) const ALL: [Self; 4] = [Self::Text, Self::Hashes, Self::Floats, Self::Skewed];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Hashes => "hashes",
            Self::Floats => "floats",
            Self::Skewed => "skewed",
        }
    }

    /// What it does.
    pub(super) fn what(self) -> &'static str {
        match self {
            Self::Text => "the most frequent word of a text of 400 words",
            Self::Hashes => "SipHash of 4 KiB, 16 times over",
            Self::Floats => "an integral by Simpson's rule, 1,000 steps",
            Self::Skewed => "the smallest factor of a number: a few items take a hundred times as long as most",
        }
    }

    /// The path of the function, as plans have it.
    pub(super) fn function(self) -> &'static str {
        match self {
            Self::Text => concat!(module_path!(), "::most_frequent"),
            Self::Hashes => concat!(module_path!(), "::digest"),
            Self::Floats => concat!(module_path!(), "::integral"),
            Self::Skewed => concat!(module_path!(), "::smallest_factor"),
        }
    }

    pub(super) fn items(self) -> usize {
        match self {
            Self::Skewed => 2 * ITEMS,
            _ => ITEMS,
        }
    }
}

#[amorsize::auto]
pub(super) fn most_frequent(text: &str) -> u64 {
    let mut counts: HashMap<&str, u64> = HashMap::new();
    for word in text.split_whitespace() {
        *counts.entry(word).or_default() += 1;
    }
    counts.into_values().max().unwrap_or(0)
}

#[amorsize::auto]
pub(super) fn digest(bytes: &[u8]) -> u64 {
    (0..16).fold(0, |before, _| {
        // Without a random key: the same in every process.
        let mut hasher = DefaultHasher::new();
        hasher.write_u64(before);
        hasher.write(bytes);
        hasher.finish()
    })
}

/// The integral of `sin(a t) exp(-t)` from 0 to 10, as bits.
#[amorsize::auto]
pub(super) fn integral(a: f64) -> u64 {
    const STEPS: u32 = 1_000;
    let width = 10.0 / f64::from(STEPS);
    let height = |step: u32| {
        let t = f64::from(step) * width;
        (a * t).sin() * (-t).exp()
    };
    let inner: f64 = (1..STEPS).map(|step| height(step) * if step % 2 == 1 { 4.0 } else { 2.0 }).sum();
    ((height(0) + inner + height(STEPS)) * width / 3.0).to_bits()
}

#[amorsize::auto]
pub(super) fn smallest_factor(n: u64) -> u64 {
    (3..).step_by(2).take_while(|d| d * d <= n).find(|&d| n.is_multiple_of(d)).unwrap_or(n)
}

/// The items of [`Workload::Text`].
pub(super) fn texts() -> Vec<String> {
    let mut numbers = numbers();
    let mut word = || {
        // The square makes some words more frequent than others.
        let at = numbers.next().unwrap_or(0) % 60;
        format!("word{}", at * at)
    };
    (0..Workload::Text.items()).map(|_| (0..400).map(|_| word()).collect::<Vec<_>>().join(" ")).collect()
}

/// The items of [`Workload::Hashes`].
pub(super) fn records() -> Vec<Vec<u8>> {
    let mut numbers = numbers();
    let mut record = || numbers.by_ref().take(4096 / 8).flat_map(u64::to_le_bytes).collect();
    (0..Workload::Hashes.items()).map(|_| record()).collect()
}

/// The items of [`Workload::Floats`].
pub(super) fn frequencies() -> Vec<f64> {
    numbers().take(Workload::Floats.items()).map(|n| (n % 1_000) as f64 / 100.0).collect()
}

/// The items of [`Workload::Skewed`]: odd numbers.
pub(super) fn odd_numbers() -> Vec<u64> {
    numbers().take(Workload::Skewed.items()).map(|n| (500_000_000 + n % 500_000_000) | 1).collect()
}

/// Random numbers, always the same ones (splitmix64).
pub(super) fn numbers() -> impl Iterator<Item = u64> {
    (1u64..).map(|n| {
        let mut z = n.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_functions_are_right() {
        assert_eq!(most_frequent("to be or not to be to"), 3);
        assert_eq!([15, 49, 97].map(smallest_factor), [3, 7, 97]);
        // The exact value is 1 / 2 but for the tail beyond 10.
        assert!((f64::from_bits(integral(1.0)) - 0.5).abs() < 1e-4);
        assert_ne!(digest(b"a"), digest(b"b"));
    }

    #[test]
    fn items_are_the_same_every_time() {
        assert_eq!(texts(), texts());
        assert_eq!(texts()[0].split(' ').count(), 400);
        assert!(odd_numbers().iter().all(|n| n % 2 == 1));
        for workload in Workload::ALL {
            assert!(workload.function().contains("bench::workloads::"));
        }
    }
}
