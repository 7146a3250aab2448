//! `amorsize list`: the functions that have plans.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::path::Path;

use amorsize_store::clock::unix_seconds;
use amorsize_store::store::Store;
use amorsize_store::view::functions::Function;
use amorsize_store::view::places::Place;
use serde::Serialize;

use crate::answer::Answer;
use crate::args::Sort;
use crate::failure::Failure;
use crate::gains::{best, gain_of};
use crate::output::{GOOD, POOR};
use crate::table::{Cell, Column, Table};
use crate::words::{ago, bytes, clean, counted, paragraph, thousands};

/// The functions, and the machines that their plans are of.
#[derive(Debug, Serialize)]
pub(crate) struct List {
    cache_dir: String,
    /// Those that were asked for, up to the limit.
    functions: Vec<Function>,
    /// How many there are without the limit.
    matching: usize,
    places: Vec<Place>,
    /// Files of plans that cannot be used: what they hold is left out.
    unusable: usize,
    #[serde(skip)]
    pattern: Option<String>,
}

pub(crate) fn list(store: &Store, pattern: Option<&str>, sort: Sort, limit: Option<usize>) -> Result<List, Failure> {
    let wanted = pattern.map(str::to_lowercase).unwrap_or_default();
    let survey = store.survey(|id, path| {
        path.is_none_or(|path| path.to_lowercase().contains(&wanted)) || id.to_string().starts_with(&wanted)
    })?;
    let mut functions = survey.functions;
    // They are sorted by path already, and what is equal stays so.
    match sort {
        Sort::Name => {}
        Sort::Hits => functions.sort_by_key(|function| Reverse(function.hits)),
        Sort::Gain => functions.sort_by(|a, b| gain_of(b).total_cmp(&gain_of(a))),
        Sort::Size => functions.sort_by_key(|function| Reverse(function.bytes)),
        Sort::Used => functions.sort_by_key(|function| Reverse(function.used)),
    }
    let matching = functions.len();
    functions.truncate(limit.unwrap_or(usize::MAX));
    Ok(List {
        cache_dir: store.path().display().to_string(),
        functions,
        matching,
        places: survey.places,
        unusable: survey.unusable,
        pattern: pattern.map(str::to_owned),
    })
}

impl Answer for List {
    fn text(&self, width: usize) -> String {
        let table = if self.functions.is_empty() { String::new() } else { self.table().text(width) + "\n" };
        let mut out = table + &paragraph(&self.sum(), width);
        if self.unusable > 0 {
            let lost = format!("{} cannot be used: see `amorsize verify`.", counted(self.unusable as u64, "file"));
            out += &paragraph(&lost, width);
        }
        out
    }
}

impl List {
    fn table(&self) -> Table {
        let mut table = Table::new([
            ("function", Column::Path),
            ("id", id_column(self.functions.iter().map(|it| (it.function.as_str(), it.id.get())))),
            ("machine", Column::Whole),
            ("plans", Column::Number),
            ("best plan", Column::Phrase),
            ("hits", Column::Number),
            ("used", Column::Whole),
            ("size", Column::Spare),
        ]);
        for function in &self.functions {
            table.row([
                Cell::new(&function.function),
                Cell::new(short(&function.id.to_string())),
                machine(function, &self.places),
                Cell::new(thousands(function.plans.len() as u64)),
                best(function),
                Cell::new(thousands(function.hits)),
                Cell::new(ago(since(function.used))),
                Cell::new(bytes(function.bytes)),
            ]);
        }
        table
    }

    fn sum(&self) -> String {
        match &self.pattern {
            _ if !self.functions.is_empty() => {}
            _ if self.matching > 0 => {
                return format!("{} left out by --limit.", counted(self.matching as u64, "function"));
            }
            Some(pattern) if !self.places.is_empty() => {
                return format!("No function has {:?} in its path.", clean(pattern));
            }
            _ => return nothing_yet(Path::new(&self.cache_dir)),
        }
        let all = || self.functions.iter().flat_map(|function| &function.plans);
        let expired = match all().filter(|plan| plan.expired).count() {
            0 => String::new(),
            expired => format!(" ({} expired)", thousands(expired as u64)),
        };
        let mut sum = vec![
            counted(paths(&self.functions).len() as u64, "function"),
            counted(all().count() as u64, "plan") + &expired,
            bytes(self.functions.iter().map(|function| function.bytes).sum()),
        ];
        let more = self.matching - self.functions.len();
        if more > 0 {
            sum.push(format!("and {} more rows left out by --limit,", thousands(more as u64)));
        }
        format!("{} in {}", sum.join(", "), self.cache_dir)
    }
}

/// The paths of the functions, each once, whatever machine its plans are of.
pub(crate) fn paths(functions: &[Function]) -> BTreeSet<&str> {
    functions.iter().map(|function| function.function.as_str()).collect()
}

/// The identities are left out where there is no room for them, unless a path has several: versions of one function.
pub(crate) fn id_column<'a>(functions: impl Iterator<Item = (&'a str, u64)>) -> Column {
    let ids: BTreeSet<_> = functions.collect();
    let repeats = ids.iter().zip(ids.iter().skip(1)).any(|((path, _), (next, _))| path == next);
    if repeats { Column::Whole } else { Column::Spare }
}

/// The message for an empty cache.
pub(crate) fn nothing_yet(folder: &Path) -> String {
    format!(
        "Nothing is remembered yet in {}: run a program with an #[amorsize::auto] function, and what it learns is kept \
         here.",
        folder.display()
    )
}

/// The first digits of an identity, which are enough to tell functions apart.
pub(crate) fn short(id: &str) -> &str {
    id.get(..8).unwrap_or(id)
}

/// Seconds since a time in seconds since 1970.
pub(crate) fn since(time: u64) -> u64 {
    unix_seconds().saturating_sub(time)
}

/// The machine that the plans are of, and whether the build is a debug build.
fn machine(function: &Function, places: &[Place]) -> Cell {
    let place = places.iter().find(|place| place.id == function.fingerprint);
    let debug = place.and_then(|place| place.fingerprint.as_ref()).is_some_and(|it| it.build().debug_assertions());
    let build = if debug { ", debug" } else { "" };
    if function.here {
        return Cell::styled(GOOD, format!("here{build}"));
    }
    let limits = place.filter(|place| place.same_machine).and_then(limits);
    let name = limits.unwrap_or_else(|| short(&function.fingerprint.to_string()).to_owned());
    Cell::styled(POOR, name + build)
}

/// How the limits of this machine were, as in `pool of 3`, where its plans are not used for that. `None` if it is another
/// machine.
pub(crate) fn limits(place: &Place) -> Option<String> {
    let there = |name: &str| place.differences.iter().find(|it| it.part == name).map(|it| it.there.as_str());
    let pool = there("pool").map(|threads| format!("pool of {threads}"));
    let cores = || there("usable cores").map(|cores| format!("cores: {cores}"));
    let format = || there("format").map(|_| "older format".to_owned());
    pool.or_else(cores).or_else(format).filter(|_| place.same_machine)
}
