//! What is shown at one moment.

use std::borrow::Cow;

use amorsize_store::view::schedules::{Basis, ScheduleInfo};
use amorsize_store::view::snapshot::{FunctionSnapshot, Snapshot};
use anstream::adapter::strip_str;
use serde::Serialize;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::answer::Answer;
use crate::gains::{Candidate, best_of};
use crate::output::{POOR, STRONG};
use crate::table::{Cell, Column, Table};
use crate::words::{clean, counted, gain, paragraph, percent, styled, thousands, time};

/// All functions, the one that saved most first.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Frame {
    pub(super) source: String,
    pub(super) hits: u64,
    pub(super) misses: u64,
    pub(super) saved_ns: i64,
    pub(super) functions: Vec<Row>,
}

/// One function.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Row {
    pub(super) function: String,
    pub(super) hits: u64,
    pub(super) misses: u64,
    pub(super) saved_ns: i64,
    pub(super) drift_alarms: u64,
    /// Its plan that gains most; `None` if nothing is better than the plain loop.
    pub(super) best: Option<Best>,
}

/// A plan with threads.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Best {
    pub(super) n_jobs: usize,
    pub(super) chunksize: usize,
    pub(super) gain: f64,
    pub(super) gain_basis: Basis,
}

impl Frame {
    /// What the snapshot says.
    pub(super) fn of(snapshot: &Snapshot, source: String) -> Self {
        let counts = &snapshot.counts;
        let functions = snapshot.functions.iter().map(Row::of).collect();
        Self { source, hits: counts.hits, misses: counts.misses, saved_ns: counts.saved_ns, functions }.sorted()
    }

    pub(super) fn sorted(mut self) -> Self {
        self.functions.sort_by(|a, b| {
            let calls = |row: &Row| row.hits.saturating_add(row.misses);
            b.saved_ns.cmp(&a.saved_ns).then(calls(b).cmp(&calls(a))).then_with(|| a.function.cmp(&b.function))
        });
        self
    }

    /// In lines of at most `width` columns, with at most `rows` functions.
    pub(super) fn lines(&self, width: usize, rows: usize) -> String {
        let mut out = styled(STRONG, &shortened(&clean(&self.source), width)) + "\n";
        out += &paragraph(&self.sum(), width);
        if self.functions.is_empty() {
            return out + &paragraph("Nothing was counted yet.", width);
        }
        let shown = rows.min(self.functions.len());
        out += &["\n", &table(&self.functions[..shown], width).text(width)].concat();
        if shown < self.functions.len() {
            let more = counted((self.functions.len() - shown) as u64, "function");
            out += &paragraph(&format!("And {more} that saved less."), width);
        }
        out
    }

    /// In at most `height` lines of at most `width` columns. Where there is no room for all of it, functions come first.
    pub(super) fn fitted(&self, width: usize, height: usize) -> String {
        let around = self.lines(width, 1).lines().count().saturating_sub(1);
        let text = if height > around {
            self.lines(width, height - around)
        } else if self.functions.is_empty() {
            paragraph("Nothing was counted yet.", width)
        } else {
            let rows = height.saturating_sub(1).clamp(1, self.functions.len());
            let table = table(&self.functions[..rows], width).text(width);
            // Without the line below the heads.
            let lines = table.lines().enumerate().filter(|(at, _)| *at != 1);
            lines.flat_map(|(_, line)| [line, "\n"]).collect()
        };
        let skipped = text.lines().count().saturating_sub(height);
        text.lines().skip(skipped).map(|line| clipped(line, width).into_owned() + "\n").collect()
    }

    fn sum(&self) -> String {
        let calls = self.hits.saturating_add(self.misses);
        let saved = time(self.saved_ns as f64);
        format!("{}, {} hits, {saved} saved", counted(calls, "call"), percent(self.hits, calls))
    }
}

impl Row {
    fn of(function: &FunctionSnapshot) -> Self {
        let counts = &function.counts;
        Self {
            function: function.function.clone(),
            hits: counts.hits,
            misses: counts.misses,
            saved_ns: counts.saved_ns,
            drift_alarms: counts.drift_alarms,
            best: best_of(function.plans.iter().map(Candidate::of)).map(Best::of),
        }
    }
}

impl Best {
    pub(super) fn of(schedule: ScheduleInfo) -> Self {
        let ScheduleInfo { n_jobs, chunksize, gain, gain_basis, .. } = schedule;
        Self { n_jobs, chunksize, gain, gain_basis }
    }
}

impl Answer for Frame {
    fn text(&self, width: usize) -> String {
        self.lines(width, usize::MAX)
    }
}

/// The least room for the name of a function beside other columns.
const LEAST: usize = 8;

/// The columns that there is room for, the most important first.
fn table(rows: &[Row], width: usize) -> Table {
    type Show = fn(&Row) -> Cell;
    let columns: [(&str, usize, Show); 6] = [
        ("saved", 0, |row| time(row.saved_ns as f64).into()),
        ("calls", 0, |row| thousands(row.hits.saturating_add(row.misses)).into()),
        ("gain", 56, |row| row.best.as_ref().map_or("-".into(), gained).into()),
        ("hits", 72, |row| percent(row.hits, row.hits.saturating_add(row.misses)).into()),
        ("plan", 96, |row| row.best.as_ref().map_or("plain loop".into(), plan).into()),
        ("drift", 108, |row| {
            let alarms = thousands(row.drift_alarms);
            if row.drift_alarms > 0 { Cell::styled(POOR, alarms) } else { alarms.into() }
        }),
    ];
    let mut columns: Vec<_> = columns.into_iter().filter(|(_, least, _)| *least <= width).collect();
    let cells: Vec<Vec<Cell>> = rows.iter().map(|row| columns.iter().map(|(_, _, show)| show(row)).collect()).collect();
    // What the others leave.
    let widest = |at: usize| cells.iter().map(|row| row[at].width()).chain([columns[at].0.len()]).max().unwrap_or(0);
    let room = |columns: usize| width.saturating_sub((0..columns).map(|at| widest(at) + 2).sum());
    let fitting = (1..=columns.len()).rev().find(|&count| room(count) >= LEAST).unwrap_or(0);
    let room = room(fitting);
    columns.truncate(fitting);
    let heads = columns.iter().map(|(head, _, _)| (*head, Column::Number));
    let mut table = Table::new([("function", Column::Whole)].into_iter().chain(heads));
    for (row, cells) in rows.iter().zip(cells) {
        let function = Cell::new(shortened(&clean(&row.function), room));
        table.row([function].into_iter().chain(cells.into_iter().take(fitting)));
    }
    table
}

fn gained(best: &Best) -> String {
    // `~`: about so much, by a prediction.
    format!("{}{}", if best.gain_basis.is_measured() { "" } else { "~" }, gain(best.gain))
}

fn plan(best: &Best) -> String {
    format!("n_jobs={} chunksize={}", best.n_jobs, best.chunksize)
}

/// The end of a path, which says more than its beginning, in at most `width` columns.
fn shortened(path: &str, width: usize) -> String {
    if path.width() <= width {
        return path.to_owned();
    }
    let dots = if width < LEAST / 2 { "" } else { ".." };
    let mut room = width.saturating_sub(dots.len());
    let fits = |c: &char| {
        let wide = c.width().unwrap_or(0);
        let fits = wide <= room;
        room = room.saturating_sub(wide);
        fits
    };
    let tail: Vec<char> = path.chars().rev().take_while(fits).collect();
    dots.chars().chain(tail.into_iter().rev()).collect()
}

/// As much of a line as there is room for. One that is too long loses its colours.
pub(super) fn clipped(line: &str, width: usize) -> Cow<'_, str> {
    let plain = strip_str(line).to_string();
    if plain.width() <= width {
        return line.into();
    }
    let mut used = 0;
    let fits = |c: &char| {
        used += c.width().unwrap_or(0);
        used <= width
    };
    plain.chars().take_while(fits).collect::<String>().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame() -> Frame {
        let row = |n: u64| Row {
            function: format!("application::module_with_a_long_name::名前::function_{n}"),
            hits: n * 1_000_003,
            misses: n,
            saved_ns: -12_345 * n.cast_signed(),
            drift_alarms: n % 3,
            best: n.is_multiple_of(2).then_some(Best {
                n_jobs: 12,
                chunksize: 1234,
                gain: 7.89,
                gain_basis: Basis::Predicted,
            }),
        };
        let functions = (0..9).map(row).collect();
        let source = "http://127.0.0.1:9184/amorsize/analytics/dashboard".into();
        Frame { source, hits: 36_000_108, misses: 36, saved_ns: -444_420, functions }.sorted()
    }

    #[test]
    fn small_terminals_show_functions() {
        let frame = frame();
        let empty = Frame { functions: Vec::new(), ..frame.clone() };
        for (width, height) in (1..80).flat_map(|width| (0..24).map(move |height| (width, height))) {
            let [text, nothing] = [&frame, &empty].map(|frame| strip_str(&frame.fitted(width, height)).to_string());
            for text in [&text, &nothing] {
                assert!(text.lines().all(|line| line.width() <= width), "{width} x {height}:\n{text}");
                assert!(text.lines().count() <= height, "{width} x {height}:\n{text}");
            }
            if width >= LEAST && height > 1 {
                assert!(text.contains("function") && text.contains("_0"), "{width} x {height}:\n{text}");
            }
            if width >= 20 {
                assert!(height < 2 || text.contains("saved"), "{width} x {height}:\n{text}");
            }
        }
        let text = strip_str(&frame.fitted(10, 4)).to_string();
        assert_eq!(text, "function\n..nction_0\n..nction_1\n..nction_2\n");
    }

    #[test]
    fn frames_fit_every_terminal() {
        let frame = frame();
        for width in 40..=200 {
            let text = strip_str(&frame.lines(width, 5)).to_string();
            assert!(text.lines().all(|line| line.width() <= width), "{width}:\n{text}");
            assert!(text.contains("saved") && text.contains("And 4 functions that saved less."), "{width}:\n{text}");
            assert!(text.lines().count() <= 12, "{width}: no cards\n{text}");
        }
        assert_eq!(shortened("a::long::path", 8), "..::path");
        assert_eq!(shortened("文字の列", 7), "..の列");
    }
}
