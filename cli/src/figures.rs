//! How counts read: in words, and as tables of functions and of days.

use amorsize_store::record::stats::FunctionStats;
use amorsize_store::rejection::Rejection;
use amorsize_store::view::snapshot::{Counts, Day};

use crate::list::{id_column, short};
use crate::table::{Cell, Column, Table};
use crate::words::{counted, date, gain, percent, thousands, time};

/// How often a reason occurred, and what it means.
pub(crate) fn reason(name: &str, count: u64) -> Cell {
    let words = Rejection::ALL.iter().find(|reason| reason.name() == name).map(ToString::to_string);
    Cell::new(thousands(count) + &words.map_or_else(String::new, |words| format!(": {words}")))
}

/// How long hits or misses take to have a plan.
pub(crate) fn latency(average: Option<f64>, number: u64, noun: &str) -> Cell {
    Cell::new(average.map_or_else(
        || "not measured yet".into(),
        |average| format!("{} on average of {}", time(average), counted(number, noun)),
    ))
}

/// How many calls threads shared, and how they compare with plain loops. What those take is known of their items.
pub(crate) fn shared(counts: &Counts) -> String {
    let number = rate(counts.shared, counts.requests().saturating_sub(counts.shared));
    let faster = |speedup: f64| {
        let (wall, serial) = (time(counts.wall_ns as f64), time(counts.serial_ns as f64));
        format!("{number}: {wall}, as plain loops {serial} ({})", gain(speedup))
    };
    counts.speedup().map_or_else(|| number.clone(), faster)
}

pub(crate) fn rate(hits: u64, misses: u64) -> String {
    format!("{} ({})", thousands(hits), percent(hits, hits + misses))
}

/// With more numbers, if the terminal is wide.
pub(crate) fn functions(functions: &[FunctionStats], is_wide: bool) -> Table {
    // Identities are of use only where a path has several: versions of one function.
    let has_ids = id_column(functions.iter().map(|it| (it.function.as_str(), it.id.get()))) == Column::Whole;
    let numbers = ["hits", "rate", "recalled", "misses", "time saved"].map(|head| (head, Column::Number));
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
pub(crate) fn days(days: &[Day]) -> Table {
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
