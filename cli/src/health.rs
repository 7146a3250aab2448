//! `amorsize verify` and `amorsize repair`: what is wrong with the cache folder, and what is done about it.

use std::path::Path;

use amorsize_store::health::{Health, Problem};
use amorsize_store::store::Store;
use anstyle::Style;
use serde::Serialize;

use crate::answer::Answer;
use crate::failure::Failure;
use crate::output::{BAD, GOOD, POOR, STRONG};
use crate::table::{Cell, Column, Table, pairs};
use crate::words::{bytes, counted, line, paragraph, thousands};

/// How healthy the folder is.
#[derive(Debug, Serialize)]
pub(crate) struct Verified {
    cache_dir: String,
    #[serde(flatten)]
    health: Health,
}

pub(crate) fn verify(store: &Store) -> Result<Verified, Failure> {
    Ok(Verified { cache_dir: store.path().display().to_string(), health: store.verify()? })
}

impl Answer for Verified {
    fn text(&self, width: usize) -> String {
        let Health { problems, files, plans, expired, bytes: size, .. } = &self.health;
        let mut expired_plans = thousands(*expired as u64);
        if *expired > 0 {
            expired_plans += ", not used: `amorsize prune` removes them";
        }
        let mut out = pairs(
            &[
                ("health", score(&self.health)),
                ("cache", Cell::new(&self.cache_dir)),
                ("files", Cell::new(format!("{}, {}", thousands(*files as u64), bytes(*size)))),
                ("plans", Cell::new(thousands(*plans as u64))),
                ("expired", Cell::new(expired_plans)),
            ],
            width,
        );
        if !problems.is_empty() {
            let table = table(&self.cache_dir, problems).text(width);
            out += &["\n", &table, "\n", &paragraph(&advice(problems), width)].concat();
        }
        out
    }

    fn has_problems(&self) -> bool {
        !self.health.problems.is_empty()
    }
}

/// The health score as a table cell.
pub(crate) fn score(health: &Health) -> Cell {
    let style: Style = match health.score {
        90.. => GOOD,
        50.. => POOR,
        _ => BAD,
    };
    Cell::styled(style, format!("{} of 100", health.score))
}

fn advice(problems: &[Problem]) -> String {
    let repairable = problems.iter().filter(|problem| problem.kind.is_repairable()).count();
    let found = counted(problems.len() as u64, "problem");
    match repairable {
        0 => format!("{found}, which only you can repair."),
        _ if repairable == problems.len() => format!("{found}: `amorsize repair --apply` repairs that."),
        _ => format!("{found}: `amorsize repair --apply` repairs {repairable}, and the rest only you can."),
    }
}

fn table(folder: &str, problems: &[Problem]) -> Table {
    let mut table = Table::new([("where", Column::Path), ("what is wrong", Column::Prose), ("cure", Column::Prose)]);
    for problem in problems {
        table.row([
            Cell::new(within(folder, &problem.path)),
            Cell::styled(POOR, &problem.what),
            Cell::new(&problem.cure),
        ]);
    }
    table
}

/// A path relative to the cache folder.
fn within(folder: &str, path: &Path) -> String {
    match path.strip_prefix(folder) {
        Ok(below) if !below.as_os_str().is_empty() => below.display().to_string(),
        _ => path.display().to_string(),
    }
}

/// What a repair does, or would.
#[derive(Debug, Serialize)]
pub(crate) struct Repaired {
    cache_dir: String,
    /// Whether anything was changed, or only looked at.
    applied: bool,
    /// What was repaired, or would be.
    mended: Vec<Problem>,
    /// What cannot be.
    left: Vec<Problem>,
}

/// What a repair would do.
pub(crate) fn preview_repair(store: &Store) -> Result<Repaired, Failure> {
    let problems = store.verify()?.problems;
    let (mended, left) = problems.into_iter().partition(|problem| problem.kind.is_repairable());
    Ok(Repaired { cache_dir: store.path().display().to_string(), applied: false, mended, left })
}

pub(crate) fn repair(store: &Store) -> Result<Repaired, Failure> {
    let (mended, left) = store.repair()?;
    Ok(Repaired { cache_dir: store.path().display().to_string(), applied: true, mended, left })
}

impl Answer for Repaired {
    fn text(&self, width: usize) -> String {
        let mut parts = Vec::new();
        let mut part = |title: &str, problems: &[Problem]| {
            if !problems.is_empty() {
                let table = table(&self.cache_dir, problems).text(width);
                parts.push(line(STRONG, title) + &table);
            }
        };
        part(if self.applied { "Repaired" } else { "Would be repaired" }, &self.mended);
        part(if self.applied { "Not repaired" } else { "Cannot be repaired" }, &self.left);
        let last = match (self.applied, self.mended.len()) {
            _ if parts.is_empty() => format!("Nothing is wrong with {}.", self.cache_dir),
            (_, 0) => "Nothing was changed.".to_owned(),
            (true, mended) => format!("{} repaired.", counted(mended as u64, "problem")),
            (false, _) => "Nothing was changed: `amorsize repair --apply` does it.".to_owned(),
        };
        parts.push(paragraph(&last, width));
        parts.join("\n")
    }

    fn has_problems(&self) -> bool {
        !self.left.is_empty() || !self.applied && !self.mended.is_empty()
    }
}
