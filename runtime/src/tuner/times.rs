//! The last samples of one arm, and the robust value that stands for them.

/// The last samples of one arm: nanoseconds an item.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Times {
    last: [f32; Self::KEPT],
    pub(super) count: u32,
    /// Whether the samples were measured elsewhere: the first one of this process takes their place.
    pub(super) is_embedded: bool,
}

impl Times {
    const KEPT: usize = 8;

    pub(crate) fn push(&mut self, cost: f64) {
        if self.is_embedded {
            *self = Self::default();
        }
        self.last[self.count as usize % Self::KEPT] = cost as f32;
        // On overflow only `count % KEPT` has to stay right.
        self.count = self.count.checked_add(1).unwrap_or(Self::KEPT as u32);
    }

    fn sorted(&self) -> ([f32; Self::KEPT], usize) {
        let known = (self.count as usize).min(Self::KEPT);
        let mut sorted = self.last;
        sorted[..known].sort_unstable_by(f32::total_cmp);
        (sorted, known)
    }

    /// What this arm takes: the mean of the lower quartile and the median, which one very slow or very fast call moves
    /// little. Below three samples, the minimum.
    pub(crate) fn value(&self) -> Option<f64> {
        let (sorted, known) = self.sorted();
        match known {
            0 => None,
            1 | 2 => Some(f64::from(sorted[0])),
            _ => Some(f64::midpoint(f64::from(sorted[known / 4]), f64::from(sorted[known / 2]))),
        }
    }

    /// The value, if it rests on enough samples to tell what is odd.
    pub(super) fn usual(&self) -> Option<f64> {
        self.value().filter(|_| self.count >= ENOUGH && !self.is_embedded)
    }

    /// What this arm takes on average: the mean of the quartiles, of which a call that another process held up moves the upper
    /// one only so far.
    pub(super) fn average(&self) -> Option<f64> {
        let (sorted, known) = self.sorted();
        let most = 2.0 * self.value()?;
        let quartile = |part: usize| f64::from(sorted[(part * known / 4).min(known - 1)]).min(most);
        Some((quartile(1) + quartile(2) + quartile(3)) / 3.0)
    }

    /// As many samples of `cost` as were counted.
    pub(super) fn recalled(cost: f32, count: u32) -> Self {
        Self { last: [cost; Self::KEPT], count, is_embedded: false }
    }

    /// Whether the two lowest samples differ so much that [`ENOUGH`] of them are not enough.
    pub(super) fn scattered(&self) -> bool {
        let (sorted, known) = self.sorted();
        known >= 2 && sorted[1] > 1.12 * sorted[0]
    }
}

/// Samples that are enough to judge an arm.
pub(super) const ENOUGH: u32 = 3;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_robust() {
        let mut times = Times::default();
        assert_eq!(times.value(), None);
        for (cost, value) in [(10.0, 10.0), (30.0, 10.0), (12.0, 11.0), (11.0, 11.5)] {
            times.push(cost);
            let now = times.value().expect("there are samples");
            assert!((now - value).abs() < 0.01, "{now} for {value}");
        }
    }
}
