//! Medians, geometric means, and an oracle that does not flatter itself.

/// The median; not a number if there is none.
#[must_use]
pub fn median(samples: &[f64]) -> f64 {
    let mut sorted = samples.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => f64::NAN,
        odd if odd % 2 == 1 => sorted[middle],
        _ => f64::midpoint(sorted[middle - 1], sorted[middle]),
    }
}

/// The geometric mean; not a number if there is none.
#[must_use]
pub fn geometric_mean(values: impl IntoIterator<Item = f64>) -> f64 {
    let (sum, count) = values.into_iter().fold((0.0, 0.0), |(sum, count), value| (sum + value.ln(), count + 1.0));
    f64::exp(sum / count)
}

/// The rounds of one parity.
fn half(samples: &[f64], parity: usize) -> Vec<f64> {
    samples.iter().skip(parity).step_by(2).copied().collect()
}

/// The time of the best of `rivals` over the time of `ours`, medians.
///
/// The least of many noisy medians is too low: it is the one that noise flattered most. So the best rival is chosen on
/// every second round and valued on the others, then the other way round, and the two ratios are averaged.
/// All slices hold one sample a round, in the order of the rounds.
#[must_use]
pub fn best_over_ours(rivals: &[&[f64]], ours: &[f64]) -> f64 {
    geometric_mean((0..2).map(|chosen| {
        let valued = 1 - chosen;
        let best = rivals.iter().min_by(|a, b| median(&half(a, chosen)).total_cmp(&median(&half(b, chosen))));
        best.map_or(f64::NAN, |best| median(&half(best, valued)) / median(&half(ours, valued)))
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    #[test]
    fn median_of_odd_and_even_counts() {
        assert!((median(&[3.0, 1.0, 2.0]) - 2.0).abs() < 1e-12);
        assert!((median(&[4.0, 1.0, 2.0, 3.0]) - 2.5).abs() < 1e-12);
        assert!(median(&[]).is_nan());
    }

    #[test]
    fn geometric_mean_of_a_ratio_and_its_inverse_is_one() {
        assert!((geometric_mean([0.25, 4.0]) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn the_oracle_is_not_flattered_by_noise() {
        // Twenty rivals that are all exactly as fast as ours, under noise of +-20%.
        let mut random = Random::new(7);
        let mut noisy = || -> Vec<f64> { (0..30).map(|_| 0.8 + 0.4 * random.unit()).collect() };
        let ratio = geometric_mean((0..200).map(|_| {
            let rivals: Vec<_> = (0..20).map(|_| noisy()).collect();
            best_over_ours(&rivals.iter().map(Vec::as_slice).collect::<Vec<_>>(), &noisy())
        }));
        assert!((ratio - 1.0).abs() < 0.01, "{ratio}");
    }
}
