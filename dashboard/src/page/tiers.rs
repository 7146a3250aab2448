//! Where plans are kept.

use amorsize_store::view::snapshot::{Snapshot, TierState, TierStats};
use amorsize_store::words::{bytes, clean, counted, duration, thousands};
use maud::{Markup, html};

use crate::words::time;

pub(super) fn tiers(snapshot: &Snapshot) -> Markup {
    html! {
        section aria-labelledby="tiers" {
            h2 #tiers { "Where plans are kept" }
            @if snapshot.tiers.is_empty() { p.empty { "Nowhere: nothing is remembered." } } @else {
                div.tiers { @for it in &snapshot.tiers { (tier(it)) } }
            }
            p.more {
                "Plans are believed for " (duration(snapshot.settings.ttl))
                " after they were last measured. On disk they take at most " (bytes(snapshot.settings.max_size)) "."
            }
            @if !snapshot.rejected.is_empty() {
                p.more {
                    "Found and not used: "
                    @for (at, (why, count)) in snapshot.rejected.iter().enumerate() {
                        @if at > 0 { ", " }
                        (clean(why)) " " (thousands(*count))
                    }
                    "."
                }
            }
        }
    }
}

fn tier(tier: &TierStats) -> Markup {
    let (class, state) = match tier.state {
        TierState::Active => ("state good", "active"),
        TierState::Connected => ("state good", "connected"),
        TierState::Disconnected => ("state warn", "disconnected"),
        _ => ("state", "disabled"),
    };
    html! {
        article {
            h3 { (clean(tier.tier)) " " span class=(class) { (state) } }
            @if let Some(entries) = tier.entries {
                p { strong { (counted(entries, "plan")) } @if let Some(size) = tier.bytes { ", " (bytes(size)) } }
            } @else if let Some(size) = tier.bytes {
                p { strong { (bytes(size)) } }
            }
            @if tier.lookups > 0 || tier.hits + tier.misses > 0 {
                p {
                    (counted(tier.hits, "hit")) ", " (counted(tier.misses, "miss"))
                    @if let Some(ns) = tier.average_latency_ns() { ", " (time(ns)) " a request" }
                }
            }
            @if tier.errors > 0 { p.warn { (counted(tier.errors, "error")) } }
            @if let Some(fault) = &tier.fault { p.warn { (clean(fault)) } }
        }
    }
}
