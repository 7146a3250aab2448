//! Items by what they take.

/// The items of one call.
#[derive(Clone, Debug)]
pub(super) struct Items {
    /// What all items before an index take, ns.
    before: Vec<f64>,
}

impl Items {
    pub(super) fn new(costs: impl IntoIterator<Item = f64>) -> Self {
        let mut sum = 0.0;
        let sums = costs.into_iter().map(|cost| {
            sum += cost;
            sum
        });
        Self { before: std::iter::once(0.0).chain(sums).collect() }
    }

    pub(super) fn len(&self) -> usize {
        self.before.len() - 1
    }

    pub(super) fn time(&self, from: usize, to: usize) -> f64 {
        self.before[to] - self.before[from]
    }

    /// The plain loop, ns.
    pub(super) fn serial(&self) -> f64 {
        self.time(0, self.len())
    }

    /// What an item takes, ns.
    pub(super) fn average(&self) -> f64 {
        self.serial() / self.len() as f64
    }

    /// The same items, each of which takes so many times as long.
    pub(super) fn heavier(&self, factor: f64) -> Self {
        Self { before: self.before.iter().map(|time| time * factor).collect() }
    }
}
