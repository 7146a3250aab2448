//! The compiler settings of a crate that decide how fast its code is: debug assertions, opt-level, target features.
//!
//! # Bits
//!
//! | bits | what they are |
//! |---|---|
//! | 0 | whether `debug_assertions` are on |
//! | 1 to 3 | the opt-level: 1 and its position in `OPT_LEVELS`, 0 where it is not known |
//! | 4 and up | one for each of `FEATURES`, in its order, set where the compiler may use it |
//!
//! Plans are kept apart by these bits, so they never change their meaning: a new feature goes to the end.

use std::fmt;

/// The opt-levels, in the order of their numbers in bits 1 to 3.
const OPT_LEVELS: [u8; 6] = *b"0123sz";
const FIRST_FEATURE: u32 = 4;

/// The target features of bit 4 and up: instructions that make code faster, for all kinds of processors (x86, Arm,
/// WebAssembly, RISC-V, POWER, z/Architecture, `LoongArch`). Append only; the macro below has the same list.
const FEATURES: [&str; 22] = [
    "sse4.2", "popcnt", "avx", "avx2", "fma", "bmi2", "aes", "avx512f", "avx512bw", "avx512vl", "neon", "dotprod",
    "lse", "sve", "sve2", "simd128", "v", "zbb", "vsx", "vector", "lsx", "lasx",
];

/// How the crate of an annotated function was compiled.
///
/// This is the crate in which the attribute stands. (Its generic functions may be compiled in another crate, with another
/// opt-level.)
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Build(u32);

impl Build {
    /// The build with this opt-level (`0`, `1`, `2`, `3`, `s` or `z`; anything else means that it is not known) and these
    /// other bits.
    #[must_use]
    pub const fn new(opt_level: u8, set: &[u32]) -> Self {
        let mut bits = 0;
        let mut i = 0;
        while i < OPT_LEVELS.len() {
            if OPT_LEVELS[i] == opt_level {
                bits |= (i as u32 + 1) << 1;
            }
            i += 1;
        }
        let mut i = 0;
        while i < set.len() {
            bits |= 1 << set[i];
            i += 1;
        }
        Self(bits)
    }

    /// The build with these [`bits`](Self::bits). Unknown bits are kept.
    #[must_use]
    pub const fn from_bits(bits: u32) -> Self {
        Self(bits)
    }

    /// The settings as a number, which has the same meaning in every version.
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

/// The [`Build`] of the crate in which this macro is written. The opt-level, which no `cfg` tells, is passed in.
///
/// The elements have attributes instead of calling `cfg!(..)`: each call would be one more macro to expand, for every
/// annotated function.
#[doc(hidden)]
#[macro_export]
macro_rules! __amorsize_build {
    ($opt_level:literal) => {
        $crate::machine::build_flags::Build::new(
            $opt_level,
            &[
                #[cfg(debug_assertions)]
                0,
                #[cfg(target_feature = "sse4.2")]
                4,
                #[cfg(target_feature = "popcnt")]
                5,
                #[cfg(target_feature = "avx")]
                6,
                #[cfg(target_feature = "avx2")]
                7,
                #[cfg(target_feature = "fma")]
                8,
                #[cfg(target_feature = "bmi2")]
                9,
                #[cfg(target_feature = "aes")]
                10,
                #[cfg(target_feature = "avx512f")]
                11,
                #[cfg(target_feature = "avx512bw")]
                12,
                #[cfg(target_feature = "avx512vl")]
                13,
                #[cfg(target_feature = "neon")]
                14,
                #[cfg(target_feature = "dotprod")]
                15,
                #[cfg(target_feature = "lse")]
                16,
                #[cfg(target_feature = "sve")]
                17,
                #[cfg(target_feature = "sve2")]
                18,
                #[cfg(target_feature = "simd128")]
                19,
                #[cfg(target_feature = "v")]
                20,
                #[cfg(target_feature = "zbb")]
                21,
                #[cfg(target_feature = "vsx")]
                22,
                #[cfg(target_feature = "vector")]
                23,
                #[cfg(target_feature = "lsx")]
                24,
                #[cfg(target_feature = "lasx")]
                25,
            ],
        )
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is stored means the same for ever.
    #[test]
    fn the_bits_are_pinned() {
        assert_eq!(Build::new(b'?', &[0]).bits(), 1);
        assert_eq!(b"0123sz?".map(|level| Build::new(level, &[]).bits() >> 1), [1, 2, 3, 4, 5, 6, 0]);
        let all: Vec<&str> = Build::from_bits(u32::MAX).features().collect();
        let pinned = "sse4.2 popcnt avx avx2 fma bmi2 aes avx512f avx512bw avx512vl neon dotprod lse sve sve2 simd128 \
                      v zbb vsx vector lsx lasx";
        assert!(all.join(" ").starts_with(pinned));
        assert!(Build::new(b'3', &[7]).features().eq(["avx2"]));
    }

    #[test]
    fn the_macro_has_the_same_list() {
        let lines: Vec<&str> = include_str!("build_flags.rs").lines().map(str::trim).collect();
        let listed = lines.windows(2).filter_map(|pair| {
            let feature = pair[0].strip_prefix("#[cfg(target_feature = \"")?.strip_suffix("\")]")?;
            Some((feature, pair[1].strip_suffix(',')?.parse().ok()?))
        });
        assert!(listed.eq(FEATURES.into_iter().zip(FIRST_FEATURE..)));
    }

    #[test]
    fn it_is_read_as_it_was_made() {
        for level in *b"0123sz" {
            let build = Build::new(level, &[4, 7]);
            assert_eq!(build.opt_level().as_bytes(), [level]);
            assert!(!build.debug_assertions());
            assert!(build.features().eq(["sse4.2", "avx2"]));
            assert_eq!(Build::from_bits(build.bits()), build);
        }
        assert_eq!(Build::new(b'3', &[4, 7]).to_string(), "release, opt-level 3, sse4.2 avx2");
        assert_eq!(Build::new(b'0', &[0]).to_string(), "debug, opt-level 0");
        assert_eq!(Build::new(b'?', &[0]).to_string(), "debug, opt-level unknown");
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
