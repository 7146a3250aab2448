//! A plan in one 64-bit word, so that a call reads it by one load.
//!
//! ```text
//! bits 0..2    kind: EMPTY, LOOP (the plain loop), SHARED, PROBE (the first items of the next call decide)
//! bits 2..22   LOOP: weight; SHARED: schedule while the pool is awake: 10 bits n_jobs, 8 bits chunksize, 1 bit uneven,
//!              1 bit unsettled
//! bits 22..42  SHARED: schedule while it sleeps, likewise
//! bits 42..64  index of the site, for counting
//! ```
//!
//! A chunksize is stored as its highest bit and the three bits after that, so it is up to 12% too low. It is only a lower
//! bound for what a thread takes, so that makes no difference.

use amorsize_store::record::schedule::Schedule;

/// A plan for inputs of one size, as one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Slot(u64);

/// Bits of a schedule.
const SCHEDULE: u32 = 20;
/// The most threads that a slot can hold.
const MAX_JOBS: usize = (1 << 10) - 1;
/// The most items of a chunk that a slot has room for.
const MAX_CHUNKSIZE: usize = u32::MAX as usize;

impl Slot {
    const KIND: u64 = 3;
    const EMPTY: u64 = 0;
    const LOOP: u64 = 1;
    const SHARED: u64 = 2;
    const PROBE: u64 = 3;
    const ASLEEP: u32 = 2 + SCHEDULE;
    const UNEVEN: u32 = 2 + 18;
    const SITE: u32 = 2 + 2 * SCHEDULE;

    /// The plain loop, whether the pool is awake or asleep. About one call is timed for each
    /// [`PERIOD`](super::counters::PERIOD) of weight.
    pub(crate) fn plain(weight: u64, site: usize) -> Self {
        Self(Self::LOOP | weight.min((1 << SCHEDULE) - 1) << 2 | (site as u64) << Self::SITE)
    }

    /// A schedule for a pool that is awake and one for a pool that sleeps.
    pub(crate) fn shared(awake: Schedule, asleep: Schedule, site: usize) -> Self {
        Self(Self::SHARED | pack(awake) << 2 | pack(asleep) << Self::ASLEEP | (site as u64) << Self::SITE)
    }

    /// The same plan, for items that differ so much that chunks are to be short.
    pub(crate) fn with_unevenness(self, is_uneven: bool) -> Self {
        if self.is_plain() { self } else { Self(self.0 | u64::from(is_uneven) << Self::UNEVEN) }
    }

    pub(crate) fn is_uneven(self) -> bool {
        self.0 >> Self::UNEVEN & 1 == 1
    }

    /// What a call takes has changed, so the first items of the next one decide, as in a first call.
    pub(crate) fn probe(site: usize) -> Self {
        let next = pack(Schedule { settled: false, ..Schedule::PLAIN });
        Self(Self::PROBE | next << 2 | next << Self::ASLEEP | (site as u64) << Self::SITE)
    }

    /// What was stored as [`bits`](Self::bits).
    #[inline]
    pub(super) const fn from_bits(bits: u64) -> Self {
        Self(bits)
    }

    pub(super) fn bits(self) -> u64 {
        self.0
    }

    #[inline]
    pub(crate) fn is_plain(self) -> bool {
        self.0 & Self::KIND == Self::LOOP
    }

    /// The weight of a call: see [`counters`](super::counters). Only for a plain loop.
    #[inline]
    pub(crate) fn weight(self) -> u64 {
        self.0 >> 2 & ((1 << SCHEDULE) - 1)
    }

    pub(crate) fn is_empty(self) -> bool {
        self.0 & Self::KIND == Self::EMPTY
    }

    pub(crate) fn is_probe(self) -> bool {
        self.0 & Self::KIND == Self::PROBE
    }

    #[inline]
    pub(crate) fn site(self) -> usize {
        (self.0 >> Self::SITE) as usize
    }

    /// The schedule for a pool that is awake (`hot`) or sleeps. Its expected time is not part of the slot, so it is 0.
    pub(crate) fn schedule(self, hot: bool) -> Schedule {
        if self.is_plain() {
            return Schedule::PLAIN;
        }
        unpack(self.0 >> if hot { 2 } else { Self::ASLEEP } & ((1 << SCHEDULE) - 1))
    }

    /// The same plan, whose next call is timed.
    pub(super) fn unsettled(self) -> Self {
        if self.is_plain() {
            return Self::plain(u64::MAX, self.site());
        }
        if self.is_probe() {
            return self;
        }
        let unsettled = |schedule: Schedule| Schedule { settled: false, ..schedule };
        Self::shared(unsettled(self.schedule(true)), unsettled(self.schedule(false)), self.site())
            .with_unevenness(self.is_uneven())
    }

    /// Whether calls are timed only now and then.
    pub(crate) fn is_settled(self) -> bool {
        if self.is_plain() {
            return self.weight() < (1 << SCHEDULE) - 1;
        }
        self.schedule(true).settled && self.schedule(false).settled
    }

    /// Whether two slots hold the same plan. How often its calls are timed does not matter.
    pub(crate) fn agrees(self, other: Self) -> bool {
        self == other || self.is_plain() && other.is_plain()
    }
}

fn pack(schedule: Schedule) -> u64 {
    let Schedule { n_jobs, chunksize, settled, .. } = schedule;
    let chunksize = chunksize.clamp(1, MAX_CHUNKSIZE);
    let log = chunksize.ilog2();
    let next = if log >= 3 { chunksize >> (log - 3) } else { chunksize << (3 - log) } & 7;
    let unsettled = usize::from(!settled);
    (n_jobs.clamp(1, MAX_JOBS) | (log as usize) << 10 | next << 15 | unsettled << 19) as u64
}

fn unpack(bits: u64) -> Schedule {
    let bits = bits as usize;
    let (log, next) = (bits >> 10 & 31, bits >> 15 & 7 | 8);
    let chunksize = if log >= 3 { next << (log - 3) } else { next >> (3 - log) };
    Schedule { n_jobs: bits & MAX_JOBS, chunksize, settled: bits >> 19 & 1 == 0, expected: 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schedule(n_jobs: usize, chunksize: usize, settled: bool) -> Schedule {
        Schedule { n_jobs, chunksize, settled, expected: 0.0 }
    }

    #[test]
    fn a_schedule_keeps_its_threads_and_an_eighth_of_its_chunksize() {
        for n_jobs in [1, 2, 3, 64, 1023] {
            for chunksize in (0..31).flat_map(|log| [1usize << log, (1 << log) + (1 << log) / 3]) {
                let kept = unpack(pack(schedule(n_jobs, chunksize, true)));
                assert_eq!(kept.n_jobs, n_jobs);
                assert!(kept.chunksize <= chunksize && kept.chunksize >= chunksize - chunksize / 8, "{chunksize}");
            }
        }
        assert_eq!(unpack(pack(schedule(5000, usize::MAX, false))).n_jobs, 1023);
    }

    #[test]
    fn a_slot_keeps_its_parts_apart() {
        let (awake, asleep) = (schedule(1023, 7, false), schedule(2, 1 << 31, true));
        let slot = Slot::shared(awake, asleep, 12_345);
        assert_eq!((slot.schedule(true), slot.schedule(false), slot.site()), (awake, asleep, 12_345));
        assert!(!slot.is_plain() && !slot.is_empty() && !slot.is_uneven());
        let uneven = slot.with_unevenness(true);
        assert_eq!((uneven.schedule(true), uneven.schedule(false), uneven.site()), (awake, asleep, 12_345));
        assert!(uneven.is_uneven() && uneven.unsettled().is_uneven() && !uneven.unsettled().is_settled());
        let slot = Slot::plain(1024, 7);
        assert!(slot.is_plain() && slot.weight() == 1024 && slot.site() == 7);
        assert_eq!((slot.schedule(true), slot.schedule(false)), (Schedule::PLAIN, Schedule::PLAIN));
        assert_eq!(Slot::plain(u64::MAX, 7).weight(), (1 << 20) - 1);
        let slot = Slot::probe(7);
        assert!(slot.is_probe() && !slot.is_plain() && !slot.is_empty() && !slot.is_settled() && slot.site() == 7);
        assert!(slot.unsettled() == slot && slot.schedule(true).is_plain() && slot.schedule(false).is_plain());
    }
}
