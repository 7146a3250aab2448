//! `amorsize show`: all that is remembered of a function, and whether it is used here.

use amorsize_store::insight::waiting;
use amorsize_store::machine::fingerprint::Machine;
use amorsize_store::rejection::Rejection;
use amorsize_store::store::Store;
use amorsize_store::view::functions::{Function, PlanInfo, is_called};
use amorsize_store::view::places::Place;
use amorsize_store::view::schedules::ScheduleInfo;
use amorsize_store::view::survey::Survey;
use serde::Serialize;

use crate::answer::Answer;
use crate::failure::Failure;
use crate::gains::{expected, gain_and_basis};
use crate::list::{limits, nothing_yet, since};
use crate::output::{GOOD, POOR, STRONG};
use crate::table::{Cell, Column, Table, pairs};
use crate::tried;
use crate::words::{ago, bytes, clean, counted, duration, line, paragraph, thousands, time};

/// The functions of a name, and the machines that their plans are of.
#[derive(Debug, Serialize)]
pub(crate) struct Show {
    cache_dir: String,
    functions: Vec<Function>,
    places: Vec<Place>,
}

pub(crate) fn show(store: &Store, name: &str) -> Result<Show, Failure> {
    let Survey { functions, mut places, .. } = matching(store, name)?;
    places.retain(|place| functions.iter().any(|function| function.fingerprint == place.id));
    Ok(Show { cache_dir: store.path().display().to_string(), functions, places })
}

/// An identity may be cut to as few digits as this.
pub(crate) const SHORTEST_ID: usize = 4;
/// Digits of a whole identity.
const ID: usize = 16;

/// The functions that a person means by `name`: those of that identity, or of which it is the path or the end of it, or
/// else those whose identity begins with it.
///
/// # Errors
/// If there is none.
pub(crate) fn matching(store: &Store, name: &str) -> Result<Survey, Failure> {
    let is_id = name.len() == ID && name.bytes().all(|b| b.is_ascii_hexdigit());
    let found = store.survey(|id, path| match path {
        Some(path) => is_called(path, id, name),
        None => !is_id || id.to_string().eq_ignore_ascii_case(name),
    })?;
    if !found.functions.is_empty() {
        return Ok(found);
    }
    if name.len() >= SHORTEST_ID {
        let digits = name.to_ascii_lowercase();
        let found = store.survey(|id, _| id.to_string().starts_with(&digits))?;
        if !found.functions.is_empty() {
            return Ok(found);
        }
    }
    let all = store.functions()?;
    Err(Failure::new(match found.unusable {
        _ if !all.is_empty() => unknown(name, &all),
        0 => nothing_yet(store.path()).replacen('N', "n", 1),
        files => format!("nothing can be read of {}: see `amorsize verify`", counted(files as u64, "file")),
    }))
}

/// That there is no such function, and what may have been meant.
fn unknown(name: &str, all: &[Function]) -> String {
    let last = name.rsplit("::").next().unwrap_or(name).to_lowercase();
    let is_like = |path: &str| {
        let own = path.rsplit("::").next().unwrap_or(path).to_lowercase();
        !last.is_empty() && (own.contains(&last) || last.contains(&own))
    };
    let mut like: Vec<_> = all.iter().map(|function| clean(&function.function)).filter(|path| is_like(path)).collect();
    like.dedup();
    like.truncate(5);
    let hint = if like.is_empty() {
        format!("{} can be seen with `amorsize list`", counted(all.len() as u64, "function"))
    } else {
        format!("did you mean {}?", like.join(" or "))
    };
    format!("nothing is remembered of a function {:?}; {hint}", clean(name))
}

impl Answer for Show {
    fn text(&self, width: usize) -> String {
        let place = |function: &Function| self.places.iter().find(|place| place.id == function.fingerprint);
        let parts = self.functions.iter().map(|function| describe(function, place(function), width));
        parts.collect::<Vec<_>>().join("\n")
    }
}

fn describe(function: &Function, place: Option<&Place>, width: usize) -> String {
    let mut out = line(STRONG, &clean(&function.function));
    let build = place.and_then(|place| place.fingerprint.as_ref()).map(|fingerprint| fingerprint.build().to_string());
    out += &pairs(
        &[
            ("id", Cell::new(function.id.to_string())),
            ("machine", machine(function, place)),
            ("build", Cell::new(build.unwrap_or_else(|| "unknown".into()))),
            ("hits", Cell::new(thousands(function.hits))),
            ("last used", Cell::new(ago(since(function.used)))),
            ("on disk", Cell::new(format!("{}, {}", plural(function.plans.len()), bytes(function.bytes)))),
        ],
        width,
    );
    // The plans are in the order of instantiation and key.
    let kind_of = |plan: &PlanInfo| (plan.instantiation.clone(), plan.key.clone(), plan.blocking);
    let kinds = function.plans.chunk_by(|a, b| kind_of(a) == kind_of(b));
    for plans in kinds {
        out.push('\n');
        if let Some(title) = kind(&function.function, &plans[0]) {
            out += &paragraph(&title, width);
        }
        out += &table(plans).text(width);
        if let Some(tried) = tried::table(plans) {
            out.push('\n');
            out += &tried.text(width);
        }
        for note in notes(plans, place) {
            out += &paragraph(&note, width);
        }
    }
    out += &paragraph("Times are per item.", width);
    if let Some(advice) = waiting::advice(&function.plans).filter(|_| function.here) {
        out += &paragraph(&advice, width);
    }
    out
}

fn plural(plans: usize) -> String {
    counted(plans as u64, "plan")
}

/// Which machine the plans are of.
fn machine(function: &Function, place: Option<&Place>) -> Cell {
    let parts = place.and_then(|place| place.fingerprint.as_ref()).map_or_else(
        || "its parts are not known".into(),
        |fingerprint| format!("{}, pool of {}", machine_in_words(&fingerprint.machine), fingerprint.pool),
    );
    let id = function.fingerprint;
    match place.filter(|place| place.same_machine) {
        Some(_) if function.here => Cell::new(format!("this one ({id}): {parts}")),
        Some(place) => {
            let limits = limits(place).unwrap_or_default();
            Cell::styled(POOR, format!("this one, {limits} ({id}): {parts}"))
        }
        None => Cell::styled(POOR, format!("another one ({id}): {parts}")),
    }
}

/// A machine on one line.
pub(crate) fn machine_in_words(machine: &Machine) -> String {
    let cpu = if machine.cpu.is_empty() { "unknown processor" } else { &machine.cpu };
    format!(
        "{cpu}, {} of {}, {} of memory, {} {}",
        machine.usable_cores,
        counted(u64::from(machine.logical_cores), "core"),
        memory(machine),
        machine.os,
        machine.arch
    )
}

/// As exactly as it is part of a fingerprint.
pub(crate) fn memory(machine: &Machine) -> String {
    let log2 = machine.memory_log2.min(62);
    format!("{} to {}", bytes(1 << log2), bytes(2 << log2))
}

/// Which instantiation and key these plans are of, where there is more than one, and whether they are for the option `blocking`.
fn kind(function: &str, plan: &PlanInfo) -> Option<String> {
    // `score<u8>` of `crate::text::score<u8>`.
    let module = function.rfind("::").map_or("", |at| &function[..at + 2]);
    let instantiation = plan.instantiation.as_ref().map(|name| clean(name.strip_prefix(module).unwrap_or(name)));
    let key = plan.key.as_ref().map(|key| format!("key {key}"));
    let blocking = plan.blocking.then(|| "with the option blocking".to_owned());
    let parts: Vec<_> = [instantiation, key, blocking].into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

fn table(plans: &[PlanInfo]) -> Table {
    let mut table = Table::new([
        ("items", Column::Whole),
        ("plain loop", Column::Whole),
        ("pool awake", Column::Whole),
        ("pool asleep", Column::Whole),
        ("learned", Column::Whole),
        ("used here", Column::Whole),
    ]);
    for plan in plans {
        let used = match reasons(plan) {
            reasons if reasons.is_empty() => Cell::styled(GOOD, "yes"),
            reasons => {
                let names: Vec<_> = ["no"].into_iter().chain(reasons.into_iter().map(Rejection::name)).collect();
                Cell::styled(POOR, names.join("\n"))
            }
        };
        let serial = if plan.serial_basis.is_measured() { "measured" } else { "estimated" };
        table.row([
            Cell::new(format!("{}\n{}", range(plan.items), plan.size)),
            Cell::new(format!("{}\n{serial}\n{}{}", time(plan.serial_ns), plan.time, waits(plan))),
            Cell::new(schedule(&plan.awake, true)),
            Cell::new(schedule(&plan.asleep, false)),
            Cell::new(format!("{}\n{}", counted(plan.samples, "sample"), ago(plan.age))),
            used,
        ]);
    }
    table
}

/// What part of its time an item waits, on a line of its own.
fn waits(plan: &PlanInfo) -> String {
    let share = plan.blocking_share.filter(|share| *share >= WORTH_SAYING);
    share.map_or_else(String::new, |share| format!("\nwaits {:.0}%", 100.0 * share))
}

/// A smaller part of an item's time that it waits is not said.
const WORTH_SAYING: f64 = 0.1;

fn range((first, last): (u64, u64)) -> String {
    if first == last { thousands(first) } else { format!("{}\nto {}", thousands(first), thousands(last)) }
}

fn schedule(schedule: &ScheduleInfo, awake: bool) -> String {
    let mut lines = if schedule.is_plain() {
        vec!["plain loop".to_owned(), expected(schedule, awake)]
    } else {
        let n_jobs = format!("n_jobs={}", schedule.n_jobs);
        let chunksize = format!("chunksize={}", schedule.chunksize);
        vec![n_jobs, chunksize, expected(schedule, awake), gain_and_basis(schedule)]
    };
    if !schedule.settled {
        lines.push("still learning".into());
    }
    lines.join("\n")
}

/// Why a plan is not used here, and nowhere else if it is too old.
fn reasons(plan: &PlanInfo) -> Vec<Rejection> {
    let expired = plan.expired && plan.rejected != Some(Rejection::Expired);
    plan.rejected.into_iter().chain(expired.then_some(Rejection::Expired)).collect()
}

/// Why plans are not used here.
fn notes(plans: &[PlanInfo], place: Option<&Place>) -> Vec<String> {
    let mut notes: Vec<String> = Vec::new();
    for plan in plans {
        for reason in reasons(plan) {
            if !notes.iter().any(|note| note.starts_with(reason.name())) {
                notes.push(format!("{}: {}.", reason.name(), why(reason, plan, place)));
            }
        }
    }
    notes
}

fn why(reason: Rejection, plan: &PlanInfo, place: Option<&Place>) -> String {
    match (reason, place) {
        (Rejection::Fingerprint, Some(place)) if !place.differences.is_empty() => {
            let parts = place.differences.iter().map(|difference| {
                format!(
                    "{} is {} there and {} here",
                    difference.part,
                    clean(&difference.there),
                    clean(&difference.here)
                )
            });
            let parts = parts.collect::<Vec<_>>().join("; ");
            if place.same_machine {
                format!("it was learned on this machine with another pool or other limits: {parts}")
            } else {
                format!("it belongs to another machine: {parts}")
            }
        }
        (Rejection::Fingerprint, _) => "it is not known which machine it belongs to".into(),
        (Rejection::Expired, _) => format!("{reason}: such plans are believed for {}", duration(plan.ttl)),
        _ => reason.to_string(),
    }
}
