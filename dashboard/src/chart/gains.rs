//! What plans gain over the plain loop, by the size of the input.

use amorsize_store::view::functions::PlanInfo;
use amorsize_store::view::snapshot::Snapshot;
use amorsize_store::words::{clean, counted, gain, thousands};
use maud::{Markup, html};

use super::frame::{Axis, chart, columns, px, rows};

/// The most plans that are drawn: of the functions with the most requests.
const MOST: usize = 400;

/// The chart; `None` if there is no plan.
pub(crate) fn gains(snapshot: &Snapshot) -> Option<Markup> {
    let points = points(snapshot);
    let sizes = || points.iter().map(|point| point.size);
    let (smallest, largest) = (sizes().min()?, sizes().max()?);
    let greatest = points.iter().map(|point| point.gain).fold(2.0, f64::max);
    let top = 2.0_f64.powf(greatest.log2().ceil());
    // Half a size to each side, so that no dot lies on the edge.
    let across = Axis::across(f64::from(smallest) - 0.5, f64::from(largest) + 0.5);
    let up = Axis::up(0.0, top);
    let lines: Vec<_> = (0..=4).map(|line| top * f64::from(line) / 4.0).map(|y| (y, label(y))).collect();
    let step = (largest - smallest) as usize / 6 + 1;
    let labels: Vec<_> = (smallest..=largest).step_by(step).map(|size| (f64::from(size), power(size))).collect();
    let content = html! {
        (rows(up, &lines))
        (columns(across, &labels))
        @let y = px(up.at(1.0));
        line.even x1=(px(across.at(f64::MIN))) x2=(px(across.at(f64::MAX))) y1=(y) y2=(y) {}
        @for point in &points {
            circle class=(point.class) cx=(px(across.at(f64::from(point.size)))) cy=(px(up.at(point.gain))) r="4" {
                title { (point.words) }
            }
        }
    };
    Some(chart("gains", "Gain by size of the input", &words(&points), &content))
}

struct Point {
    /// The logarithm of the number of items.
    size: u32,
    gain: f64,
    class: &'static str,
    words: String,
}

impl Point {
    fn of(function: &str, plan: &PlanInfo) -> Self {
        let (items, schedule) = (plan.items, &plan.awake);
        let (class, basis) = match (schedule.is_plain(), schedule.gain_basis.is_measured()) {
            (true, _) => ("plain", "plain loop"),
            (_, true) => ("measured", "measured"),
            _ => ("predicted", "predicted"),
        };
        let words = format!(
            "{}, {} to {} items: {}, {basis}",
            clean(function),
            thousands(items.0),
            thousands(items.1),
            gain(schedule.gain)
        );
        let is_sane = schedule.gain.is_finite() && schedule.gain > 0.0;
        Self { size: items.0.max(1).ilog2(), gain: if is_sane { schedule.gain } else { 1.0 }, class, words }
    }
}

fn points(snapshot: &Snapshot) -> Vec<Point> {
    let mut functions: Vec<_> = snapshot.functions.iter().collect();
    functions.sort_by_key(|function| std::cmp::Reverse(function.counts.requests()));
    let plans = functions.iter().flat_map(|it| it.plans.iter().map(|plan| Point::of(&it.function, plan)));
    plans.take(MOST).collect()
}

/// The chart for those who do not see it.
fn words(points: &[Point]) -> String {
    let of = |class| points.iter().filter(move |point| point.class == class);
    let [measured, predicted, plain] =
        ["measured", "predicted", "plain"].map(|class| thousands(of(class).count() as u64));
    let best = of("measured").max_by(|a, b| a.gain.total_cmp(&b.gain));
    let best = best.map_or_else(String::new, |best| format!(" The greatest that was measured: {}.", best.words));
    let plans = counted(points.len() as u64, "plan");
    format!("{plans}: {measured} with a measured gain, {predicted} with a predicted one, {plain} plain loops.{best}")
}

/// A gain at a line of the chart.
fn label(gain: f64) -> String {
    if gain.fract() == 0.0 { format!("{gain:.0}x") } else { format!("{gain:.1}x") }
}

/// A power of two, short: `512`, `4k`, `1M`.
fn power(exponent: u32) -> String {
    let (unit, rest) = match exponent {
        0..10 => ("", exponent),
        10..20 => ("k", exponent - 10),
        20..30 => ("M", exponent - 20),
        30..40 => ("G", exponent - 30),
        _ => return format!("2^{exponent}"),
    };
    format!("{}{unit}", 1u32 << rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_gains_have_short_labels() {
        assert_eq!([0, 9, 12, 20, 39, 63].map(power), ["1", "512", "4k", "1M", "512G", "2^63"]);
        assert_eq!([0.0, 0.5, 4.0].map(label), ["0x", "0.5x", "4x"]);
        assert!(gains(&Snapshot::default()).is_none());
    }
}
