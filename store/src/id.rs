//! The identity of a function: 64 bits that depend on its code only, and not on the machine or the build.

use std::fmt;

/// The stable identity of an annotated function.
///
/// It is a `const`, made while the program compiles from the function's name, the tokens of its signature
/// and body, its package, its module and the identities of what it `depends(..)` on. Formatting, comments and
/// documentation do not change it; any change to the code does.
///
/// Shown as 16 hexadecimal digits.
///
/// # Examples
///
/// ```
/// use amorsize_store::id::FunctionId;
///
/// assert_eq!(FunctionId::from_u64(0xff).to_string(), "00000000000000ff");
/// ```
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FunctionId(u64);

impl FunctionId {
    /// The identity as a number.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The identity that is this number.
    #[must_use]
    pub const fn from_u64(id: u64) -> Self {
        Self(id)
    }
}

impl fmt::Display for FunctionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(Hexadecimal::new(self.0).as_str())
    }
}

/// Sixteen hexadecimal digits, made faster than by `{:016x}`: names of files are made of them in the first call.
pub(crate) struct Hexadecimal([u8; 16]);

impl Hexadecimal {
    pub(crate) fn new(number: u64) -> Self {
        let digit = |i: usize| b"0123456789abcdef"[(number >> (60 - 4 * i) & 15) as usize];
        Self(std::array::from_fn(digit))
    }

    pub(crate) fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Debug for FunctionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FunctionId({self})")
    }
}

/// Stored as a number, and shown to people and in JSON as 16 hexadecimal digits.
#[cfg(feature = "disk")]
macro_rules! number_in_files_and_digits_in_text {
    ($id:ident) => {
        impl ::serde::Serialize for $id {
            fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                if serializer.is_human_readable() {
                    serializer.collect_str(self)
                } else {
                    serializer.serialize_u64(self.0)
                }
            }
        }

        impl<'de> ::serde::Deserialize<'de> for $id {
            fn deserialize<D: ::serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                if !deserializer.is_human_readable() {
                    return <u64 as ::serde::Deserialize>::deserialize(deserializer).map(Self);
                }
                let digits = <String as ::serde::Deserialize>::deserialize(deserializer)?;
                u64::from_str_radix(&digits, 16).map(Self).map_err(::serde::de::Error::custom)
            }
        }
    };
}
#[cfg(feature = "disk")]
pub(crate) use number_in_files_and_digits_in_text;

#[cfg(feature = "disk")]
number_in_files_and_digits_in_text!(FunctionId);

/// The identity of a function: a digest of its text, its package, its module and the functions that it depends on.
///
/// `text` is the SHA-256 that the attribute took of the function's name and normalised tokens, as four
/// big-endian words. (SHA-256 itself would cost the compiler 11.5 ms a function in a `const`; the mix costs
/// nothing measurable.)
#[must_use]
pub const fn identify(text: [u64; 4], package: &str, module: &str, depends: &[FunctionId]) -> FunctionId {
    let mut mix = Mix::new(FORMAT);
    let mut i = 0;
    while i < text.len() {
        mix = mix.word(text[i]);
        i += 1;
    }
    mix = mix.bytes(package.as_bytes()).bytes(module.as_bytes()).word(depends.len() as u64);
    let mut i = 0;
    while i < depends.len() {
        mix = mix.word(depends[i].0);
        i += 1;
    }
    FunctionId(mix.finish())
}

/// Part of every identity: to be raised when the way they are made changes.
const FORMAT: u64 = 1;

/// A 64-bit mix, specified so that it is the same everywhere and for ever.
///
/// Each word goes through the finaliser of `SplitMix64` (Steele, Lea and Flood, "Fast Splittable Pseudorandom
/// Number Generators", OOPSLA 2014; constants of Stafford's variant 13): `state = f((state ^ word) + GOLDEN)`.
/// Text goes in as its length in bytes, then its bytes as little-endian words, the last one padded with zeros.
#[derive(Clone, Copy, Debug)]
pub struct Mix(u64);

impl Mix {
    const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

    /// A mix that starts with this word.
    pub const fn new(seed: u64) -> Self {
        Self(0).word(seed)
    }

    /// Adds a word.
    #[must_use]
    pub const fn word(self, word: u64) -> Self {
        let mut z = (self.0 ^ word).wrapping_add(Self::GOLDEN);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        Self(z ^ (z >> 31))
    }

    /// Adds a text: its length, then its bytes.
    #[must_use]
    pub const fn bytes(self, bytes: &[u8]) -> Self {
        let mut mix = self.word(bytes.len() as u64);
        let mut rest = bytes;
        while let Some((word, after)) = rest.split_first_chunk::<8>() {
            mix = mix.word(u64::from_le_bytes(*word));
            rest = after;
        }
        if rest.is_empty() {
            return mix;
        }
        let mut last = [0; 8];
        let mut i = 0;
        while i < rest.len() {
            last[i] = rest[i];
            i += 1;
        }
        mix.word(u64::from_le_bytes(last))
    }

    /// The mix of everything that was added.
    #[must_use]
    pub const fn finish(self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: [u64; 4] = [1, 2, 3, 4];

    #[test]
    fn the_mix_is_pinned() {
        assert_eq!(identify(TEXT, "package", "module::path", &[]).to_string(), "92d9a82894d0499b");
    }

    #[test]
    fn every_part_moves_it() {
        let base = identify(TEXT, "ab", "c", &[]);
        assert_ne!(base, identify([1, 2, 4, 3], "ab", "c", &[]));
        assert_ne!(base, identify(TEXT, "a", "bc", &[]));
        assert_ne!(base, identify(TEXT, "ab", "c", &[base]));
        assert_ne!(identify(TEXT, "ab", "c", &[base]), identify(TEXT, "ab", "c", &[base, base]));
    }
}
