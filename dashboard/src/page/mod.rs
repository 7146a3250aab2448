//! The page: written by the server, without scripts, and refreshed by the browser.
//!
//! May use: `chart`, `words`.

mod figures;
mod functions;
mod over_time;
mod tiers;

use amorsize_store::view::snapshot::{Scope, Snapshot};
use amorsize_store::words::{clean, duration, moment, timestamp};
use maud::{DOCTYPE, Markup, html};

use crate::words::rate;

pub(crate) const STYLE: &str = include_str!("style.css");
pub(crate) const ICON: &str = include_str!("icon.svg");

/// Whether the browser asks again by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refresh {
    Often,
    Never,
}

/// Seconds between two requests of a page that is being looked at.
const PERIOD: u32 = 5;

/// The whole page.
pub(crate) fn page(snapshot: &Snapshot, recommendations: &[String], refresh: Refresh) -> Markup {
    let counts = &snapshot.counts;
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                @if refresh == Refresh::Often { meta http-equiv="refresh" content=(PERIOD); }
                title {
                    @if counts.requests() > 0 { (rate(counts.hit_rate())) " hits \u{b7} " }
                    "Amorsize"
                }
                link rel="stylesheet" href="style.css";
                link rel="icon" href="icon.svg" type="image/svg+xml";
            }
            body {
                (header(snapshot, refresh))
                main {
                    (figures::figures(counts))
                    (advice(snapshot, recommendations))
                    (over_time::over_time(snapshot))
                    (functions::functions(&snapshot.functions))
                    (tiers::tiers(snapshot))
                }
                (footer())
            }
        }
    }
}

fn header(snapshot: &Snapshot, refresh: Refresh) -> Markup {
    let of = match snapshot.scope {
        Scope::Process => "This process",
        Scope::Folder => "All processes that share a folder",
    };
    html! {
        header {
            h1 { "Amorsize" }
            p.of {
                (of) ", counted for " (uptime(snapshot.uptime_seconds as u64))
                @if !snapshot.settings.enabled { " \u{b7} " strong.warn { "switched off" } }
            }
            p.when {
                time datetime=(timestamp(snapshot.taken_us)) { (moment(snapshot.taken_us)) }
                @match refresh {
                    Refresh::Often => { " \u{b7} every " (PERIOD) " s \u{b7} " a href="?refresh=off" { "Pause" } }
                    Refresh::Never => { " \u{b7} paused \u{b7} " a href="?" { "Go on" } }
                }
            }
        }
    }
}

/// Without the seconds, where there are hours.
fn uptime(seconds: u64) -> String {
    duration(if seconds < 3600 { seconds } else { seconds / 60 * 60 })
}

fn advice(snapshot: &Snapshot, recommendations: &[String]) -> Markup {
    html! {
        @if !recommendations.is_empty() || !snapshot.faults.is_empty() {
            section.advice aria-labelledby="advice" {
                h2 #advice { "Worth a look" }
                ul {
                    @for fault in &snapshot.faults { li.fault { (clean(fault)) } }
                    @for recommendation in recommendations { li { (clean(recommendation)) } }
                }
            }
        }
    }
}

fn footer() -> Markup {
    let links = [
        ("analytics/dashboard", "All of this"),
        ("cache/stats", "Stats"),
        ("cache/metrics", "Metrics"),
        ("cache/status", "Status"),
        ("metrics", "Prometheus"),
    ];
    html! {
        footer {
            nav aria-label="For programs" {
                "For programs: "
                ul { @for (to, what) in links { li { a href=(to) { (what) } } } }
            }
        }
    }
}
