//! How a loop is run while the thread pool is hot (its threads are awake) or cold (they sleep).

use std::fmt;

/// How a loop is run while the thread pool is hot (its threads are awake) or cold (they sleep), and the expected time.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "disk", derive(serde::Serialize, serde::Deserialize))]
pub struct Schedule {
    /// Threads, the caller included; 1 for the plain loop.
    pub n_jobs: usize,
    /// The fewest items that a thread takes at once.
    pub chunksize: usize,
    /// Whether nothing is left that is worth trying.
    #[cfg_attr(feature = "disk", serde(with = "settled"))]
    pub settled: bool,
    /// What an item is expected to take, ns; 0 where that is kept elsewhere.
    #[cfg_attr(feature = "disk", serde(rename = "expected_ns"))]
    pub expected: f32,
}

impl Schedule {
    /// The plain loop, with nothing left to try.
    pub const PLAIN: Self = Self { n_jobs: 1, chunksize: 1, settled: true, expected: 0.0 };

    /// Whether it is the plain loop.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        self.n_jobs < 2
    }
}

/// As in `n_jobs=4 chunksize=64`, or `serial`.
impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_plain() {
            return f.write_str("serial");
        }
        write!(f, "n_jobs={} chunksize={}", self.n_jobs, self.chunksize)
    }
}

/// In files this flag is stored as its opposite: whether something is left to try.
#[cfg(feature = "disk")]
mod settled {
    use serde::{Deserialize, Deserializer, Serializer};

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for this signature")]
    pub(super) fn serialize<S: Serializer>(settled: &bool, serializer: S) -> Result<S::Ok, S::Error> {
        let is_text = serializer.is_human_readable();
        serializer.serialize_bool(*settled == is_text)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
        let is_text = deserializer.is_human_readable();
        Ok(bool::deserialize(deserializer)? == is_text)
    }
}

#[cfg(all(test, feature = "disk"))]
mod tests {
    use super::*;

    #[test]
    fn it_is_stored_as_ever() {
        let schedule = Schedule { n_jobs: 4, chunksize: 300, settled: false, expected: 1.5 };
        let bytes = postcard::to_stdvec(&schedule).unwrap();
        assert_eq!(bytes, postcard::to_stdvec(&(4u32, 300u64, true, 1.5f32)).unwrap());
        assert_eq!(postcard::from_bytes::<Schedule>(&bytes), Ok(schedule));
    }
}
