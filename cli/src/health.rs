//! `amorsize verify` and `amorsize repair`: what is wrong with the cache folder, and what is done about it.

use std::collections::BTreeMap;
use std::path::Path;

use amorsize_store::health::{Health, Problem, ProblemKind};
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
    /// How many problems of each kind there are, named or not.
    found: BTreeMap<ProblemKind, usize>,
}

/// So many problems of a kind are named in a text, unless somebody asks for another number.
const NAMED: usize = 20;

pub(crate) fn verify(store: &Store, limit: Option<usize>, json: bool) -> Result<Verified, Failure> {
    let mut health = store.verify()?;
    let found = count(&health.problems);
    let limit = limit.unwrap_or(if json { usize::MAX } else { NAMED });
    health.problems = shortened(&health.problems, limit);
    Ok(Verified { cache_dir: store.path().display().to_string(), health, found })
}

/// How many there are of each kind.
fn count(problems: &[Problem]) -> BTreeMap<ProblemKind, usize> {
    let mut found = BTreeMap::new();
    for problem in problems {
        *found.entry(problem.kind).or_default() += 1;
    }
    found
}

/// The first of each kind. They are sorted by kind.
fn shortened(problems: &[Problem], limit: usize) -> Vec<Problem> {
    let kinds = problems.chunk_by(|a, b| a.kind == b.kind);
    kinds.flat_map(|problems| &problems[..limit.min(problems.len())]).cloned().collect()
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
        if !self.found.is_empty() {
            let table = table(&self.cache_dir, problems, &self.found, "cure").text(width);
            out += &["\n", &table, "\n", &paragraph(&advice(&self.found), width)].concat();
        }
        out
    }

    fn has_problems(&self) -> bool {
        !self.found.is_empty()
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

fn advice(found: &BTreeMap<ProblemKind, usize>) -> String {
    let all: usize = found.values().sum();
    let repairable: usize = found.iter().filter(|(kind, _)| kind.is_repairable()).map(|(_, count)| count).sum();
    let found = counted(all as u64, "problem");
    match repairable {
        0 => format!("{found}, which only you can repair."),
        _ if repairable == all => format!("{found}: `amorsize repair --apply` repairs that."),
        _ => {
            let repairable = thousands(repairable as u64);
            format!("{found}: `amorsize repair --apply` repairs {repairable}, and the rest only you can.")
        }
    }
}

/// The problems that are named, and how many more of each kind were found. The last column says what cures them, or why
/// that was not done.
fn table(folder: &str, named: &[Problem], found: &BTreeMap<ProblemKind, usize>, last: &'static str) -> Table {
    let mut table = Table::new([("where", Column::Path), ("what is wrong", Column::Prose), (last, Column::Prose)]);
    for (&kind, &count) in found {
        let problems: Vec<_> = named.iter().filter(|problem| problem.kind == kind).collect();
        for problem in &problems {
            table.row([
                Cell::new(within(folder, &problem.path)),
                Cell::styled(POOR, &problem.what),
                Cell::new(problem.not_repaired.as_ref().unwrap_or(&problem.cure)),
            ]);
        }
        if count > problems.len() {
            let more = thousands((count - problems.len()) as u64);
            table.row([Cell::new(format!("and {more} more")), kind_in_words(kind).into(), kind.cure().into()]);
        }
    }
    table
}

/// What is wrong with many files at once.
fn kind_in_words(kind: ProblemKind) -> &'static str {
    match kind {
        ProblemKind::Damaged => "damaged",
        ProblemKind::Unreadable => "unreadable",
        ProblemKind::Rights => "others have rights",
        ProblemKind::Owner => "somebody else's",
        ProblemKind::HardLink => "has another name",
        ProblemKind::Foreign => "not Amorsize's",
        ProblemKind::Abandoned => "left behind",
        _ => "of the same kind",
    }
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
        let mut part = |title: &str, problems: &[Problem], last| {
            if !problems.is_empty() {
                let named = shortened(problems, NAMED);
                let table = table(&self.cache_dir, &named, &count(problems), last).text(width);
                parts.push(line(STRONG, title) + &table);
            }
        };
        let (mended, left) = if self.applied {
            ("Repaired", ("Not repaired", "why not"))
        } else {
            ("Would be repaired", ("Cannot be repaired", "cure"))
        };
        part(mended, &self.mended, "cure");
        part(left.0, &self.left, left.1);
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
