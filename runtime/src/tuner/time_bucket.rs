//! How long an item takes, in powers of ten.

/// How long an item takes, in powers of ten: plans are not carried over from one to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum TimeBucket {
    Instant,
    Fast,
    Moderate,
    Slow,
    VerySlow,
}

impl TimeBucket {
    /// Of an item that takes `cost` ns.
    pub(crate) fn of(cost: f64) -> Self {
        match cost {
            ..1e5 => Self::Instant,
            ..1e6 => Self::Fast,
            ..1e7 => Self::Moderate,
            ..1e8 => Self::Slow,
            _ => Self::VerySlow,
        }
    }

    /// Whether two costs are so different that a plan for one says nothing of the other. The first items of a process
    /// may take twice their usual time, so a border alone does not count.
    pub(crate) fn differs(a: f64, b: f64) -> bool {
        Self::of(a) != Self::of(b) && (a > CLEARLY * b || b > CLEARLY * a)
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Instant => "instant",
            Self::Fast => "fast",
            Self::Moderate => "moderate",
            Self::Slow => "slow",
            Self::VerySlow => "very_slow",
        }
    }
}

/// More than cold caches do to the first items.
const CLEARLY: f64 = 3.0;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_differ_when_they_clearly_do() {
        assert!(!TimeBucket::differs(90_000.0, 110_000.0), "a border alone is nothing");
        assert!(!TimeBucket::differs(10.0, 90_000.0), "both are instant");
        assert!(TimeBucket::differs(50_000.0, 500_000.0));
        assert!(TimeBucket::differs(5e8, 5e6));
    }
}
