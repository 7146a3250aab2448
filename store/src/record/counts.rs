//! What is counted, of one function or of several. The same type serves in memory, on disk and for display.

/// Counts of one function, or of several.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "disk", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Counts {
    /// Calls whose plan was known.
    pub hits: u64,
    /// Of the hits, those whose plan was loaded from disk, or from further away, by the call itself. (Plans that are embedded in
    /// the program are not loaded.)
    pub recalled: u64,
    /// Calls whose plan was not known and was sought.
    pub misses: u64,
    /// Faults; they are never counted as misses.
    pub errors: u64,
    /// Calls that were shared among threads. All others were plain loops.
    pub shared: u64,
    /// Times that a plan no longer agreed with what calls took.
    pub drift_alarms: u64,
    /// What the shared calls would have taken as plain loops, by what is known of their items, ns.
    pub serial_ns: u64,
    /// What the shared calls took, ns.
    pub wall_ns: u64,
    /// What shared calls took less than plain loops would have, ns; negative if they took more.
    pub saved_ns: i64,
    /// Hits for which it was measured how long finding the plan took. (It is measured for few, because to read a clock
    /// takes longer than most hits.)
    pub timed_hits: u64,
    /// How long finding the plan took in those, ns.
    pub hit_ns: u64,
    /// Misses for which it was measured how long seeking and choosing a plan took.
    pub timed_misses: u64,
    /// How long that took in those, ns.
    pub miss_ns: u64,
}

impl Counts {
    /// Nothing was counted.
    pub const NONE: Self = Self {
        hits: 0,
        recalled: 0,
        misses: 0,
        errors: 0,
        shared: 0,
        drift_alarms: 0,
        serial_ns: 0,
        wall_ns: 0,
        saved_ns: 0,
        timed_hits: 0,
        hit_ns: 0,
        timed_misses: 0,
        miss_ns: 0,
    };

    /// Hits and misses.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.hits.saturating_add(self.misses)
    }

    /// The share of calls whose plan was known, from 0 to 1. `None` if there was no call.
    #[must_use]
    pub fn hit_rate(&self) -> Option<f64> {
        (self.requests() > 0).then(|| self.hits as f64 / self.requests() as f64)
    }

    /// How long finding a known plan takes, ns. `None` if it was not measured.
    #[must_use]
    pub fn average_hit_ns(&self) -> Option<f64> {
        (self.timed_hits > 0).then(|| self.hit_ns as f64 / self.timed_hits as f64)
    }

    /// How long seeking and choosing an unknown plan takes, ns. `None` if it was not measured.
    #[must_use]
    pub fn average_miss_ns(&self) -> Option<f64> {
        (self.timed_misses > 0).then(|| self.miss_ns as f64 / self.timed_misses as f64)
    }

    /// How many times as long a miss takes as a hit. `None` if either was not measured.
    #[must_use]
    pub fn gain(&self) -> Option<f64> {
        let (hit, miss) = (self.average_hit_ns()?, self.average_miss_ns()?);
        (hit > 0.0).then(|| miss / hit)
    }

    /// How many times as fast the shared calls were as plain loops would have been. `None` if none was shared.
    #[must_use]
    pub fn speedup(&self) -> Option<f64> {
        (self.wall_ns > 0).then(|| self.serial_ns as f64 / self.wall_ns as f64)
    }

    /// Whether nothing was counted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::NONE
    }

    /// Adds the counts of `more`.
    pub fn add(&mut self, more: &Self) {
        for (sum, more) in self.unsigned_mut().into_iter().zip(more.unsigned()) {
            *sum = sum.saturating_add(more);
        }
        self.saved_ns = self.saved_ns.saturating_add(more.saved_ns);
    }

    /// What was counted since `before`.
    #[must_use]
    pub fn since(mut self, before: &Self) -> Self {
        for (now, before) in self.unsigned_mut().into_iter().zip(before.unsigned()) {
            *now = now.saturating_sub(before);
        }
        self.saved_ns = self.saved_ns.saturating_sub(before.saved_ns);
        self
    }

    /// All but `saved_ns`, in the order in which they are stored.
    #[must_use]
    pub fn unsigned(mut self) -> [u64; 12] {
        self.unsigned_mut().map(|count| *count)
    }

    /// The same, to be changed.
    pub(super) fn unsigned_mut(&mut self) -> [&mut u64; 12] {
        let Self { hits, recalled, misses, errors, shared, drift_alarms, serial_ns, wall_ns, .. } = self;
        let Self { timed_hits, hit_ns, timed_misses, miss_ns, .. } = self;
        [
            hits,
            recalled,
            misses,
            errors,
            shared,
            drift_alarms,
            serial_ns,
            wall_ns,
            timed_hits,
            hit_ns,
            timed_misses,
            miss_ns,
        ]
    }
}

/// What was counted on one day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "disk", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Day {
    /// Days since 1970-01-01, by UTC.
    pub day: u32,
    /// The counts of all functions together.
    pub counts: Counts,
}

/// So many days are kept: the last ones on which anything was counted.
pub const MAX_DAYS: usize = 60;

impl Day {
    /// These counts, on the day of this moment (seconds since 1970).
    #[must_use]
    pub fn at(moment: u64, counts: Counts) -> Self {
        Self { day: u32::try_from(moment / SECONDS).unwrap_or(u32::MAX), counts }
    }

    /// Adds the counts of this day to those of `days`, which are sorted, the oldest first.
    pub fn add_to(&self, days: &mut Vec<Self>) {
        if self.counts.is_empty() {
            return;
        }
        match days.binary_search_by_key(&self.day, |known| known.day) {
            Ok(at) => days[at].counts.add(&self.counts),
            Err(at) => {
                days.insert(at, *self);
                days.drain(..days.len().saturating_sub(MAX_DAYS));
            }
        }
    }
}

/// Those of a day.
const SECONDS: u64 = 24 * 60 * 60;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_known_once_something_was_counted() {
        let mut all = Counts::default();
        assert_eq!((all.hit_rate(), all.gain(), all.speedup()), (None, None, None));
        let one = Counts { hits: 3, misses: 1, timed_hits: 2, hit_ns: 40, ..Counts::default() };
        let two = Counts { timed_misses: 1, miss_ns: 20_000, serial_ns: 30, wall_ns: 20, saved_ns: 10, ..one };
        all.add(&one);
        all.add(&two);
        assert_eq!((all.requests(), all.hit_rate()), (8, Some(0.75)));
        assert_eq!((all.gain(), all.speedup(), all.saved_ns), (Some(1000.0), Some(1.5), 10));
        assert_eq!(all.since(&one), two);
        assert!(two.since(&two).is_empty() && !two.is_empty());
    }

    #[test]
    fn the_last_days_are_kept() {
        let mut days = Vec::new();
        let one = Counts { hits: 1, ..Counts::NONE };
        for day in (0..100).rev().chain(0..100) {
            Day::at(day * SECONDS + 5, one).add_to(&mut days);
        }
        assert_eq!((days.len(), days[0].day, days[59].day), (MAX_DAYS, 40, 99));
        assert!(days.iter().all(|day| day.counts.hits == 2));
        Day::at(200 * SECONDS, Counts::NONE).add_to(&mut days);
        assert_eq!(days[59].day, 99, "a day without a count is none");
    }
}
