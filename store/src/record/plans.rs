//! All plans of one function under one fingerprint.

use std::collections::BTreeSet;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::entry::Entry;
use crate::id::FunctionId;
use crate::machine::fingerprint::FingerprintId;

/// All plans of one function under one fingerprint: the payload of a record. Older versions of it are in `plans_format`.
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
    pub fn merge(&mut self, mut newer: Self, now: u64) {
        self.ttl = newer.ttl;
        if !newer.function.is_empty() {
            self.function = newer.function;
        }
        // Both are sorted first, so that to find a key takes no look at all the others.
        self.entries.sort_by_key(|entry| entry.key);
        newer.entries.sort_by_key(|entry| entry.key);
        let known = self.entries.len();
        for entry in newer.entries {
            let (known, added) = self.entries.split_at_mut(known);
            let same = match known.binary_search_by_key(&entry.key, |known| known.key) {
                Ok(at) => Some(&mut known[at]),
                Err(_) => added.last_mut().filter(|last| last.key == entry.key),
            };
            match same {
                Some(same) => *same = same.clone().merge(entry, now),
                None => self.entries.push(entry),
            }
        }
        let mut digests: BTreeSet<u64> = self.names.iter().map(|(digest, _)| *digest).collect();
        self.names.extend(newer.names.into_iter().filter(|(digest, _)| digests.insert(*digest)));
        self.normalise();
    }

    /// Drops the oldest plans beyond [`MAX_ENTRIES`], sorts the others by key, and drops names that no plan needs.
    pub fn normalise(&mut self) {
        if self.entries.len() > MAX_ENTRIES {
            self.entries.sort_by_key(|entry| std::cmp::Reverse(entry.measured));
            self.entries.truncate(MAX_ENTRIES);
        }
        self.entries.sort_by_key(|entry| entry.key);
        // The instantiation is the first part of a key.
        let entries = &self.entries;
        self.names.retain(|(digest, _)| entries.binary_search_by_key(digest, |entry| entry.key.instantiation).is_ok());
    }

    /// Whether there are no more plans and names than are ever stored, no name is longer, and all numbers are within bounds.
    /// What comes from elsewhere is used only then.
    #[must_use]
    pub fn is_within_bounds(&self) -> bool {
        // A character has at most four bytes.
        let is_short = |name: &str| name.len() <= 4 * MAX_NAME;
        self.entries.len() <= MAX_ENTRIES
            && self.names.len() <= MAX_ENTRIES
            && is_short(&self.function)
            && self.names.iter().all(|(_, name)| is_short(name))
            && self.entries.iter().all(Entry::is_within_bounds)
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
            let key = Key { instantiation: user % 2, user, bucket: 1, blocking: false };
            let newer = Entry { key, ..entry(1, user) };
            plans.entries.push(newer);
        }
        plans.names = vec![(0, "a".into()), (1, "b".into()), (2, "nobody's".into())];
        plans.normalise();
        assert_eq!(plans.entries.len(), MAX_ENTRIES);
        assert!(plans.entries.iter().all(|entry| entry.measured >= 3000 - MAX_ENTRIES as u64));
        assert_eq!(plans.names.len(), 2);
    }

    #[test]
    fn as_many_as_there_may_be_are_merged_in_whatever_order_they_are() {
        let of = |instantiations: &mut dyn Iterator<Item = u64>| {
            let mut plans = Plans::default();
            for instantiation in instantiations {
                let key = Key { instantiation, bucket: 1, ..Key::default() };
                plans.entries.push(Entry { key, ..entry(1, 5) });
                plans.names.push((instantiation, instantiation.to_string()));
            }
            plans
        };
        let mut plans = of(&mut (0..500).rev());
        // One key twice, and names that are known already.
        plans.merge(of(&mut (400..1000).rev().chain([999, 3])), NOW);
        assert!(plans.entries.iter().map(|entry| entry.key.instantiation).eq(0..1000));
        let mut names = plans.names.clone();
        names.sort();
        names.dedup();
        assert_eq!((names.len(), plans.names.len()), (1000, 1000));
        assert!(plans.is_within_bounds());
        plans.merge(of(&mut (2000..2100)), NOW);
        assert_eq!((plans.entries.len(), plans.names.len()), (MAX_ENTRIES, MAX_ENTRIES));
    }

    #[test]
    fn more_than_is_ever_stored_is_out_of_bounds() {
        let plans = || Plans { entries: vec![entry(1, 5)], names: vec![(0, "a".into())], ..Plans::default() };
        let is_within_bounds = |change: &dyn Fn(&mut Plans)| {
            let mut plans = plans();
            change(&mut plans);
            plans.is_within_bounds()
        };
        assert!(is_within_bounds(&|_| ()));
        assert!(is_within_bounds(&|plans| plans.function = "\u{10ffff}".repeat(MAX_NAME)));
        let bad: [&dyn Fn(&mut Plans); 5] = [
            &|plans| plans.entries = vec![entry(1, 5); MAX_ENTRIES + 1],
            &|plans| plans.names = vec![(0, String::new()); MAX_ENTRIES + 1],
            &|plans| plans.function = "x".repeat(4 * MAX_NAME + 1),
            &|plans| plans.names[0].1 = "x".repeat(4 * MAX_NAME + 1),
            &|plans| plans.entries[0].cost = f32::NAN,
        ];
        for (at, change) in bad.into_iter().enumerate() {
            assert!(!is_within_bounds(change), "{at}");
        }
    }
}
