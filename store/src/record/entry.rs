//! A plan and its measurements, for one instantiation, key and size of input of a function.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::buckets::costs_differ;
use super::evidence::Evidence;
use super::schedule::Schedule;
use crate::rejection::Rejection;

/// A plan and its measurements.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Its key among the plans of its function.
    pub key: Key,
    /// When it was last measured, seconds since 1970.
    pub measured: u64,
    /// Threads of the pool it was learned on.
    pub pool: u32,
    /// What an item takes in the plain loop, ns.
    pub cost: f32,
    /// How the loop is run while the pool is awake.
    pub awake: Schedule,
    /// How the loop is run while the pool sleeps.
    pub asleep: Schedule,
    /// The measurements.
    pub evidence: Evidence,
}

/// The key of a plan among the plans of its function.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Key {
    /// A digest of the instantiation's type name; 0 where there is only one.
    pub instantiation: u64,
    /// A digest of the user's `key(..)`; 0 where there is none.
    pub user: u64,
    /// floor(log2) of the number of items.
    pub bucket: u8,
    /// Whether the function may use more threads than there are cores (option `blocking`). Whoever may not has plans of his own.
    pub blocking: bool,
}

/// No plan has more threads than this.
const MAX_JOBS: usize = 1023;
/// No item takes longer than this: a year, ns.
const MAX_TIME: f32 = 3.2e16;
/// Clocks of machines that share a folder may differ by at most this, seconds.
const MAX_CLOCK_SKEW: u64 = 24 * 60 * 60;

impl Entry {
    /// Checks whether the plan may be used: its numbers, its age against the TTL, and the threads of the pool, if known and if
    /// they are the limit.
    ///
    /// # Errors
    /// The reason why it may not.
    pub fn check(&self, now: u64, ttl: Duration, pool: Option<u32>) -> Result<(), Rejection> {
        let threads = self.awake.n_jobs.max(self.asleep.n_jobs);
        let pool = pool.filter(|_| !self.key.blocking);
        if !self.is_within_bounds() || pool.is_some_and(|pool| threads > pool.max(1) as usize) {
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

    /// How long ago it was last measured.
    #[must_use]
    pub fn age(&self, now: u64) -> Duration {
        Duration::from_secs(now.saturating_sub(self.measured))
    }

    /// Whether its time of measurement lies further in the future than clocks may differ.
    #[must_use]
    pub fn is_from_the_future(&self, now: u64) -> bool {
        self.measured > now.saturating_add(MAX_CLOCK_SKEW)
    }

    /// Whether all numbers are within bounds, so that using them can cost time at the most.
    #[must_use]
    pub fn is_within_bounds(&self) -> bool {
        let time = |time: f32| time.is_finite() && (0.0..MAX_TIME).contains(&time);
        let schedule = |schedule: Schedule| {
            (1..=MAX_JOBS.min(self.pool.max(1) as usize)).contains(&schedule.n_jobs)
                && schedule.chunksize >= 1
                // At most the longest input of the bucket.
                && schedule.chunksize.ilog2() <= u32::from(self.key.bucket)
                && time(schedule.expected)
        };
        self.key.bucket < 64
            && self.pool <= 1 << 16
            && self.cost > 0.0
            // The longest input of the bucket, too, ends within a year.
            && time(self.cost * 2f32.powi(i32::from(self.key.bucket) + 1))
            && schedule(self.awake)
            && schedule(self.asleep)
            && self.evidence.all(|n_jobs, cost| (1..=1 << 16).contains(&n_jobs) && time(cost))
    }

    /// What is kept of two entries for one key, of which `newer` was written last.
    ///
    /// An entry that claims to be from the future goes. If their items take clearly different times, the function or its
    /// input has changed, and the entry that was measured last is kept, if it rests on enough samples: a stall of the
    /// machine looks the same in one call. Otherwise the one that rests on more samples is kept, and of two with the same
    /// number the one that was measured last. That they agree is a measurement, too: the time of the later one counts for
    /// what is kept.
    #[must_use]
    pub fn merge(self, newer: Self, today: u64) -> Self {
        match (self.is_from_the_future(today), newer.is_from_the_future(today)) {
            (true, false) => return newer,
            (false, true) => return self,
            _ => {}
        }
        let (earlier, later) = if newer.measured >= self.measured { (self, newer) } else { (newer, self) };
        if costs_differ(f64::from(earlier.cost), f64::from(later.cost)) {
            let is_sure = later.evidence.samples() >= earlier.evidence.samples().min(ENOUGH);
            return if is_sure { later } else { earlier };
        }
        let measured = later.measured;
        let kept = if later.evidence.samples() >= earlier.evidence.samples() { later } else { earlier };
        Self { measured, ..kept }
    }
}

/// So many samples show that items take another time than before.
const ENOUGH: u64 = 3;

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn entry(bucket: u8, measured: u64) -> Entry {
        let schedule = Schedule { n_jobs: 2, chunksize: 3, settled: true, expected: 60.0 };
        Entry {
            key: Key { bucket, ..Key::default() },
            measured,
            pool: 2,
            cost: 100.0,
            awake: schedule,
            asleep: Schedule { n_jobs: 1, chunksize: 1, settled: false, expected: 100.0 },
            evidence: Evidence::default(),
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
            &|entry| entry.asleep.n_jobs = usize::MAX,
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
    fn evidence_decides_which_entry_is_kept() {
        use super::super::evidence::Arm;

        let of = |samples: u32, measured: u64, cost: f32| {
            let serial = (samples > 0).then_some(Arm { n_jobs: 1, cost, count: samples });
            Entry { cost, evidence: Evidence { serial, ..Evidence::default() }, ..entry(10, measured) }
        };
        let merged = |a: &Entry, b: &Entry| {
            let kept = a.clone().merge(b.clone(), NOW);
            (kept.evidence.samples(), kept.measured, kept.cost)
        };
        let known = of(1600, 5, 700.0);
        assert_eq!(merged(&known, &of(0, 9, 900.0)), (1600, 9, 700.0), "one rough call erases nothing");
        assert_eq!(merged(&of(0, 9, 900.0), &known), (1600, 9, 700.0), "in whatever order they are written");
        assert_eq!(merged(&known, &of(1601, 9, 700.0)), (1601, 9, 700.0));
        assert_eq!(merged(&of(3, 5, 700.0), &of(3, 9, 800.0)), (3, 9, 800.0));
        assert_eq!(merged(&known, &of(3, 9, 7e5)), (3, 9, 7e5), "items became a thousand times heavier");
        assert_eq!(merged(&known, &of(2, 9, 7e5)), (1600, 5, 700.0), "two calls do not show that");
        assert_eq!(merged(&of(1, 5, 10.0), &of(1, 9, 700.0)), (1, 9, 700.0));
        assert_eq!(merged(&of(0, 5, 10.0), &of(0, 9, 700.0)), (0, 9, 700.0));
        assert_eq!(merged(&known, &of(5, u64::MAX, 700.0)), (1600, 5, 700.0));
    }
}
