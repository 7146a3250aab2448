//! The annotated functions: one for each workload, so that what is learned of one is not used for another.
//!
//! All but the cheapest are `inline(never)`: every contender runs the same machine code, and the difference between two
//! of them is how they hand out the items.

use std::hint::black_box;
use std::thread;
use std::time::Duration;

use amorsize::auto;
use sha2::{Digest, Sha256};

/// About a nanosecond of arithmetic for each round, which no compiler shortens.
#[inline]
fn spin(rounds: u32) -> u64 {
    (0..rounds).fold(u64::from(rounds), |state, round| {
        black_box((state ^ u64::from(round)).wrapping_mul(0x9e37_79b9_7f4a_7c15))
    })
}

/// Functions that spin for as many rounds as their item says.
macro_rules! spinning {
    ($($name:ident)*) => { $(
        /// Spins for as many rounds as the item says.
        #[auto]
        #[inline(never)]
        pub fn $name(rounds: &u32) -> u64 {
            spin(*rounds)
        }
    )* };
}

spinning! {
    settle
    spin_10x100ns spin_250x100ns spin_1k_x100ns spin_10k_x100ns spin_50k_x100ns
    spin_15x1us spin_100x1us spin_1k_x1us spin_5k_x1us
    spin_10x10us spin_100x10us spin_500x10us
    spin_3x2ms spin_7x700us
    ramp_up ramp_down heavy_first heavy_last heavy_middle heavy_tailed heavy_head heavy_end
}

/// Functions of a nanosecond or less.
macro_rules! squaring {
    ($($name:ident: $number:ty)*) => { $(
        /// The square of the item.
        #[auto]
        pub fn $name(number: &$number) -> $number {
            *number * *number
        }
    )* };
}

squaring! { square_10: u64 square_100: u64 square_1k: u64 square_10k: f32 square_100k: f32 square_1m: f32 square_vector: f32 }

/// A few nanoseconds: the finaliser of a hash.
#[auto]
pub fn scramble(number: &u64) -> u64 {
    let mut z = *number;
    for _ in 0..3 {
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    }
    z ^ (z >> 31)
}

/// The sum of a row, vectorised.
#[inline]
fn sum(row: &[f32]) -> f32 {
    let lanes = row.chunks_exact(16).fold([0_f32; 16], |mut lanes, chunk| {
        lanes.iter_mut().zip(chunk).for_each(|(lane, number)| *lane += number);
        lanes
    });
    lanes.iter().sum()
}

/// Reads a big row and writes one number: bound by memory.
#[auto]
#[inline(never)]
pub fn total(row: &[f32]) -> f32 {
    sum(row)
}

/// The same for rows that fit a cache.
#[auto]
#[inline(never)]
pub fn total_few(row: &[f32]) -> f32 {
    sum(row)
}

/// Allocates a small string for each item.
#[auto]
#[inline(never)]
pub fn label_few(number: &u64) -> String {
    format!("item {number}")
}

/// Allocates a small string for each item, for many.
#[auto]
#[inline(never)]
pub fn label(number: &u64) -> String {
    format!("item {number}")
}

/// Allocates a vector for each item.
#[auto]
#[inline(never)]
pub fn divisors(number: &u32) -> Vec<u32> {
    (1..=*number).filter(|divisor| number.is_multiple_of(*divisor)).collect()
}

/// Counts the words with a letter in them.
fn count_words(line: &str) -> usize {
    line.split_whitespace().filter(|word| word.chars().any(char::is_alphabetic)).count()
}

/// Branchy text: counts words.
#[auto]
#[inline(never)]
pub fn words(line: &str) -> usize {
    count_words(line)
}

/// The same for few lines.
#[auto]
#[inline(never)]
pub fn words_few(line: &str) -> usize {
    count_words(line)
}

/// Branchy text with a result on the heap: every word gets a capital.
#[auto]
#[inline(never)]
pub fn titled(line: &str) -> String {
    let mut start = true;
    line.chars()
        .map(|letter| {
            let titled = if start { letter.to_ascii_uppercase() } else { letter.to_ascii_lowercase() };
            start = letter == ' ';
            titled
        })
        .collect()
}

/// Hashes a blob of some kilobytes.
#[auto]
#[inline(never)]
pub fn digest_blob(blob: &[u8]) -> [u8; 32] {
    Sha256::digest(blob).into()
}

/// Hashes a file of up to megabytes.
#[auto]
#[inline(never)]
pub fn digest_file(file: &[u8]) -> [u8; 32] {
    Sha256::digest(file).into()
}

/// Hashes a file of a source tree.
#[auto]
#[inline(never)]
pub fn digest_tree(file: &[u8]) -> [u8; 32] {
    Sha256::digest(file).into()
}

/// Waits for a tenth of a millisecond, or a little more.
#[auto]
#[inline(never)]
pub fn wait_100us(item: &u64) -> u64 {
    thread::sleep(Duration::from_micros(100));
    item + 1
}

/// The same, for three items.
#[auto]
#[inline(never)]
pub fn wait_few(item: &u64) -> u64 {
    thread::sleep(Duration::from_micros(100));
    item + 1
}

/// Waits for a millisecond.
#[auto]
#[inline(never)]
pub fn wait_1ms(item: &u64) -> u64 {
    thread::sleep(Duration::from_millis(1));
    item + 1
}

/// Takes its item by value: sorts it and gives it back.
#[auto]
#[inline(never)]
pub fn sorted(mut numbers: Vec<u32>) -> Vec<u32> {
    numbers.sort_unstable();
    numbers
}

/// Takes its item by value: looks at a string's bytes and frees it.
#[auto]
#[inline(never)]
pub fn spaces(text: String) -> usize {
    text.into_bytes().iter().filter(|byte| byte.is_ascii_whitespace()).count()
}

/// What the overhead bench calls with many keys.
#[auto(key(which))]
pub fn cheap_by_key(number: &u64, which: u64) -> u64 {
    number.wrapping_mul(3) ^ which
}

/// What the overhead bench calls.
#[auto]
pub fn cheap(number: &u64) -> u64 {
    number.wrapping_mul(3) ^ 1
}
