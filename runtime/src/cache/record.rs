//! What is kept of a function: a plan and what it rests on, for each instantiation, key and size of input.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::rejection::Rejection;
use crate::tuner::summary::Summary;

/// All that is kept of one function under one fingerprint: the payload of a file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Plans {
    /// The fingerprint, so that a file that was moved is noticed.
    pub(crate) fingerprint: u64,
    /// The function's identity, likewise.
    pub(crate) id: u64,
    /// How long the function says that they are believed, seconds.
    pub(crate) ttl: Option<u64>,
    /// Its path, for people.
    pub(crate) function: String,
    /// The type names behind [`Entry::instantiation`], for people.
    pub(crate) names: Vec<(u64, String)>,
    pub(crate) entries: Vec<Entry>,
}

/// A plan, and what it rests on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Entry {
    pub(crate) key: Key,
    /// When it was last measured, seconds since 1970.
    pub(crate) measured: u64,
    /// Threads of the pool it was learned on.
    pub(crate) pool: u32,
    /// What an item takes in the plain loop, ns.
    pub(crate) cost: f32,
    /// What is done while the pool is awake ...
    pub(crate) awake: Course,
    /// ... and while it sleeps.
    pub(crate) asleep: Course,
    pub(crate) summary: Summary,
}

/// What a plan is found by, within its function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(crate) struct Key {
    /// A digest of the instantiation's type name; 0 where there is only one.
    pub(crate) instantiation: u64,
    /// The user's `key(..)`; 0 where there is none.
    pub(crate) user: u64,
    /// floor(log2) of the number of items.
    pub(crate) bucket: u8,
}

/// What is done, at one temperature of the pool.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Course {
    /// Threads; 1 for the plain loop.
    pub(crate) n_jobs: u32,
    /// The fewest items that a thread takes at once.
    pub(crate) chunksize: u64,
    /// Whether there is more to be learned of it.
    pub(crate) open: bool,
    /// What an item is expected to take, ns.
    pub(crate) expected: f32,
}

/// More threads than any plan has.
const MOST_JOBS: u32 = 1023;
/// Longer than any item takes: a year, ns.
const LONGEST: f32 = 3.2e16;
/// Clocks of machines that share a folder may differ by so much, seconds.
const CLOCKS_DIFFER: u64 = 24 * 60 * 60;
/// Entries of one function: those that were measured last stay.
pub(crate) const MOST_ENTRIES: usize = 1024;
/// Names are for people, who do not read more than this.
pub(crate) const LONGEST_NAME: usize = 200;

impl Entry {
    /// Whether it may be used: by its own numbers, its age, and the threads there are (if that is known).
    pub(crate) fn check(&self, now: u64, ttl: Duration, pool: Option<u32>) -> Result<(), Rejection> {
        if !self.is_within_bounds() || pool.is_some_and(|pool| self.threads() > pool.max(1)) {
            return Err(Rejection::Bounds);
        }
        if self.is_from_the_future(now) {
            return Err(Rejection::Clock);
        }
        if self.age(now) > ttl {
            return Err(Rejection::Expired);
        }
        Ok(())
    }

    /// The most threads that it ever asks for.
    fn threads(&self) -> u32 {
        self.awake.n_jobs.max(self.asleep.n_jobs)
    }

    /// How long ago it was last measured.
    pub(crate) fn age(&self, now: u64) -> Duration {
        Duration::from_secs(now.saturating_sub(self.measured))
    }

    /// Whether no clock that is right can have stamped it.
    pub(crate) fn is_from_the_future(&self, now: u64) -> bool {
        self.measured > now.saturating_add(CLOCKS_DIFFER)
    }

    /// Whether its numbers are such that to use them can cost time, and nothing else.
    pub(crate) fn is_within_bounds(&self) -> bool {
        let time = |time: f32| time.is_finite() && (0.0..LONGEST).contains(&time);
        let course = |course: Course| {
            (1..=MOST_JOBS.min(self.pool.max(1))).contains(&course.n_jobs)
                && course.chunksize >= 1
                // The longest input of the bucket.
                && course.chunksize.ilog2() <= u32::from(self.key.bucket)
                && time(course.expected)
        };
        self.key.bucket < 64
            && self.pool <= 1 << 16
            && self.cost > 0.0
            // The longest loop of the bucket, too.
            && time(self.cost * 2f32.powi(i32::from(self.key.bucket) + 1))
            && course(self.awake)
            && course(self.asleep)
            && self.summary.all(|n_jobs, cost| (1..=1 << 16).contains(&n_jobs) && time(cost))
    }

    /// Which of two entries for one key is kept: the one that was measured last, unless its clock was wrong.
    pub(crate) fn replaces(&self, other: &Self, now: u64) -> bool {
        match (self.is_from_the_future(now), other.is_from_the_future(now)) {
            (true, false) => false,
            (false, true) => true,
            _ => self.measured >= other.measured,
        }
    }
}

impl Plans {
    /// How long these are believed, where others are for so long.
    pub(crate) fn ttl_or(&self, others: Duration) -> Duration {
        self.ttl.map_or(others, Duration::from_secs)
    }

    /// Adds `newer`'s entries: of two for one key, the one that was measured last stays.
    pub(crate) fn merge(&mut self, newer: Self, now: u64) {
        for entry in newer.entries {
            match self.entries.iter_mut().find(|known| known.key == entry.key) {
                Some(known) if entry.replaces(known, now) => *known = entry,
                Some(_) => {}
                None => self.entries.push(entry),
            }
        }
        for (digest, name) in newer.names {
            if self.names.iter().all(|(known, _)| *known != digest) {
                self.names.push((digest, name));
            }
        }
        self.tidy();
    }

    /// Keeps it bounded and in order.
    pub(crate) fn tidy(&mut self) {
        if self.entries.len() > MOST_ENTRIES {
            self.entries.sort_by_key(|entry| std::cmp::Reverse(entry.measured));
            self.entries.truncate(MOST_ENTRIES);
        }
        self.entries.sort_by_key(|entry| entry.key);
        self.names.retain(|(digest, _)| self.entries.iter().any(|entry| entry.key.instantiation == *digest));
    }
}

/// The word for a number of items.
pub(crate) fn size_name(bucket: u8) -> &'static str {
    // By the middle of the bucket, as sizes of a bucket share a plan.
    match 1.5 * 2f64.powi(i32::from(bucket)) {
        ..10.0 => "tiny",
        ..100.0 => "small",
        ..1e3 => "medium",
        ..1e4 => "large",
        _ => "xlarge",
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn entry(bucket: u8, measured: u64) -> Entry {
        let course = Course { n_jobs: 2, chunksize: 3, open: false, expected: 60.0 };
        Entry {
            key: Key { instantiation: 0, user: 0, bucket },
            measured,
            pool: 2,
            cost: 100.0,
            awake: course,
            asleep: Course { n_jobs: 1, chunksize: 1, open: true, expected: 100.0 },
            summary: Summary::default(),
        }
    }

    const WEEK: Duration = Duration::from_secs(7 * 86_400);
    const NOW: u64 = 1_800_000_000;

    #[test]
    fn each_reason_has_its_name() {
        let check = |change: &dyn Fn(&mut Entry)| {
            let mut entry = entry(10, NOW - 60);
            change(&mut entry);
            entry.check(NOW, WEEK, Some(2))
        };
        assert_eq!(check(&|_| ()), Ok(()));
        assert_eq!(check(&|entry| entry.measured = NOW - 7 * 86_400), Ok(()));
        assert_eq!(check(&|entry| entry.measured = NOW - 7 * 86_400 - 1), Err(Rejection::Expired));
        assert_eq!(check(&|entry| entry.measured = 0), Err(Rejection::Expired));
        assert_eq!(check(&|entry| entry.measured = NOW + 3600), Ok(()), "clocks differ");
        assert_eq!(check(&|entry| entry.measured = u64::MAX), Err(Rejection::Clock));
        let bad: [&dyn Fn(&mut Entry); 13] = [
            &|entry| entry.cost = 3e16,
            &|entry| entry.awake.n_jobs = 3,
            &|entry| entry.awake.n_jobs = 0,
            &|entry| entry.asleep.n_jobs = u32::MAX,
            &|entry| entry.awake.chunksize = 0,
            &|entry| entry.awake.chunksize = 2048,
            &|entry| entry.cost = 0.0,
            &|entry| entry.cost = f32::NAN,
            &|entry| entry.awake.expected = -1.0,
            &|entry| entry.asleep.expected = f32::INFINITY,
            &|entry| entry.key.bucket = 64,
            &|entry| entry.pool = u32::MAX,
            &|entry| entry.pool = 1,
        ];
        for (at, change) in bad.into_iter().enumerate() {
            assert_eq!(check(change), Err(Rejection::Bounds), "{at}");
        }
    }

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
        plans.tidy();
        assert_eq!(plans.entries.len(), MOST_ENTRIES);
        assert!(plans.entries.iter().all(|entry| entry.measured >= 3000 - MOST_ENTRIES as u64));
        assert_eq!(plans.names.len(), 2);
    }

    #[test]
    fn sizes_have_words() {
        assert_eq!(
            [0, 3, 6, 9, 12, 13, 63].map(size_name),
            ["tiny", "small", "small", "medium", "large", "xlarge", "xlarge"]
        );
    }
}
