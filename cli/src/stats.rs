//! `amorsize stats`: what has happened over all processes.

use std::collections::BTreeSet;

use amorsize_store::insight::{Recommendation, Severity, insight, is_without_gain};
use amorsize_store::record::counts::Counts;
use amorsize_store::store::Store;
use amorsize_store::view::folder_snapshot::folder_snapshot;
use amorsize_store::view::settings::settings;
use amorsize_store::view::totals::Totals;
use serde::Serialize;

use crate::answer::Answer;
use crate::failure::Failure;
use crate::figures::{days, functions, latency, rate, reason, shared};
use crate::list::since;
use crate::output::{POOR, STRONG};
use crate::table::{Cell, pairs};
use crate::words::{ago, bytes, clean, counted, line, paragraph, percent, thousands, time};

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
    // Plans only say what a gain rests on, and what part of a long call is spent waiting, so no others are read.
    let doubtful = totals.functions.iter().filter(|function| is_without_gain(&function.counts));
    let mut long: Vec<_> = totals.functions.iter().filter(|function| is_long(&function.counts)).collect();
    long.sort_by_key(|function| std::cmp::Reverse(function.counts.wall_ns));
    let read: BTreeSet<_> = doubtful.chain(long.into_iter().take(MOST_LONG)).map(|function| function.id).collect();
    let survey = store.survey(|id, _| read.contains(&id))?;
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

/// Whether its calls take so long that it is measured what part of them is spent waiting.
fn is_long(counts: &Counts) -> bool {
    counts.shared > 0 && counts.wall_ns / counts.shared >= 1_000_000
}

/// Of so many functions with long calls, those that took the most time, the plans are read.
const MOST_LONG: usize = 100;

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
            out += &["\n", &functions(shown, width >= WIDE).text(width)].concat();
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
                    "{}, {} of them recalled from disk or Redis",
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
