//! One process of the fleet: it does the work, and says what it knew.

use std::io::{self, Write};
use std::time::Instant;

use amorsize::Stats;
use amorsize_examples::counts::{counts, tier_name};
use amorsize_examples::program::Failure;
use amorsize_examples::show::{counted, time};

use crate::price::{contracts, price};

/// Prices all contracts so many times, and reports the first time by itself.
///
/// # Errors
/// If what it learned could not be kept.
pub(crate) fn work(count: u32, calls: u32) -> Result<(), Failure> {
    let contracts = contracts(count);
    let began = Instant::now();
    let worth: f64 = price::on(&contracts).sum();
    let first = began.elapsed();
    let after_first = amorsize::stats();
    for _ in 1..calls {
        price::map(&contracts);
    }
    // The end of a process waits for Redis for a moment only. A node that has just been started has nothing better to do.
    amorsize::flush().map_err(|error| Failure::Wrong(error.to_string()))?;

    let mut out = io::stdout().lock();
    let known = if after_first.hits > 0 { "a hit" } else { "a miss" };
    writeln!(out, "  {} are worth {worth:.2}", counted(count.into(), "contract"))?;
    writeln!(out, "  first call: {}, {known}", time(first))?;
    let stats = amorsize::stats();
    writeln!(out, "  {}", counts(&stats))?;
    writeln!(out, "  {}", tiers(&stats))?;
    for (reason, times) in &stats.rejected {
        writeln!(out, "  found and not used: {} for {}", counted(*times, "plan"), reason.name())?;
    }
    for fault in &stats.faults {
        writeln!(out, "  fault: {fault}")?;
    }
    writeln!(out, "  plan: {}", price::on(&contracts).plan())?;
    out.flush()?;
    Ok(())
}

/// What each tier was asked and had, as `disk: 0 hits, 1 miss; Redis: 1 hit, 0 misses`.
fn tiers(stats: &Stats) -> String {
    let tiers = stats.tiers.iter().map(|tier| {
        let (name, how) = (tier_name(tier.tier), tier.state.name());
        format!("{name} ({how}): {}, {}", counted(tier.hits, "hit"), counted(tier.misses, "miss"))
    });
    tiers.collect::<Vec<_>>().join("; ")
}
