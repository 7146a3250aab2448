//! When to try again what has failed: a circuit breaker. Pure: it is told what time it is.

use std::time::Duration;

/// Keeps a request that failed from being repeated at once. Times are those of one clock, since any moment.
#[derive(Debug, Default)]
pub(super) struct Breaker {
    /// Failures in a row.
    failures: u32,
    /// Until then nothing is tried.
    open_until: Duration,
}

/// The pause after the first failure. It doubles with each failure in a row, up to the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

impl Breaker {
    /// Whether a request would be too early.
    pub(super) fn is_open(&self, now: Duration) -> bool {
        now < self.open_until
    }

    /// How long to wait until the next request may be made.
    pub(super) fn remaining(&self, now: Duration) -> Duration {
        self.open_until.saturating_sub(now)
    }

    pub(super) fn succeed(&mut self) {
        *self = Self::default();
    }

    /// `jitter`, from 0 to 1, makes the pause up to a quarter longer, so that many processes do not all come back at once.
    pub(super) fn fail(&mut self, now: Duration, jitter: f64) {
        let pause = FIRST_PAUSE.saturating_mul(1 << self.failures.min(16)).min(LONGEST_PAUSE);
        self.failures += 1;
        self.open_until = now + pause.mul_f64(1.0 + jitter.clamp(0.0, 1.0) / 4.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn it_is_closed_until_something_fails() {
        let mut breaker = Breaker::default();
        assert!(!breaker.is_open(ms(0)));
        breaker.fail(ms(10), 0.0);
        assert!(breaker.is_open(ms(10)) && breaker.is_open(ms(109)));
        assert!(!breaker.is_open(ms(110)), "one request finds out whether it is better now");
        breaker.succeed();
        assert!(!breaker.is_open(ms(10)));
    }

    #[test]
    fn pauses_double_up_to_the_longest_and_begin_anew_after_a_success() {
        let mut breaker = Breaker::default();
        let mut now = ms(0);
        let mut pauses = Vec::new();
        for _ in 0..12 {
            breaker.fail(now, 0.0);
            pauses.push(breaker.remaining(now).as_millis());
            now += breaker.remaining(now);
        }
        assert_eq!(pauses[..4], [100, 200, 400, 800]);
        assert_eq!(pauses[9..], [30_000; 3]);
        breaker.succeed();
        breaker.fail(now, 0.0);
        assert_eq!(breaker.remaining(now), ms(100));
        for _ in 0..100 {
            breaker.fail(now, 2.0);
        }
        assert_eq!(breaker.remaining(now), ms(37_500), "no overflow, and no jitter beyond a quarter");
    }

    #[test]
    fn a_dead_server_is_tried_a_few_times_a_minute() {
        let mut breaker = Breaker::default();
        let attempts = (0..600_000).filter(|&now| {
            let tries = !breaker.is_open(ms(now));
            if tries {
                breaker.fail(ms(now), 0.5);
            }
            tries
        });
        assert!(attempts.count() < 35, "in ten minutes");
    }
}
