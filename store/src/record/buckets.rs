//! Buckets for the time that an item takes and for the number of items, and their names.

/// The time that an item takes, in powers of ten.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TimeBucket {
    /// Less than 100 us.
    Instant,
    /// Less than 1 ms.
    Fast,
    /// Less than 10 ms.
    Moderate,
    /// Less than 100 ms.
    Slow,
    /// 100 ms or more.
    VerySlow,
}

impl TimeBucket {
    /// The bucket of an item that takes `cost` ns.
    #[must_use]
    pub fn of(cost: f64) -> Self {
        match cost {
            ..1e5 => Self::Instant,
            ..1e6 => Self::Fast,
            ..1e7 => Self::Moderate,
            ..1e8 => Self::Slow,
            _ => Self::VerySlow,
        }
    }

    /// Whether a plan for items that take `a` ns says nothing of items that take `b` ns: they are in different buckets, and
    /// the times are also more than five times apart, since the first items of a process may take twice their usual time.
    #[must_use]
    pub fn differs(a: f64, b: f64) -> bool {
        Self::of(a) != Self::of(b) && (a > CLEARLY * b || b > CLEARLY * a)
    }

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Instant => "instant",
            Self::Fast => "fast",
            Self::Moderate => "moderate",
            Self::Slow => "slow",
            Self::VerySlow => "very_slow",
        }
    }
}

/// Cold caches and a busy machine make the first items of a process slower by less than this factor.
const CLEARLY: f64 = 5.0;

/// The name for inputs of this size bucket: floor(log2) of the number of items.
#[must_use]
pub fn size_name(bucket: u8) -> &'static str {
    // All inputs of a bucket share a plan and a name. The middle of the bucket decides.
    match 1.5 * 2f64.powi(i32::from(bucket)) {
        ..10.0 => "tiny",
        ..100.0 => "small",
        ..1e3 => "medium",
        ..1e4 => "large",
        _ => "xlarge",
    }
}

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

    #[test]
    fn sizes_have_words() {
        assert_eq!(
            [0, 3, 6, 9, 12, 13, 63].map(size_name),
            ["tiny", "small", "small", "medium", "large", "xlarge", "xlarge"]
        );
    }
}
