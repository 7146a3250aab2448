//! Whether batches take less time than the plain way. Arithmetic only: times are passed in.

use amorsize_store::clock::Nanos;

/// After this many batches it is judged whether they gain.
const JUDGED: u32 = 8;
/// They gain if they take less than this part of the plain way's time.
const ENOUGH: f64 = 0.95;
/// If they take more than this part of it, they are judged after [`FEW`].
const BAD: f64 = 1.1;
/// See [`BAD`].
const FEW: u32 = 3;
/// After this many batches some items are done in the plain way, to measure them again.
const REFRESHED: u32 = 64;
/// The fewest of those items, ...
const SAMPLE: u32 = 8;
/// ... unless they take this time, ns.
const LONG_SAMPLE: f64 = 200_000.0;
/// After batches in vain, the plain way is kept for this many times the time they took. Twice as long each time in a row.
const PLAIN: Nanos = 16;
/// It is doubled at most so many times.
const DOUBLED: u32 = 5;
/// Items that became heavier by this factor are shared again at once.
const HEAVIER: f64 = 2.0;

/// Compares batches with the plain way.
#[derive(Debug, Default)]
pub(super) struct Gain {
    /// Time of items in the plain way, reading included, ns, and how many.
    plain: (f64, u32),
    /// Time of an item in batches, reading included, ns: a moving average; 0 before the first one.
    shared: f64,
    /// Batches since they were last judged.
    batches: u32,
    /// Time of these, ns.
    spent: Nanos,
    sampling: Sampling,
    /// Batches were in vain: what an item took, and until when the plain way is kept.
    vain: Option<(f64, Nanos)>,
    /// How many times in a row.
    times: u32,
}

/// Why items are done in the plain way between batches.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum Sampling {
    /// They are not.
    #[default]
    No,
    /// It is time to measure them again.
    Refresh,
    /// Batches seem to be in vain.
    Judge,
}

impl Gain {
    /// Whether a batch may be tried at `now` for items that take `cost`.
    pub(super) fn allows(&self, cost: f64, now: Nanos) -> bool {
        self.sampling == Sampling::No
            && self.vain.is_none_or(|(in_vain, until)| cost > HEAVIER * in_vain || now >= until)
    }

    /// Whether each item is to be timed.
    pub(super) fn samples(&self) -> bool {
        self.sampling != Sampling::No
    }

    /// Items are to be measured in the plain way before the next batch.
    pub(super) fn refresh(&mut self) {
        if self.sampling == Sampling::No {
            self.sampling = Sampling::Refresh;
        }
        self.plain = (0.0, 0);
    }

    /// An item took `time` ns in the plain way, at `now`, where the function takes `cost`.
    pub(super) fn note_plain(&mut self, time: f64, cost: f64, now: Nanos) {
        let (sum, count) = &mut self.plain;
        *sum += time;
        *count += 1;
        if *count >= 8 * SAMPLE {
            (*sum, *count) = (*sum / 2.0, *count / 2);
        }
        if self.sampling == Sampling::No || (*count < SAMPLE && *sum < LONG_SAMPLE) {
            return;
        }
        if self.sampling == Sampling::Judge {
            if self.shared >= ENOUGH * (*sum / f64::from(*count)) {
                let pause = PLAIN.saturating_mul(self.spent) << self.times.min(DOUBLED);
                self.vain = Some((cost, now.saturating_add(pause)));
                self.times += 1;
            } else {
                self.times = 0;
            }
        }
        self.sampling = Sampling::No;
        (self.shared, self.batches, self.spent) = (0.0, 0, 0);
    }

    /// A batch of `items` took `time` ns.
    pub(super) fn note_batch(&mut self, time: Nanos, items: usize) {
        let each = time as f64 / items as f64;
        self.shared = if self.shared > 0.0 { self.shared + (each - self.shared) / 4.0 } else { each };
        self.batches += 1;
        self.spent += time;
        self.vain = None;
        let (sum, count) = self.plain;
        let part = self.shared * f64::from(count) / sum.max(1.0);
        if (self.batches >= JUDGED && part >= ENOUGH) || (self.batches >= FEW && part >= BAD) {
            self.sampling = Sampling::Judge;
            self.plain = (0.0, 0);
        } else if self.batches >= REFRESHED {
            self.refresh();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Batches of `shared` and items of `plain` ns, over `time` ns; the part of the time that batches took.
    fn share_of_batches(shared: f64, plain: f64, time: Nanos) -> f64 {
        let (mut gain, mut now, mut in_batches) = (Gain::default(), 0, 0);
        gain.note_plain(plain, plain, now);
        while now < time {
            if gain.allows(plain, now) {
                let took = (1000.0 * shared) as Nanos;
                gain.note_batch(took, 1000);
                in_batches += took;
                now += took;
            } else {
                now += plain as Nanos;
                gain.note_plain(plain, plain, now);
            }
        }
        in_batches as f64 / now as f64
    }

    #[test]
    fn batches_that_gain_are_kept() {
        assert!(share_of_batches(600.0, 1_000.0, 1_000_000_000) > 0.98);
    }

    #[test]
    fn batches_in_vain_are_given_up() {
        assert!(share_of_batches(1_000.0, 1_000.0, 1_000_000_000) < 0.05);
        assert!(share_of_batches(3_000.0, 1_000.0, 1_000_000_000) < 0.05);
    }

    #[test]
    fn heavier_items_are_shared_again_at_once() {
        let mut gain = Gain::default();
        gain.note_plain(900.0, 900.0, 0);
        (0..JUDGED).for_each(|_| gain.note_batch(1_000_000, 1000));
        assert!(gain.samples());
        (0..SAMPLE).for_each(|_| gain.note_plain(900.0, 900.0, 0));
        assert!(!gain.allows(900.0, 1_000_000) && gain.allows(2_000.0, 1_000_000));
    }

    #[test]
    fn what_became_heavier_in_batches_is_measured_before_it_is_judged() {
        let mut gain = Gain::default();
        (0..SAMPLE).for_each(|_| gain.note_plain(1_000.0, 1_000.0, 0));
        (0..JUDGED).for_each(|_| gain.note_batch(5_000_000, 1000));
        assert!(gain.samples());
        (0..SAMPLE).for_each(|_| gain.note_plain(9_000.0, 9_000.0, 0));
        assert!(gain.allows(9_000.0, 1));
    }
}
