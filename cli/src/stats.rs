//! `amorsize stats`: what has happened over all processes.

use std::collections::BTreeSet;

use amorsize_store::insight::{Recommendation, Severity, insight, is_without_gain};
use amorsize_store::record::stats::FunctionStats;
use amorsize_store::rejection::Rejection;
use amorsize_store::store::Store;
use amorsize_store::view::folder_snapshot::folder_snapshot;
use amorsize_store::view::settings::settings;
use amorsize_store::view::snapshot::{Counts, Day};
use amorsize_store::view::totals::Totals;
use serde::Serialize;

use crate::answer::Answer;
use crate::failure::Failure;
use crate::list::{id_column, short, since};
use crate::output::{POOR, STRONG};
use crate::table::{Cell, Column, Table, pairs};
use crate::words::{ago, bytes, clean, counted, date, gain, line, paragraph, percent, thousands, time};

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
    recommendations: Vec<Recommendation>,
    #[serde(skip)]
    all: bool,
}

/// So many functions are shown in a text, unless somebody asks for all, ...
const FUNCTIONS: usize = 10;
/// ... and so many days, the last ones.
const DAYS: usize = 7;
/// A terminal of so many columns has room for all numbers of a function.
const WIDE: usize = 120;

pub(crate) fn stats(store: &Store, all: bool) -> Result<Stats, Failure> {
    let totals = store.totals()?;
    let disk_usage = store.disk_usage()?;
    // Plans only say what a gain rests on, so no others are read.
    let doubtful = totals.functions.iter().filter(|function| is_without_gain(&function.counts));
    let doubtful: BTreeSet<_> = doubtful.map(|function| function.id).collect();
    let survey = store.survey(|id, _| doubtful.contains(&id))?;
    let recommendations = insight(&folder_snapshot(survey, totals.clone(), disk_usage));
    Ok(Stats {
        cache_dir: store.path().display().to_string(),
        hit_rate_percent: totals.counts.hit_rate().map(|rate| 100.0 * rate),
        totals,
        disk_usage,
        max_size: settings().max_size,
        recommendations,
        all,
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
            let limit = if self.all { usize::MAX } else { FUNCTIONS };
            let shown = &totals.functions[..limit.min(totals.functions.len())];
            out += &["\n", &table(shown, width >= WIDE).text(width)].concat();
            let more = totals.functions.len() - shown.len();
            if more > 0 {
                let more = counted(more as u64, "function");
                out += &["\n", &paragraph(&format!("And {more} that saved less: `amorsize stats --all`."), width)]
                    .concat();
            }
        }
        if !totals.days.is_empty() {
            let limit = if self.all { totals.days.len() } else { DAYS };
            let shown = &totals.days[totals.days.len().saturating_sub(limit)..];
            out += &["\n", &days(shown).text(width)].concat();
        }
        if !totals.rejected.is_empty() {
            let rejected: Vec<_> =
                totals.rejected.iter().map(|(why, count)| (why.as_str(), reason(why, *count))).collect();
            let title = line(STRONG, "Plans that were found and not used");
            out += &["\n", &title, &pairs(&rejected, width)].concat();
        }
        // That all is well can be seen above.
        let advice: Vec<_> = self.recommendations.iter().filter(|it| it.severity > Severity::Fine).collect();
        if !advice.is_empty() {
            out += &["\n", &line(STRONG, "What the figures advise")].concat();
            let shown = if self.all { advice.len() } else { FUNCTIONS.min(advice.len()) };
            for it in &advice[..shown] {
                let about = it.function.as_ref().map_or_else(String::new, |function| format!("{}: ", clean(function)));
                out += &paragraph(&format!("  {about}{}", clean(&it.text)), width);
            }
            if advice.len() > shown {
                let more = format!("And {} more: `amorsize stats --all`.", advice.len() - shown);
                out += &paragraph(&more, width);
            }
        }
        out
    }
}

impl Stats {
    fn sums(&self) -> [(&'static str, Cell); 11] {
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
            ("finding a plan", latency(totals.counts.average_hit_ns(), totals.counts.timed_hits, "hit")),
            ("choosing one", latency(totals.counts.average_miss_ns(), totals.counts.timed_misses, "miss")),
            ("shared calls", Cell::new(shared(&totals.counts))),
            ("drift alarms", Cell::new(thousands(totals.counts.drift_alarms))),
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

/// How long hits or misses take to have a plan.
fn latency(average: Option<f64>, number: u64, noun: &str) -> Cell {
    Cell::new(average.map_or_else(
        || "not measured yet".into(),
        |average| format!("{} on average of {}", time(average), counted(number, noun)),
    ))
}

/// How many calls threads shared, and how they compare with plain loops. What those take is known of their items.
fn shared(counts: &Counts) -> String {
    let number = rate(counts.shared, counts.requests().saturating_sub(counts.shared));
    let faster = |speedup: f64| {
        let (wall, serial) = (time(counts.wall_ns as f64), time(counts.serial_ns as f64));
        format!("{number}: {wall}, as plain loops {serial} ({})", gain(speedup))
    };
    counts.speedup().map_or_else(|| number.clone(), faster)
}

fn rate(hits: u64, misses: u64) -> String {
    format!("{} ({})", thousands(hits), percent(hits, hits + misses))
}

/// With more numbers, if the terminal is wide.
fn table(functions: &[FunctionStats], is_wide: bool) -> Table {
    // Identities are of use only where a path has several: versions of one function.
    let has_ids = id_column(functions.iter().map(|it| (it.function.as_str(), it.id.get()))) == Column::Whole;
    let numbers = ["hits", "rate", "from disk", "misses", "time saved"].map(|head| (head, Column::Number));
    let id = has_ids.then_some(("id", Column::Whole));
    let more = if is_wide { &["shared", "gain", "drift alarms"][..] } else { &[] };
    let more = more.iter().map(|head| (*head, Column::Number));
    let mut table = Table::new([("function", Column::Path)].into_iter().chain(id).chain(numbers).chain(more));
    for function in functions {
        let id = has_ids.then(|| short(&function.id.to_string()).to_owned());
        let numbers = [
            thousands(function.counts.hits),
            percent(function.counts.hits, function.counts.hits + function.counts.misses),
            thousands(function.counts.recalled),
            thousands(function.counts.misses),
            time(function.counts.saved_ns as f64),
        ];
        let more = [
            thousands(function.counts.shared),
            function.counts.speedup().map_or_else(|| "-".into(), gain),
            thousands(function.counts.drift_alarms),
        ];
        let numbers = numbers.into_iter().chain(more.into_iter().filter(|_| is_wide));
        table.row([function.function.clone()].into_iter().chain(id).chain(numbers).map(Cell::new));
    }
    table
}

/// The oldest first.
fn days(days: &[Day]) -> Table {
    let numbers = ["calls", "hits", "shared", "time saved"].map(|head| (head, Column::Number));
    let mut table = Table::new([("day", Column::Whole)].into_iter().chain(numbers));
    for Day { day, counts, .. } in days {
        let numbers = [
            date(*day),
            thousands(counts.requests()),
            percent(counts.hits, counts.requests()),
            thousands(counts.shared),
            time(counts.saved_ns as f64),
        ];
        table.row(numbers.map(Cell::new));
    }
    table
}
