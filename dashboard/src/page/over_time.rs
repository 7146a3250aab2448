//! The charts, and the figures behind them.

use amorsize_store::view::snapshot::{Day, Snapshot};
use amorsize_store::words::{date, thousands};
use maud::{Markup, html};

use crate::chart::days::{hit_rates, latencies};
use crate::chart::gains::gains;
use crate::words::{UNKNOWN, rate, time};

pub(super) fn over_time(snapshot: &Snapshot) -> Markup {
    let days = &snapshot.days;
    html! {
        section aria-labelledby="charts" {
            h2 #charts { "By size and by day" }
            div.charts {
                (figure("Gain by size of the input", gains(snapshot), "There is no plan yet.", &html! {
                    (key("measured", "measured")) (key("predicted", "predicted")) (key("plain", "plain loop"))
                }))
                (figure("Hit rate by day", hit_rates(days), "Nothing was counted on any day yet.", &html! {
                    "calls whose plan was known"
                }))
                (figure("Latency by day", latencies(days), "Nothing was measured on any day yet.", &html! {
                    (key("measured", "known plan")) (key("second", "new plan"))
                }))
            }
            @if !days.is_empty() { (table(days)) }
        }
    }
}

fn figure(title: &str, chart: Option<Markup>, nothing: &str, legend: &Markup) -> Markup {
    html! {
        figure {
            figcaption {
                strong { (title) }
                @if chart.is_some() { span.legend { (legend) } }
            }
            @match chart {
                Some(chart) => (chart)
                None => p.empty { (nothing) }
            }
        }
    }
}

/// What a colour and a form stand for.
fn key(class: &str, what: &str) -> Markup {
    html! {
        span.key {
            svg viewBox="0 0 10 10" aria-hidden="true" { circle class=(class) cx="5" cy="5" r="4" {} }
            (what)
        }
    }
}

fn table(days: &[Day]) -> Markup {
    html! {
        details {
            summary { "The days as a table" }
            table.days {
                caption.unseen { "Counts of each day, the last one first" }
                thead {
                    tr {
                        th scope="col" { "Day" }
                        @for head in ["Calls", "Hit rate", "Known plan", "New plan", "Saved"] {
                            th.number scope="col" { (head) }
                        }
                    }
                }
                tbody {
                    @for Day { day, counts, .. } in days.iter().rev() {
                        tr {
                            th scope="row" { (date(*day)) }
                            td.number { (thousands(counts.requests())) }
                            td.number { (counts.hit_rate().map_or(UNKNOWN.into(), |share| rate(Some(share)))) }
                            td.number { (counts.average_hit_ns().map_or(UNKNOWN.into(), time)) }
                            td.number { (counts.average_miss_ns().map_or(UNKNOWN.into(), time)) }
                            td.number { (time(counts.saved_ns as f64)) }
                        }
                    }
                }
            }
        }
    }
}
