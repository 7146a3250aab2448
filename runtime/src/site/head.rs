//! Calls that end early, such as searches that find something: how many of their first items they need.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use crate::tuner::cost::{WORTH_TIMING, items_in};

/// The items after which calls of one size ended early.
///
/// Going by these, a call does as many items as the plain loop does them, before it looks for a plan. What an early end costs
/// says nothing about the next call, which may go on to the last item. So the head takes no longer than the plain loop may that
/// is never watched, and it has no items but those that were done in such a time.
///
/// One word, for the size of the last call that ended early: the bucket of its length, and above that the number of items.
#[derive(Debug)]
pub(super) struct Head(AtomicU64);

/// Buckets of lengths take so many bits.
const BUCKET: u32 = 6;

impl Head {
    pub(super) const fn new() -> Self {
        Self(AtomicU64::new(0))
    }

    /// The number of first items that are to be done at once; 0 if calls of this size are not known to end early.
    #[inline]
    pub(super) fn of(&self, bucket: usize) -> usize {
        let word = self.0.load(Relaxed);
        if (word & ((1 << BUCKET) - 1)) as usize == bucket { (word >> BUCKET) as usize } else { 0 }
    }

    /// A call of this size ended with the first `done` items. An item takes no more than `cost` in the plain loop, ns.
    pub(super) fn note(&self, bucket: usize, done: usize, cost: f64) {
        let most = if cost > WORTH_TIMING { 0 } else { items_in(WORTH_TIMING, cost.max(0.01)) };
        let items = self.of(bucket).max(done).min(most);
        self.0.store((items as u64) << BUCKET | bucket as u64, Relaxed);
    }

    /// Has the next call measured.
    pub(super) fn forget(&self) {
        self.0.store(0, Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_has_what_was_needed_and_is_short() {
        let head = Head::new();
        assert_eq!(head.of(9), 0);
        head.note(9, 7, 10.0);
        assert_eq!([8, 9, 10].map(|bucket| head.of(bucket)), [0, 7, 0]);
        head.note(9, 3, 10.0);
        assert_eq!(head.of(9), 7, "the most that was needed");
        head.note(9, 900, 10.0);
        assert_eq!(head.of(9), 500, "5 us");
        head.note(9, 3, 1_000.0);
        assert_eq!(head.of(9), 5, "items are heavier");
        head.note(9, 3, 6_000.0);
        assert_eq!(head.of(9), 0, "one takes too long");
        head.note(63, usize::MAX, 0.0);
        assert_eq!((head.of(63), head.of(9)), (500_000, 0));
        head.forget();
        assert_eq!(head.of(63), 0);
    }
}
