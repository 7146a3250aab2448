//! How a crate was compiled: what decides how fast one and the same code is on one and the same machine.
//!
//! # Bits
//!
//! | bits | what they are |
//! |---|---|
//! | 0 | whether `debug_assertions` are on |
//! | 1 to 3 | the opt-level: 1 and its position in [`OPT_LEVELS`], 0 where it is not known |
//! | 4 and up | one for each of [`FEATURES`], in its order, set where the compiler may use it |
//!
//! Plans are kept apart by these bits, so they never change their meaning: new features go to the end.

use std::fmt;

/// Bits 1 to 3.
const OPT_LEVELS: [u8; 6] = *b"0123sz";
const FIRST_FEATURE: u32 = 4;

/// Bit 4 and up: the instructions that make code faster, of all processors together. Append only, and to [`build!`] too.
///
/// [`build!`]: crate::__amorsize_build
const FEATURES: [&str; 22] = [
    "sse4.2", "popcnt", "avx", "avx2", "fma", "bmi2", "aes", "avx512f", "avx512bw", "avx512vl", // x86
    "neon", "dotprod", "lse", "sve", "sve2",    // Arm, and `aes` again
    "simd128", // WebAssembly
    "v", "zbb", // RISC-V
    "vsx", "vector", // POWER, z/Architecture
    "lsx", "lasx", // LoongArch
];

/// How the crate of an annotated function was compiled.
///
/// Of the crate in which the attribute stands: a generic function may be compiled with another one's opt-level.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Build(u32);

impl Build {
    /// `opt_level` is one of `0`, `1`, `2`, `3`, `s` and `z`, or anything else where it is not known; `features` are
    /// those that [`FEATURES`] lists.
    #[must_use]
    pub const fn new(debug_assertions: bool, opt_level: u8, features: [bool; FEATURES.len()]) -> Self {
        let mut bits = debug_assertions as u32;
        let mut i = 0;
        while i < OPT_LEVELS.len() {
            if OPT_LEVELS[i] == opt_level {
                bits |= (i as u32 + 1) << 1;
            }
            i += 1;
        }
        let mut i = 0;
        while i < FEATURES.len() {
            bits |= (features[i] as u32) << (FIRST_FEATURE + i as u32);
            i += 1;
        }
        Self(bits)
    }

    /// The build that [`bits`](Self::bits) were taken of. Bits that this version knows nothing of are kept.
    #[must_use]
    pub const fn from_bits(bits: u32) -> Self {
        Self(bits)
    }

    /// All of it as a number, which means the same in every version.
    #[must_use]
    pub const fn bits(self) -> u32 {
        self.0
    }

    /// Whether `debug_assertions` are on, as they are in the profile `dev`.
    #[must_use]
    pub const fn debug_assertions(self) -> bool {
        self.0 & 1 != 0
    }

    /// `0`, `1`, `2`, `3`, `s`, `z` or `unknown`.
    #[must_use]
    pub const fn opt_level(self) -> &'static str {
        match self.0 >> 1 & 7 {
            1 => "0",
            2 => "1",
            3 => "2",
            4 => "3",
            5 => "s",
            6 => "z",
            _ => "unknown",
        }
    }

    /// The instructions that the compiler might use, among those that make code faster.
    pub fn features(self) -> impl Iterator<Item = &'static str> {
        (FIRST_FEATURE..).zip(FEATURES).filter(move |(bit, _)| self.0 >> bit & 1 != 0).map(|(_, feature)| feature)
    }
}

/// As in `release, opt-level 3, sse4.2 avx2`.
impl fmt::Display for Build {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let profile = if self.debug_assertions() { "debug" } else { "release" };
        write!(f, "{profile}, opt-level {}", self.opt_level())?;
        for (i, feature) in self.features().enumerate() {
            write!(f, "{}{feature}", if i == 0 { ", " } else { " " })?;
        }
        Ok(())
    }
}

impl fmt::Debug for Build {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Build({self})")
    }
}

/// The [`Build`] of the crate in which this macro is written, but for the opt-level, which no `cfg` tells.
#[doc(hidden)]
#[macro_export]
macro_rules! __amorsize_build {
    ($opt_level:literal) => {
        $crate::__private::Build::new(
            ::core::cfg!(debug_assertions),
            $opt_level,
            [
                ::core::cfg!(target_feature = "sse4.2"),
                ::core::cfg!(target_feature = "popcnt"),
                ::core::cfg!(target_feature = "avx"),
                ::core::cfg!(target_feature = "avx2"),
                ::core::cfg!(target_feature = "fma"),
                ::core::cfg!(target_feature = "bmi2"),
                ::core::cfg!(target_feature = "aes"),
                ::core::cfg!(target_feature = "avx512f"),
                ::core::cfg!(target_feature = "avx512bw"),
                ::core::cfg!(target_feature = "avx512vl"),
                ::core::cfg!(target_feature = "neon"),
                ::core::cfg!(target_feature = "dotprod"),
                ::core::cfg!(target_feature = "lse"),
                ::core::cfg!(target_feature = "sve"),
                ::core::cfg!(target_feature = "sve2"),
                ::core::cfg!(target_feature = "simd128"),
                ::core::cfg!(target_feature = "v"),
                ::core::cfg!(target_feature = "zbb"),
                ::core::cfg!(target_feature = "vsx"),
                ::core::cfg!(target_feature = "vector"),
                ::core::cfg!(target_feature = "lsx"),
                ::core::cfg!(target_feature = "lasx"),
            ],
        )
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: [bool; FEATURES.len()] = [false; FEATURES.len()];

    #[test]
    fn the_macro_lists_the_features_in_their_order() {
        let listed = include_str!("build.rs")
            .lines()
            .filter_map(|line| line.trim().strip_prefix("::core::cfg!(target_feature = \"")?.strip_suffix("\"),"));
        assert!(listed.eq(FEATURES));
    }

    /// What is stored means the same for ever.
    #[test]
    fn the_bits_are_pinned() {
        assert_eq!(Build::new(true, b'?', NONE).bits(), 0b1);
        assert_eq!(b"0123sz?".map(|level| Build::new(false, level, NONE).bits() >> 1), [1, 2, 3, 4, 5, 6, 0]);
        let bits: Vec<(&str, u32)> = (0..FEATURES.len())
            .map(|i| (FEATURES[i], Build::new(false, b'?', std::array::from_fn(|k| k == i)).bits().trailing_zeros()))
            .collect();
        let (first, rest) = bits.split_at(10);
        let x86 = ["sse4.2", "popcnt", "avx", "avx2", "fma", "bmi2", "aes", "avx512f", "avx512bw", "avx512vl"];
        assert!(first.iter().copied().eq(x86.into_iter().zip(4..)));
        let others = [
            ("neon", 14),
            ("dotprod", 15),
            ("lse", 16),
            ("sve", 17),
            ("sve2", 18),
            ("simd128", 19),
            ("v", 20),
            ("zbb", 21),
            ("vsx", 22),
            ("vector", 23),
            ("lsx", 24),
            ("lasx", 25),
        ];
        assert_eq!(rest, others);
    }

    #[test]
    fn it_is_read_as_it_was_made() {
        for level in *b"0123sz" {
            let build = Build::new(false, level, std::array::from_fn(|i| i == 0 || i == 3));
            assert_eq!(build.opt_level().as_bytes(), [level]);
            assert!(!build.debug_assertions());
            assert!(build.features().eq(["sse4.2", "avx2"]));
            assert_eq!(Build::from_bits(build.bits()), build);
        }
        assert_eq!(
            Build::new(false, b'3', std::array::from_fn(|i| i == 0 || i == 3)).to_string(),
            "release, opt-level 3, sse4.2 avx2"
        );
        assert_eq!(Build::new(true, b'0', NONE).to_string(), "debug, opt-level 0");
        assert_eq!(Build::new(true, b'?', NONE).to_string(), "debug, opt-level unknown");
    }

    #[test]
    fn any_bits_are_a_build() {
        for bits in [u32::MAX, 0, 0b1110, 1 << 31] {
            let build = Build::from_bits(bits);
            assert_eq!(build.bits(), bits);
            assert!(build.to_string().contains("opt-level unknown"));
            assert!(build.features().count() <= FEATURES.len());
        }
    }
}
