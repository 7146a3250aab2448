//! What Amorsize counted, in a line.

use amorsize::Stats;

use crate::show::counted;

/// As `18 hits (3 from disk), 0 misses, 0 errors, 3 plans`.
#[must_use]
pub fn counts(stats: &Stats) -> String {
    let recalled = if stats.recalled == 0 {
        String::new()
    } else {
        format!(" ({} from {})", stats.recalled, sources(stats).join(" and "))
    };
    format!(
        "{}{recalled}, {}, {}, {}",
        counted(stats.hits, "hit"),
        counted(stats.misses, "miss"),
        counted(stats.errors, "error"),
        counted(stats.entries as u64, "plan"),
    )
}

/// The tiers in which plans were found.
fn sources(stats: &Stats) -> Vec<&'static str> {
    stats.tiers.iter().filter(|tier| tier.hits > 0).map(|tier| tier_name(tier.tier)).collect()
}

/// The name of a tier as it is written in a sentence.
#[must_use]
pub fn tier_name(tier: &'static str) -> &'static str {
    if tier == "redis" { "Redis" } else { tier }
}
