//! The figures at the top: all functions together.

use amorsize_store::view::snapshot::Counts;
use amorsize_store::words::{counted, gain, thousands};
use maud::{Markup, html};

use crate::words::{UNKNOWN, rate, time};

pub(super) fn figures(counts: &Counts) -> Markup {
    html! {
        section aria-labelledby="glance" {
            h2 #glance.unseen { "At a glance" }
            dl.figures {
                (figure("Hit rate", &hit_rate(counts), &html! {
                    @if counts.requests() > 0 {
                        (bar(counts.hit_rate().unwrap_or(0.0)))
                        (thousands(counts.hits)) " of " (counted(counts.requests(), "call")) " knew their plan"
                    } @else { "no call yet" }
                }))
                (figure("Time saved", &saved(counts), &html! {
                    @match counts.speedup() {
                        Some(speedup) => { "shared calls took " (time(counts.wall_ns as f64)) ", " (gain(speedup)) " as fast as plain loops" }
                        None => "against plain loops"
                    }
                }))
                (figure("Shared calls", &thousands(counts.shared), &html! {
                    "all others were plain loops"
                }))
                (figure("Finding a plan", &counts.average_hit_ns().map_or(UNKNOWN.into(), time), &html! {
                    @match counts.average_miss_ns() {
                        Some(ns) => { "where it is known; choosing a new one takes " (time(ns)) }
                        None => "where it is known"
                    }
                }))
                (figure("Drift alarms", &thousands(counts.drift_alarms), &html! {
                    "times that a plan no longer held" br;
                    span.warn[counts.errors > 0] { (counted(counts.errors, "error")) }
                }))
            }
        }
    }
}

fn figure(name: &str, value: &str, words: &Markup) -> Markup {
    html! {
        div {
            dt { (name) }
            dd.value { (value) }
            dd { (words) }
        }
    }
}

fn hit_rate(counts: &Counts) -> String {
    counts.hit_rate().map_or(UNKNOWN.into(), |share| rate(Some(share)))
}

fn saved(counts: &Counts) -> String {
    if counts.shared == 0 && counts.saved_ns == 0 { UNKNOWN.into() } else { time(counts.saved_ns as f64) }
}

/// A share as a bar. The figure stands beside it.
fn bar(share: f64) -> Markup {
    html! {
        svg.bar viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true" {
            rect.rest width="100" height="4" {}
            rect.measured width=(format!("{:.1}", 100.0 * share)) height="4" {}
        }
    }
}
