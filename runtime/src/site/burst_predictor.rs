//! Whether to wake the pool for calls that are expected to follow.

use std::sync::atomic::{AtomicI64, AtomicU32, AtomicU64, Ordering::Relaxed};

use amorsize_store::clock::Nanos;

/// Predicts how many calls follow each other so closely that the pool stays awake between them (a burst), and whether it
/// pays to wake the pool ahead of them (a prewake).
///
/// Waking the pool costs the first call of a burst, and the calls after it gain. If several threads call at once, counts may
/// be lost: all numbers are estimates.
#[derive(Debug)]
pub(crate) struct BurstPredictor {
    /// A call that begins before this moment, ns, follows another one closely.
    until: AtomicU64,
    /// Calls of the present burst that followed another one.
    streak: AtomicU32,
    /// The same for earlier bursts, as a moving average (`f32` bits).
    usual: AtomicU32,
    /// What prewakes have gained so far, less what they cost, ns.
    balance: AtomicI64,
}

impl BurstPredictor {
    /// The balance stays within the cost of this many prewakes, so that a few useless ones are enough to stop.
    const PREWAKES: i64 = 4;
    /// This many calls that closely follow another one make up for one useless prewake.
    const RECOVERY: i64 = 100;

    pub(super) const fn new() -> Self {
        Self {
            until: AtomicU64::new(0),
            streak: AtomicU32::new(0),
            usual: AtomicU32::new(0),
            balance: AtomicI64::new(0),
        }
    }

    /// A call begins that probably takes `time` ns; helpers stay awake for `awake_for` ns after their work. Returns whether
    /// it closely follows another call, and the number of calls that will probably follow it.
    pub(crate) fn begin(&self, now: Nanos, time: f64, awake_for: Nanos) -> (bool, f64) {
        let following = now < self.until.load(Relaxed);
        self.until.store(now + time as Nanos + awake_for, Relaxed);
        let streak = self.streak.load(Relaxed);
        let usual = f32::from_bits(self.usual.load(Relaxed));
        if following {
            self.streak.store(streak.saturating_add(1), Relaxed);
            // A burst that is longer than usual is expected to last as long again as it has lasted so far.
            return (true, f64::from(usual - streak as f32).max(f64::from(streak) + 1.0));
        }
        self.streak.store(0, Relaxed);
        let usual = usual + (streak as f32 - usual) / 4.0;
        self.usual.store(usual.to_bits(), Relaxed);
        (false, f64::from(usual))
    }

    /// Whether prewakes are worth trying, if each costs `cost` ns.
    pub(crate) fn may_prewake(&self, cost: f64) -> bool {
        self.balance.load(Relaxed) > -Self::PREWAKES.saturating_mul(cost as i64)
    }

    /// Records a prewake, which cost `cost` ns.
    pub(crate) fn prewoke(&self, cost: f64) {
        self.book(-(cost as i64), cost);
    }

    /// Records what a call inside a burst gained: `gain` ns if the pool was awake, else 0.
    pub(crate) fn gained(&self, gain: f64, cost: f64) {
        self.book((gain as i64).max(cost as i64 / Self::RECOVERY), cost);
    }

    fn book(&self, change: i64, cost: f64) {
        let limit = Self::PREWAKES.saturating_mul(cost as i64).saturating_add(1);
        self.balance.store(self.balance.load(Relaxed).saturating_add(change).clamp(-limit, limit), Relaxed);
    }

    pub(super) fn clear(&self) {
        self.until.store(0, Relaxed);
        self.streak.store(0, Relaxed);
        self.usual.store(0, Relaxed);
        self.balance.store(0, Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bursts_are_expected_as_they_were() {
        let bursts = BurstPredictor::new();
        let mut now = 1_000_000;
        let mut call = |pause: Nanos| {
            now += pause;
            bursts.begin(now, 1_000.0, 50_000)
        };
        assert!(!call(0).0);
        assert!([(); 3].map(|()| call(20_000)) >= [(true, 1.0), (true, 2.0), (true, 3.0)]);
        for _ in 0..20 {
            call(1_000_000);
            call(20_000);
        }
        let (following, expected) = call(1_000_000);
        assert!(!following && (0.9..1.1).contains(&expected), "pairs are expected to be pairs: {expected}");
        for _ in 0..20 {
            call(1_000_000);
        }
        assert!(call(1_000_000).1 < 0.1, "and single calls single");
    }

    #[test]
    fn waking_in_vain_ends() {
        let bursts = BurstPredictor::new();
        let in_vain = (0..1000).filter(|_| bursts.may_prewake(20_000.0)).map(|_| bursts.prewoke(20_000.0)).count();
        assert!((2..10).contains(&in_vain), "{in_vain}");
        for _ in 0..300 {
            bursts.gained(0.0, 20_000.0);
        }
        assert!(bursts.may_prewake(20_000.0), "but is tried again some time");
    }
}
