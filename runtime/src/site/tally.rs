//! What is counted of one function, except for hits, which each thread counts for itself.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use amorsize_store::clock::{Nanos, now};
use amorsize_store::record::counts::Counts;

/// What is counted of one function, except for hits. No call with a known plain loop that need not be timed comes here.
///
/// On cache lines of its own, so that counting does not disturb threads that read plans.
#[derive(Debug)]
#[repr(align(64))]
pub(crate) struct Tally {
    misses: AtomicU64,
    recalled: AtomicU64,
    embedded: AtomicU64,
    errors: AtomicU64,
    shared: AtomicU64,
    drift_alarms: AtomicU64,
    serial_ns: AtomicU64,
    wall_ns: AtomicU64,
    timed_hits: AtomicU64,
    hit_ns: AtomicU64,
    timed_misses: AtomicU64,
    miss_ns: AtomicU64,
}

fn add(count: &AtomicU64, more: u64) {
    count.fetch_add(more, Relaxed);
}

impl Tally {
    pub(super) const fn new() -> Self {
        Self {
            misses: AtomicU64::new(0),
            recalled: AtomicU64::new(0),
            embedded: AtomicU64::new(0),
            errors: AtomicU64::new(0),
            shared: AtomicU64::new(0),
            drift_alarms: AtomicU64::new(0),
            serial_ns: AtomicU64::new(0),
            wall_ns: AtomicU64::new(0),
            timed_hits: AtomicU64::new(0),
            hit_ns: AtomicU64::new(0),
            timed_misses: AtomicU64::new(0),
            miss_ns: AtomicU64::new(0),
        }
    }

    /// Counts a call whose plan was not known.
    pub(crate) fn count_miss(&self) {
        add(&self.misses, 1);
    }

    /// Whether there was a call whose plan was not known.
    pub(crate) fn has_missed(&self) -> bool {
        self.misses.load(Relaxed) > 0
    }

    /// Counts that the plan of a hit was found on disk or further away.
    pub(crate) fn count_recalled(&self) {
        add(&self.recalled, 1);
    }

    /// Counts that the plan of a hit was found among those that are embedded in the program.
    pub(crate) fn count_embedded(&self) {
        add(&self.embedded, 1);
    }

    /// The number of those.
    pub(crate) fn embedded(&self) -> u64 {
        self.embedded.load(Relaxed)
    }

    /// Counts that its plans on disk could not be read.
    pub(crate) fn count_error(&self) {
        add(&self.errors, 1);
    }

    /// Counts a call that was shared among threads.
    pub(crate) fn count_shared(&self) {
        add(&self.shared, 1);
    }

    /// Adds the time of a shared call: what it took as a plain loop, by what is known of its items, and what it took, ns.
    pub(crate) fn add_shared_time(&self, serial: f64, wall: f64) {
        add(&self.serial_ns, serial as u64);
        add(&self.wall_ns, wall as u64);
    }

    /// Counts that a plan no longer agreed with what calls took.
    pub(crate) fn count_drift_alarm(&self) {
        add(&self.drift_alarms, 1);
    }

    /// Counts how long finding the plan of a hit has taken, which was sought from `start` until now. Returns the time when the
    /// loop may begin.
    ///
    /// To read the clock takes as long as finding a plan. So it is read twice, and what a reading takes is not counted.
    pub(crate) fn time_hit(&self, start: Nanos) -> Nanos {
        let known = now();
        let after = now();
        add(&self.hit_ns, known.saturating_sub(start).saturating_sub(after.saturating_sub(known)).max(1));
        add(&self.timed_hits, 1);
        after
    }

    /// Counts a miss whose plan took this time to be sought and chosen, ns.
    pub(crate) fn time_miss(&self, time: Nanos) {
        add(&self.miss_ns, time);
        add(&self.timed_misses, 1);
    }

    /// All counts, with this many hits.
    pub(super) fn counts(&self, hits: u64) -> Counts {
        let get = |count: &AtomicU64| count.load(Relaxed);
        let (serial_ns, wall_ns) = (get(&self.serial_ns), get(&self.wall_ns));
        let mut counts = Counts::NONE;
        counts.hits = hits;
        counts.recalled = get(&self.recalled);
        counts.misses = get(&self.misses);
        counts.errors = get(&self.errors);
        counts.shared = get(&self.shared);
        counts.drift_alarms = get(&self.drift_alarms);
        counts.serial_ns = serial_ns;
        counts.wall_ns = wall_ns;
        counts.saved_ns = serial_ns.wrapping_sub(wall_ns).cast_signed();
        counts.timed_hits = get(&self.timed_hits);
        counts.hit_ns = get(&self.hit_ns);
        counts.timed_misses = get(&self.timed_misses);
        counts.miss_ns = get(&self.miss_ns);
        counts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_is_saved_or_lost() {
        let tally = Tally::new();
        tally.add_shared_time(100.0, 60.0);
        assert_eq!(tally.counts(7).saved_ns, 40);
        tally.add_shared_time(100.0, 160.0);
        let counts = tally.counts(7);
        assert_eq!((counts.hits, counts.serial_ns, counts.wall_ns, counts.saved_ns), (7, 200, 220, -20));
    }

    #[test]
    fn what_reading_the_clock_takes_is_not_counted() {
        let tally = Tally::new();
        for _ in 0..1000 {
            let start = now();
            assert!(tally.time_hit(start) >= start);
        }
        let counts = tally.counts(0);
        assert!(counts.timed_hits == 1000 && counts.hit_ns >= 1000, "{counts:?}");
    }
}
