//! Which numbers of threads were tried, as a table and a chart.

use amorsize_store::view::functions::PlanInfo;
use amorsize_store::view::schedules::{Measurement, Tried};

use crate::output::GOOD;
use crate::table::{Cell, Column, Table};
use crate::words::{counted, thousands, time};

/// The longest bar, in characters.
const LONGEST: f64 = 24.0;

/// A row for each number of threads that was tried for some of the plans. `None` if nowhere more than one was.
pub(crate) fn table(plans: &[PlanInfo]) -> Option<Table> {
    let mut table = Table::new([
        ("items", Column::Number),
        ("tried", Column::Whole),
        ("pool awake", Column::Whole),
        ("pool asleep", Column::Whole),
        ("time of an item", Column::Spare),
    ]);
    let compared: Vec<_> = plans.iter().filter(|plan| plan.tried.len() > 1).collect();
    for plan in &compared {
        let most = plan.tried.iter().map(shown).fold(0.0, f64::max);
        let least = plan.tried.iter().map(shown).fold(f64::INFINITY, f64::min);
        for (row, tried) in plan.tried.iter().enumerate() {
            let items = if row == 0 { format!("from {}", thousands(plan.items.0)) } else { String::new() };
            let threads = if tried.n_jobs == 1 { "plain loop".into() } else { format!("n_jobs={}", tried.n_jobs) };
            let bar = bar(shown(tried) / most);
            let bar = if shown(tried) <= least { Cell::styled(GOOD, bar) } else { Cell::new(bar) };
            let asleep = if tried.n_jobs == 1 { String::new() } else { measured(tried.asleep) };
            table.row([Cell::new(items), Cell::new(threads), Cell::new(measured(tried.awake)), Cell::new(asleep), bar]);
        }
    }
    (!compared.is_empty()).then_some(table)
}

/// What the chart shows: what an item took while the pool was awake, or else while it slept.
fn shown(tried: &Tried) -> f64 {
    tried.awake.or(tried.asleep).map_or(0.0, |measured| measured.ns)
}

fn measured(measured: Option<Measurement>) -> String {
    measured.map_or_else(
        || "-".into(),
        |Measurement { ns, calls, .. }| format!("{}, {}", time(ns), counted(u64::from(calls), "call")),
    )
}

/// A bar of this part of the longest one, in eighths of a character.
fn bar(part: f64) -> String {
    let eighths = (part.clamp(0.0, 1.0) * LONGEST * 8.0).round().max(1.0) as usize;
    let rest = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"][eighths % 8];
    format!("{}{rest}", "█".repeat(eighths / 8))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_as_long_as_their_part() {
        assert_eq!(bar(1.0).chars().count(), 24);
        assert_eq!(bar(0.5).chars().count(), 12);
        assert_eq!(bar(0.01), "▎");
        assert_eq!(bar(0.0), "▏", "there is something to be seen");
        assert_eq!(bar(f64::NAN), "▏");
    }
}
