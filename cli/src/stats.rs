//! `amorsize stats`: what has happened over all processes.

use amorsize_store::record::stats::FunctionStats;
use amorsize_store::rejection::Rejection;
use amorsize_store::store::Store;
use amorsize_store::view::totals::Totals;
use serde::Serialize;

use crate::answer::Answer;
use crate::failure::Failure;
use crate::list::since;
use crate::output::{POOR, STRONG};
use crate::table::{Cell, Column, Table, pairs};
use crate::words::{ago, counted, line, paragraph, percent, thousands, time};

/// Totals over all processes and machines that share the folder.
#[derive(Debug, Serialize)]
pub(crate) struct Stats {
    cache_dir: String,
    /// `None` if there was no call.
    hit_rate_percent: Option<f64>,
    #[serde(flatten)]
    totals: Totals,
}

pub(crate) fn stats(store: &Store) -> Result<Stats, Failure> {
    let totals = store.totals()?;
    let calls = totals.hits + totals.misses;
    let hit_rate_percent = (calls > 0).then(|| 100.0 * totals.hits as f64 / calls as f64);
    Ok(Stats { cache_dir: store.path().display().to_string(), hit_rate_percent, totals })
}

impl Answer for Stats {
    fn text(&self, width: usize) -> String {
        let totals = &self.totals;
        if totals.processes == 0 {
            let nothing = format!(
                "Nothing has been counted yet in {}: a program with #[amorsize::auto] functions adds its counts when it \
                 ends, and now and then before.",
                self.cache_dir
            );
            return paragraph(&nothing, width);
        }
        let mut out = pairs(&self.sums(), width);
        if !totals.functions.is_empty() {
            out += &["\n", &table(&totals.functions).text(width)].concat();
        }
        if !totals.rejected.is_empty() {
            let rejected: Vec<_> =
                totals.rejected.iter().map(|(why, count)| (why.as_str(), reason(why, *count))).collect();
            let title = line(STRONG, "Plans that were found and not used");
            out += &["\n", &title, &pairs(&rejected, width)].concat();
        }
        out
    }
}

impl Stats {
    fn sums(&self) -> [(&'static str, Cell); 6] {
        let totals = &self.totals;
        let errors = thousands(totals.errors);
        [
            ("calls", Cell::new(thousands(totals.hits + totals.misses))),
            (
                "hits",
                Cell::new(format!(
                    "{}, {} of them from disk",
                    rate(totals.hits, totals.misses),
                    thousands(totals.recalled)
                )),
            ),
            ("misses", Cell::new(thousands(totals.misses))),
            ("errors", if totals.errors == 0 { Cell::new(errors) } else { Cell::styled(POOR, errors) }),
            ("time saved", Cell::new(time(totals.saved_ns as f64))),
            (
                "counted",
                Cell::new(format!(
                    "over {}, first {}, last {}",
                    counted(totals.processes, "process"),
                    ago(since(totals.since)),
                    ago(since(totals.until))
                )),
            ),
        ]
    }
}

/// How often a reason occurred, and what it means.
fn reason(name: &str, count: u64) -> Cell {
    let words = Rejection::ALL.iter().find(|reason| reason.name() == name).map(ToString::to_string);
    Cell::new(thousands(count) + &words.map_or_else(String::new, |words| format!(": {words}")))
}

fn rate(hits: u64, misses: u64) -> String {
    format!("{} ({})", thousands(hits), percent(hits, hits + misses))
}

fn table(functions: &[FunctionStats]) -> Table {
    let mut table = Table::new([
        ("function", Column::Path),
        ("hits", Column::Number),
        ("rate", Column::Number),
        ("from disk", Column::Number),
        ("misses", Column::Number),
        ("time saved", Column::Number),
    ]);
    for function in functions {
        table.row([
            Cell::new(&function.function),
            Cell::new(thousands(function.hits)),
            Cell::new(percent(function.hits, function.hits + function.misses)),
            Cell::new(thousands(function.recalled)),
            Cell::new(thousands(function.misses)),
            Cell::new(time(function.saved_ns as f64)),
        ]);
    }
    table
}
