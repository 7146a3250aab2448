//! What changes from day to day.

use amorsize_store::view::snapshot::{Counts, Day};
use amorsize_store::words::date;
use maud::{Markup, html};

use super::frame::{Axis, FLOOR, chart, columns, px, rows};
use crate::words::{rate, time};

/// The share of calls whose plan was known; `None` if there was no call on any day.
pub(crate) fn hit_rates(days: &[Day]) -> Option<Markup> {
    let points = points(days, Counts::hit_rate);
    let across = across(days)?;
    let (last, up) = (points.last()?, Axis::up(0.0, 1.0));
    let lines = [0.0, 0.25, 0.5, 0.75, 1.0].map(|share| (share, format!("{:.0}%", 100.0 * share)));
    let lowest = points.iter().min_by(|a, b| a.1.total_cmp(&b.1))?;
    let words = format!(
        "{} days. {} on {}, the last of them; lowest on {}, with {}.",
        points.len(),
        rate(Some(last.1)),
        date(last.0),
        date(lowest.0),
        rate(Some(lowest.1))
    );
    let content = html! {
        (rows(up, &lines))
        (columns(across, &dates(days)))
        path.area d=(area(&points, across, up)) {}
        path.line.measured d=(line(&points, across, up)) {}
        (dots(&points, across, up, "measured", |share| rate(Some(share))))
    };
    Some(chart("rates", "Hit rate by day", &words, &content))
}

/// What finding a known plan and choosing a new one takes; `None` if neither was measured on any day.
pub(crate) fn latencies(days: &[Day]) -> Option<Markup> {
    let (hits, misses) = (points(days, Counts::average_hit_ns), points(days, Counts::average_miss_ns));
    let all = || hits.iter().chain(&misses).map(|(_, ns)| ns.max(1.0).log10());
    let low = all().reduce(f64::min)?.floor();
    let high = all().reduce(f64::max)?.ceil().max(low + 1.0);
    let (across, up) = (across(days)?, Axis::up(low, high));
    let log = |points: &[(u32, f64)]| points.iter().map(|(day, ns)| (*day, ns.max(1.0).log10())).collect::<Vec<_>>();
    let (log_hits, log_misses) = (log(&hits), log(&misses));
    let lines: Vec<_> = (low as i32..=high as i32).map(|power| (f64::from(power), decade(power))).collect();
    let last = |points: &[(u32, f64)]| points.last().map_or("not measured".into(), |(_, ns)| time(*ns));
    let words = format!(
        "Logarithmic. On the last day, finding a known plan took {}, and choosing a new one {}.",
        last(&hits),
        last(&misses)
    );
    let content = html! {
        (rows(up, &lines))
        (columns(across, &dates(days)))
        path.line.second d=(line(&log_misses, across, up)) {}
        path.line.measured d=(line(&log_hits, across, up)) {}
        (dots(&log_misses, across, up, "second", |log| time(10_f64.powf(log))))
        (dots(&log_hits, across, up, "measured", |log| time(10_f64.powf(log))))
    };
    Some(chart("latencies", "Latency by day", &words, &content))
}

/// The days on which a figure is known, and the figure.
fn points(days: &[Day], figure: fn(&Counts) -> Option<f64>) -> Vec<(u32, f64)> {
    days.iter().filter_map(|day| Some((day.day, figure(&day.counts)?))).collect()
}

fn across(days: &[Day]) -> Option<Axis> {
    Some(Axis::across(f64::from(days.first()?.day), f64::from(days.last()?.day)))
}

/// The first day, one in the middle, and the last, without their year.
fn dates(days: &[Day]) -> Vec<(f64, String)> {
    let (Some(first), Some(last)) = (days.first(), days.last()) else { return Vec::new() };
    let mut shown = vec![first.day, u32::midpoint(first.day, last.day), last.day];
    shown.dedup();
    shown.into_iter().map(|day| (f64::from(day), date(day)[5..].to_owned())).collect()
}

fn line(points: &[(u32, f64)], across: Axis, up: Axis) -> String {
    let steps = points.iter().enumerate().map(|(at, (day, value))| {
        let step = if at == 0 { "M" } else { "L" };
        format!("{step}{} {}", px(across.at(f64::from(*day))), px(up.at(*value)))
    });
    steps.collect()
}

/// The same, down to the bottom on both sides.
fn area(points: &[(u32, f64)], across: Axis, up: Axis) -> String {
    let (Some((first, _)), Some((last, _))) = (points.first(), points.last()) else { return String::new() };
    let [first, last] = [first, last].map(|day| px(across.at(f64::from(*day))));
    let floor = px(FLOOR);
    format!("{}L{last} {floor}L{first} {floor}Z", line(points, across, up))
}

fn dots(points: &[(u32, f64)], across: Axis, up: Axis, class: &str, figure: fn(f64) -> String) -> Markup {
    html! {
        @for (day, value) in points {
            circle class=(class) cx=(px(across.at(f64::from(*day)))) cy=(px(up.at(*value))) r="2.5" {
                title { (date(*day)) ": " (figure(*value)) }
            }
        }
    }
}

/// A power of ten of nanoseconds.
fn decade(power: i32) -> String {
    let (unit, rest) = match power {
        ..3 => ("ns", power),
        3..6 => ("\u{b5}s", power - 3),
        6..9 => ("ms", power - 6),
        _ => ("s", power - 9),
    };
    format!("{} {unit}", 10_f64.powi(rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn powers_of_ten_have_short_labels() {
        assert_eq!([0, 2, 4, 8, 10].map(decade), ["1 ns", "100 ns", "10 \u{b5}s", "100 ms", "10 s"]);
    }

    #[test]
    fn one_day_is_a_chart_and_none_is_not() {
        assert!(hit_rates(&[]).is_none() && latencies(&[]).is_none());
        let mut day = Day::default();
        (day.counts.hits, day.counts.timed_hits, day.counts.hit_ns) = (3, 1, 20);
        assert!(hit_rates(&[day]).unwrap().into_string().contains("100.0% on 1970-01-01"));
        let chart = latencies(&[day]).unwrap().into_string();
        assert!(chart.contains("took 20.0 ns, and choosing a new one not measured."), "{chart}");
    }
}
