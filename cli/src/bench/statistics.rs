//! Medians, standard deviations, and how sure a speed-up is.

use serde::Serialize;

use super::workloads::numbers;

/// What several measurements of one thing say, ns.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(super) struct Times {
    pub(super) measurements: usize,
    pub(super) median_ns: f64,
    pub(super) mean_ns: f64,
    /// `None` of a single one.
    pub(super) std_dev_ns: Option<f64>,
}

/// How many times as fast one thing is as another.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Speedup {
    /// Of the medians.
    pub(super) ratio: f64,
    /// The range in which it lies in 95 of 100 cases. `None` if there are too few measurements.
    pub(super) low: Option<f64>,
    pub(super) high: Option<f64>,
    pub(super) verdict: Verdict,
}

/// What a speed-up may be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Verdict {
    /// The whole range is above 1, as it is printed.
    Faster,
    /// The whole range is below 1, as it is printed.
    Slower,
    /// The range holds 1.
    NoDifference,
    /// There are not enough measurements to say anything.
    TooFew,
}

/// With fewer measurements nothing is called faster or slower.
pub(super) const ENOUGH: usize = 5;
/// How often measurements are drawn anew to find the range.
const DRAWS: usize = 1_000;

impl Times {
    pub(super) fn of(nanos: &[f64]) -> Self {
        let (mean_ns, std_dev_ns) = mean_and_deviation(nanos);
        let std_dev_ns = Some(std_dev_ns).filter(|_| nanos.len() > 1);
        Self { measurements: nanos.len(), median_ns: median(&mut nanos.to_vec()), mean_ns, std_dev_ns }
    }
}

impl Speedup {
    /// How many times as fast `after` is as `before`. The range is that of the percentile bootstrap: the measurements are
    /// drawn anew, with repetition, and the ratio of their medians is taken each time.
    pub(super) fn of(before: &[f64], after: &[f64]) -> Option<Self> {
        if before.is_empty() || after.is_empty() {
            return None;
        }
        let ratio_of = |before: &mut [f64], after: &mut [f64]| median(before) / median(after).max(1.0);
        let mut random = numbers();
        let mut draw = |from: &[f64]| -> Vec<f64> {
            from.iter().map(|_| from[random.next().unwrap_or(0) as usize % from.len()]).collect()
        };
        let mut ratios: Vec<f64> = (0..DRAWS).map(|_| ratio_of(&mut draw(before), &mut draw(after))).collect();
        ratios.sort_unstable_by(f64::total_cmp);
        let (low, high) = (ratios[DRAWS / 40], ratios[DRAWS - 1 - DRAWS / 40]);
        let is_enough = before.len().min(after.len()) >= ENOUGH;
        // A range that is printed as one that holds 1 is called so.
        let verdict = if !is_enough {
            Verdict::TooFew
        } else if low >= 1.005 {
            Verdict::Faster
        } else if high < 0.995 {
            Verdict::Slower
        } else {
            Verdict::NoDifference
        };
        let (low, high) = (Some(low).filter(|_| is_enough), Some(high).filter(|_| is_enough));
        Some(Self { ratio: ratio_of(&mut before.to_vec(), &mut after.to_vec()), low, high, verdict })
    }
}

/// The median; 0 of nothing.
pub(super) fn median(values: &mut [f64]) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    match values.len() {
        0 => 0.0,
        len => f64::midpoint(values[(len - 1) / 2], values[len / 2]),
    }
}

/// The mean, and the standard deviation of a sample; 0 where there is none.
pub(super) fn mean_and_deviation(values: &[f64]) -> (f64, f64) {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count.max(1.0);
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    (mean, if values.len() < 2 { 0.0 } else { (squares / (count - 1.0)).sqrt() })
}

/// The geometric mean, which ratios are averaged by.
pub(super) fn geometric_mean(ratios: &[f64]) -> f64 {
    (ratios.iter().map(|ratio| ratio.ln()).sum::<f64>() / ratios.len().max(1) as f64).exp()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_summed_up() {
        let times = Times::of(&[1.0, 9.0, 2.0, 4.0]);
        assert_eq!((times.measurements, times.median_ns, times.mean_ns), (4, 3.0, 4.0));
        assert!((times.std_dev_ns.unwrap() - (38.0f64 / 3.0).sqrt()).abs() < 1e-9);
        assert_eq!(Times::of(&[]), Times::default());
        assert_eq!(Times::of(&[7.0]).std_dev_ns, None);
        assert!((geometric_mean(&[0.5, 2.0, 3.0]) - 3f64.powf(1.0 / 3.0)).abs() < 1e-9);
    }

    #[test]
    fn only_what_is_sure_is_called_faster() {
        let spread = |center: f64| -> Vec<f64> { (-10..=10).map(|n| center + f64::from(n)).collect() };
        let verdict = |before: &[f64], after: &[f64]| Speedup::of(before, after).unwrap().verdict;
        assert_eq!(verdict(&spread(200.0), &spread(100.0)), Verdict::Faster);
        assert_eq!(verdict(&spread(100.0), &spread(200.0)), Verdict::Slower);
        assert_eq!(verdict(&spread(100.0), &spread(100.5)), Verdict::NoDifference);
        assert_eq!(verdict(&[200.0; 2], &[100.0; 2]), Verdict::TooFew);
        let twice = Speedup::of(&spread(200.0), &spread(100.0)).unwrap();
        assert!(twice.low <= Some(twice.ratio) && Some(twice.ratio) <= twice.high && (twice.ratio - 2.0).abs() < 1e-9);
        assert!(Speedup::of(&[], &[1.0]).is_none());
    }
}
