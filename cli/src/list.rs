//! `amorsize list`: the functions that have plans.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use amorsize_store::health::{Problem, ProblemKind};
use amorsize_store::record::schedule::Schedule;
use amorsize_store::store::Store;
use amorsize_store::view::functions::{Function, PlanInfo};
use amorsize_store::view::places::Place;
use serde::Serialize;

use crate::answer::Answer;
use crate::failure::Failure;
use crate::output::{GOOD, POOR};
use crate::table::{Cell, Column, Table};
use crate::words::{ago, bytes, counted, gain, paragraph, thousands};

/// The functions, and the machines that their plans are of.
#[derive(Debug, Serialize)]
pub(crate) struct List {
    cache_dir: String,
    functions: Vec<Function>,
    places: Vec<Place>,
    /// Files that cannot be used: what they hold is left out.
    unusable: usize,
}

pub(crate) fn list(store: &Store) -> Result<List, Failure> {
    let is_lost = |problem: &&Problem| matches!(problem.kind, ProblemKind::Damaged | ProblemKind::Unreadable);
    Ok(List {
        cache_dir: store.path().display().to_string(),
        functions: store.functions()?,
        places: store.places()?,
        unusable: store.verify()?.problems.iter().filter(is_lost).count(),
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
            ("id", Column::Spare),
            ("machine", Column::Whole),
            ("plans", Column::Number),
            ("best plan", Column::Whole),
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
                Cell::new(best(&function.plans)),
                Cell::new(thousands(function.hits)),
                Cell::new(ago(since(function.used))),
                Cell::new(bytes(function.bytes)),
            ]);
        }
        table
    }

    fn sum(&self) -> String {
        if self.functions.is_empty() {
            return nothing_yet(Path::new(&self.cache_dir));
        }
        let plans: usize = self.functions.iter().map(|function| function.plans.len()).sum();
        format!(
            "{}, {}, {} in {}",
            counted(paths(&self.functions).len() as u64, "function"),
            counted(plans as u64, "plan"),
            bytes(self.functions.iter().map(|function| function.bytes).sum()),
            self.cache_dir
        )
    }
}

/// The paths of the functions, each once, whatever machine its plans are of.
pub(crate) fn paths(functions: &[Function]) -> BTreeSet<&str> {
    functions.iter().map(|function| function.function.as_str()).collect()
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
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_secs()).saturating_sub(time)
}

/// The machine that the plans are of, and whether the build is a debug build.
fn machine(function: &Function, places: &[Place]) -> Cell {
    let place = places.iter().find(|place| place.id == function.fingerprint);
    let debug = place.and_then(|place| place.fingerprint.as_ref()).is_some_and(|it| it.build().debug_assertions());
    let build = if debug { ", debug" } else { "" };
    if function.here {
        Cell::styled(GOOD, format!("here{build}"))
    } else {
        Cell::styled(POOR, format!("{}{build}", short(&function.fingerprint.to_string())))
    }
}

/// The plan that helps most.
fn best(plans: &[PlanInfo]) -> String {
    let schedules =
        plans.iter().flat_map(|plan| [plan.awake, plan.asleep].map(|schedule| (schedule, speed_up(plan, schedule))));
    let shared = schedules.filter(|(schedule, _)| !schedule.is_plain());
    match shared.max_by(|a, b| a.1.total_cmp(&b.1)) {
        Some((schedule, by)) => format!("n_jobs={}, {}", schedule.n_jobs, gain(by)),
        None => "plain loop".into(),
    }
}

/// How many times as fast as the plain loop.
pub(crate) fn speed_up(plan: &PlanInfo, schedule: Schedule) -> f64 {
    if schedule.expected > 0.0 { plan.serial_ns / f64::from(schedule.expected) } else { 1.0 }
}
