//! What charts have in common: the frame, the axes and their lines.

use maud::{Markup, html};

const WIDTH: f64 = 360.0;
const HEIGHT: f64 = 200.0;
const LEFT: f64 = 46.0;
const RIGHT: f64 = 12.0;
const TOP: f64 = 10.0;
const BOTTOM: f64 = 26.0;

/// An axis: where on it a figure lies.
#[derive(Clone, Copy, Debug)]
pub(super) struct Axis {
    low: f64,
    high: f64,
    from: f64,
    to: f64,
}

impl Axis {
    /// From left to right. `low` and `high` may be one.
    pub(super) fn across(low: f64, high: f64) -> Self {
        Self { low, high, from: LEFT, to: WIDTH - RIGHT }
    }

    /// From the bottom up.
    pub(super) fn up(low: f64, high: f64) -> Self {
        Self { low, high, from: HEIGHT - BOTTOM, to: TOP }
    }

    pub(super) fn at(&self, value: f64) -> f64 {
        let share = if self.high > self.low { (value - self.low) / (self.high - self.low) } else { 0.5 };
        self.from + share.clamp(0.0, 1.0) * (self.to - self.from)
    }
}

/// A place in pixels.
pub(super) fn px(at: f64) -> String {
    format!("{at:.1}")
}

/// A chart: its title and what it shows in words, for those who do not see it.
pub(super) fn chart(id: &str, title: &str, words: &str, content: &Markup) -> Markup {
    let (title_id, words_id) = (format!("{id}-title"), format!("{id}-words"));
    html! {
        svg viewBox=(format!("0 0 {WIDTH} {HEIGHT}")) role="img" aria-labelledby=(format!("{title_id} {words_id}")) {
            title id=(title_id) { (title) }
            desc id=(words_id) { (words) }
            (content)
        }
    }
}

/// The lines across, each with its label.
pub(super) fn rows(axis: Axis, labels: &[(f64, String)]) -> Markup {
    html! {
        @for (value, label) in labels {
            @let y = px(axis.at(*value));
            line.grid x1=(LEFT) x2=(WIDTH - RIGHT) y1=(y) y2=(y) {}
            text.tick x=(LEFT - 6.0) y=(y) dy="0.32em" text-anchor="end" { (label) }
        }
    }
}

/// The labels below.
pub(super) fn columns(axis: Axis, labels: &[(f64, String)]) -> Markup {
    html! {
        @for (at, (value, label)) in labels.iter().enumerate() {
            // The last one stays within the chart.
            @let anchor = if at > 0 && at + 1 == labels.len() { "end" } else { "middle" };
            text.tick x=(px(axis.at(*value))) y=(HEIGHT - 8.0) text-anchor=(anchor) { (label) }
        }
    }
}

/// The bottom of the chart, where areas end.
pub(super) const FLOOR: f64 = HEIGHT - BOTTOM;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_stay_within_the_frame() {
        let axis = Axis::up(0.0, 4.0);
        assert_eq!((axis.at(0.0), axis.at(4.0), axis.at(9.0)), (HEIGHT - BOTTOM, TOP, TOP));
        let one = Axis::across(3.0, 3.0);
        assert!(one.at(3.0) > LEFT && one.at(3.0) < WIDTH - RIGHT);
    }
}
