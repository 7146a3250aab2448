//! All plans of one function under one fingerprint.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::entry::Entry;
use crate::id::FunctionId;
use crate::machine::fingerprint::FingerprintId;

/// All plans of one function under one fingerprint: the payload of a record.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Plans {
    /// The fingerprint, so that a file that was moved is noticed.
    pub fingerprint: FingerprintId,
    /// The function's identity, for the same reason.
    pub id: FunctionId,
    /// The TTL in the attribute of the function, seconds.
    pub ttl: Option<u64>,
    /// The function's path, for people.
    pub function: String,
    /// The type names behind the digests in the keys, for people.
    pub names: Vec<(u64, String)>,
    /// The plans, by key.
    pub entries: Vec<Entry>,
}

/// The most plans of one function that are stored. If there are more, those that were measured last are kept.
pub const MAX_ENTRIES: usize = 1024;
/// The most characters of a type name that are stored. Names are only shown to people.
pub const MAX_NAME: usize = 200;

impl Plans {
    /// The TTL in the attribute of the function.
    #[must_use]
    pub fn own_ttl(&self) -> Option<Duration> {
        self.ttl.map(Duration::from_secs)
    }

    /// Adds newer plans of the same function. Where both have a plan for a key, [`Entry::merge`] decides what is kept.
    pub fn merge(&mut self, newer: Self, now: u64) {
        self.ttl = newer.ttl;
        if !newer.function.is_empty() {
            self.function = newer.function;
        }
        for entry in newer.entries {
            match self.entries.iter_mut().find(|known| known.key == entry.key) {
                Some(known) => *known = known.clone().merge(entry, now),
                None => self.entries.push(entry),
            }
        }
        for (digest, name) in newer.names {
            if self.names.iter().all(|(known, _)| *known != digest) {
                self.names.push((digest, name));
            }
        }
        self.normalise();
    }

    /// Drops the oldest plans beyond [`MAX_ENTRIES`], sorts the others by key, and drops names that no plan needs.
    pub fn normalise(&mut self) {
        if self.entries.len() > MAX_ENTRIES {
            self.entries.sort_by_key(|entry| std::cmp::Reverse(entry.measured));
            self.entries.truncate(MAX_ENTRIES);
        }
        self.entries.sort_by_key(|entry| entry.key);
        self.names.retain(|(digest, _)| self.entries.iter().any(|entry| entry.key.instantiation == *digest));
    }
}

#[cfg(test)]
mod tests {
    use super::super::entry::Key;
    use super::super::entry::tests::entry;
    use super::*;

    const NOW: u64 = 1_800_000_000;

    #[test]
    fn the_last_measured_stays_unless_its_clock_was_wrong() {
        let of = |entries: &[(u8, u64)]| Plans {
            entries: entries.iter().map(|&(bucket, measured)| entry(bucket, measured)).collect(),
            ..Plans::default()
        };
        let merged = |a: &[(u8, u64)], b: &[(u8, u64)]| {
            let mut plans = of(a);
            plans.merge(of(b), NOW);
            plans.entries.iter().map(|entry| (entry.key.bucket, entry.measured)).collect::<Vec<_>>()
        };
        assert_eq!(merged(&[(1, 5), (2, 9)], &[(1, 7), (2, 8), (3, 1)]), [(1, 7), (2, 9), (3, 1)]);
        assert_eq!(merged(&[(1, u64::MAX)], &[(1, 7)]), [(1, 7)]);
        assert_eq!(merged(&[(1, 7)], &[(1, u64::MAX)]), [(1, 7)]);
    }

    #[test]
    fn keys_without_number_stay_bounded() {
        let mut plans = Plans::default();
        for user in 0..3000 {
            let key = Key { instantiation: user % 2, user, bucket: 1 };
            let newer = Entry { key, ..entry(1, user) };
            plans.entries.push(newer);
        }
        plans.names = vec![(0, "a".into()), (1, "b".into()), (2, "nobody's".into())];
        plans.normalise();
        assert_eq!(plans.entries.len(), MAX_ENTRIES);
        assert!(plans.entries.iter().all(|entry| entry.measured >= 3000 - MAX_ENTRIES as u64));
        assert_eq!(plans.names.len(), 2);
    }
}
