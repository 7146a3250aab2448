//! Why a plan that was found is not used.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Why a plan that was found is not used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "disk", derive(serde::Serialize))]
#[cfg_attr(feature = "disk", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Rejection {
    /// It was last measured longer ago than the TTL.
    Expired,
    /// Its time of measurement lies in the future, so some clock was wrong.
    Clock,
    /// Its file is of another format version.
    Version,
    /// Its file is damaged, or holds another function.
    Corrupt,
    /// Its file belongs to another machine or build.
    Fingerprint,
    /// It has more threads than the pool, a chunk larger than the input, or a number that is not finite.
    Bounds,
    /// Items take much more or much less time than when it was measured.
    TimeBucket,
}

impl Rejection {
    /// All reasons.
    pub const ALL: [Self; 7] =
        [Self::Expired, Self::Clock, Self::Version, Self::Corrupt, Self::Fingerprint, Self::Bounds, Self::TimeBucket];

    /// The name under which it is counted and stored.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Expired => "expired",
            Self::Clock => "clock",
            Self::Version => "version",
            Self::Corrupt => "corrupt",
            Self::Fingerprint => "fingerprint",
            Self::Bounds => "bounds",
            Self::TimeBucket => "time_bucket",
        }
    }

    /// Counts one.
    pub fn count(self) {
        COUNTS[self as usize].fetch_add(1, Relaxed);
    }

    /// How often it was counted in this process.
    #[must_use]
    pub fn counted(self) -> u64 {
        COUNTS[self as usize].load(Relaxed)
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Expired => "it was last measured too long ago",
            Self::Clock => "it claims to be from the future",
            Self::Version => "its format is of another version",
            Self::Corrupt => "its file is damaged",
            Self::Fingerprint => "it belongs to another machine or build",
            Self::Bounds => "its numbers are out of bounds",
            Self::TimeBucket => "items take another time now",
        })
    }
}

static COUNTS: [AtomicU64; Rejection::ALL.len()] = [const { AtomicU64::new(0) }; Rejection::ALL.len()];
