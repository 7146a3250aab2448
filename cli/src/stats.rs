//! `amorsize stats`: what has happened over all processes.

use amorsize_store::record::stats::FunctionStats;
use amorsize_store::rejection::Rejection;
use amorsize_store::store::Store;
use amorsize_store::view::settings::settings;
use amorsize_store::view::totals::Totals;
use serde::Serialize;

use crate::answer::Answer;
use crate::failure::Failure;
use crate::list::{id_column, short, since};
use crate::output::{POOR, STRONG};
use crate::table::{Cell, Column, Table, pairs};
use crate::words::{ago, bytes, counted, line, paragraph, percent, thousands, time};

/// Totals over all processes and machines that share the folder.
#[derive(Debug, Serialize)]
pub(crate) struct Stats {
    cache_dir: String,
    /// `None` if there was no call.
    hit_rate_percent: Option<f64>,
    #[serde(flatten)]
    totals: Totals,
    /// What the plans take on disk, in bytes, and the most that they may.
    disk_usage: u64,
    max_size: u64,
    #[serde(skip)]
    limit: usize,
}

/// So many functions are shown in a text, unless somebody asks for all.
const SHOWN: usize = 10;

pub(crate) fn stats(store: &Store, all: bool) -> Result<Stats, Failure> {
    let totals = store.totals()?;
    let calls = totals.counts.hits + totals.counts.misses;
    let hit_rate_percent = (calls > 0).then(|| 100.0 * totals.counts.hits as f64 / calls as f64);
    Ok(Stats {
        cache_dir: store.path().display().to_string(),
        hit_rate_percent,
        totals,
        disk_usage: store.disk_usage()?,
        max_size: settings().max_size,
        limit: if all { usize::MAX } else { SHOWN },
    })
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
            let shown = &totals.functions[..self.limit.min(totals.functions.len())];
            out += &["\n", &table(shown).text(width)].concat();
            let more = totals.functions.len() - shown.len();
            if more > 0 {
                let more = counted(more as u64, "function");
                out += &["\n", &paragraph(&format!("And {more} that saved less: `amorsize stats --all`."), width)]
                    .concat();
            }
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
    fn sums(&self) -> [(&'static str, Cell); 7] {
        let totals = &self.totals;
        let errors = thousands(totals.counts.errors);
        [
            ("calls", Cell::new(thousands(totals.counts.hits + totals.counts.misses))),
            (
                "hits",
                Cell::new(format!(
                    "{}, {} of them from disk",
                    rate(totals.counts.hits, totals.counts.misses),
                    thousands(totals.counts.recalled)
                )),
            ),
            ("misses", Cell::new(thousands(totals.counts.misses))),
            ("errors", if totals.counts.errors == 0 { Cell::new(errors) } else { Cell::styled(POOR, errors) }),
            ("time saved", Cell::new(time(totals.counts.saved_ns as f64))),
            (
                "counted",
                Cell::new(format!(
                    "over {}, first {}, last {}",
                    counted(totals.processes, "process"),
                    ago(since(totals.since)),
                    ago(since(totals.until))
                )),
            ),
            ("on disk", on_disk(self.disk_usage, self.max_size)),
        ]
    }
}

/// What the plans take on disk, of what they may.
pub(crate) fn on_disk(usage: u64, limit: u64) -> Cell {
    let text = format!("{} of {} ({})", bytes(usage), bytes(limit), percent(usage, limit));
    if usage > limit { Cell::styled(POOR, text) } else { Cell::new(text) }
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
    // Identities are of use only where a path has several: versions of one function.
    let has_ids = id_column(functions.iter().map(|it| (it.function.as_str(), it.id.get()))) == Column::Whole;
    let numbers = ["hits", "rate", "from disk", "misses", "time saved"].map(|head| (head, Column::Number));
    let id = has_ids.then_some(("id", Column::Whole));
    let mut table = Table::new([("function", Column::Path)].into_iter().chain(id).chain(numbers));
    for function in functions {
        let id = has_ids.then(|| short(&function.id.to_string()).to_owned());
        let numbers = [
            thousands(function.counts.hits),
            percent(function.counts.hits, function.counts.hits + function.counts.misses),
            thousands(function.counts.recalled),
            thousands(function.counts.misses),
            time(function.counts.saved_ns as f64),
        ];
        table.row([function.function.clone()].into_iter().chain(id).chain(numbers).map(Cell::new));
    }
    table
}
