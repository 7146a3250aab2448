//! Buckets for the time that an item takes and for the number of items, their names, and which times are the same.

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

/// Whether a plan for items that take `a` ns says nothing about items that take `b` ns: one takes more than three times as
/// long as the other. (The first items of a process, which find cold caches, may take twice their usual time.)
#[must_use]
pub fn costs_differ(a: f64, b: f64) -> bool {
    a > MAX_RATIO * b || b > MAX_RATIO * a
}

const MAX_RATIO: f64 = 3.0;

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
    fn a_clear_ratio_tells_costs_apart() {
        assert!(!costs_differ(90_000.0, 110_000.0) && !costs_differ(100.0, 290.0));
        assert!(costs_differ(10.0, 90_000.0) && costs_differ(310.0, 100.0), "whatever their buckets are");
    }

    #[test]
    fn sizes_have_words() {
        assert_eq!(
            [0, 3, 6, 9, 12, 13, 63].map(size_name),
            ["tiny", "small", "small", "medium", "large", "xlarge", "xlarge"]
        );
    }
}
