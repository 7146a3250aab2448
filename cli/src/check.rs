//! `amorsize check`: whether the plans of an export hold here, and whether anything in it has become slower.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use amorsize_store::id::FunctionId;
use amorsize_store::machine::fingerprint::FingerprintId;
use amorsize_store::view::exports;
use amorsize_store::view::functions::{Function, PlanInfo};
use amorsize_store::view::schedules::ScheduleInfo;
use amorsize_store::view::survey::Survey;
use serde::Serialize;

use crate::answer::Answer;
use crate::args::BuildKind;
use crate::failure::Failure;
use crate::output::{BAD, GOOD};
use crate::words::{clean, counted, gain, line, paragraph, thousands, time};

/// What is to be checked of an export.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted<'a> {
    pub(crate) baseline: Option<&'a Path>,
    pub(crate) factor: f64,
    pub(crate) build: BuildKind,
}

/// The result of `amorsize check`.
#[derive(Debug, Serialize)]
pub(crate) struct Check {
    file: String,
    baseline: Option<String>,
    factor: f64,
    /// Functions of the file, by their paths.
    functions: usize,
    /// Those that have no plan for this machine.
    missing: Vec<Missing>,
    /// Plans that are slower than those of the baseline.
    slower: Vec<Slower>,
    /// Plans of the baseline that were compared with one of the file.
    compared: usize,
    /// Plans of the baseline that could not be, and why.
    not_compared: usize,
    not_compared_why: NotCompared,
}

/// Plans of the baseline that could not be compared.
#[derive(Debug, Default, Serialize)]
struct NotCompared {
    /// The file has none of the same function, instantiation, key and size of input.
    no_counterpart: usize,
    /// They are of other machines or builds.
    elsewhere: usize,
    /// What they expect was measured in one file, and is only predicted in the other.
    measured_in_one: usize,
}

/// A function without a plan for this machine.
#[derive(Debug, Serialize)]
struct Missing {
    function: String,
    /// Other machines, builds or limits that it has plans for.
    elsewhere: usize,
    /// Whether it is only in the baseline.
    gone: bool,
}

/// A plan that is slower than that of the baseline.
#[derive(Debug, Serialize)]
struct Slower {
    function: String,
    id: FunctionId,
    instantiation: Option<String>,
    key: Option<String>,
    items: (u64, u64),
    /// Whether that is while the pool is awake, or while it sleeps.
    awake: bool,
    /// What an item takes, ns: in the file, and in the baseline.
    expected_ns: f64,
    baseline_ns: f64,
    /// How many times as long that is.
    ratio: f64,
}

pub(crate) fn check(file: &Path, wanted: Wanted<'_>) -> Result<Check, Failure> {
    let survey = exports::survey(file)?;
    let before = wanted.baseline.map(exports::survey).transpose()?;
    let mut missing = missing(&survey, wanted.build);
    let mut check = Check {
        file: file.display().to_string(),
        baseline: wanted.baseline.map(|path| path.display().to_string()),
        factor: wanted.factor,
        functions: paths(&survey).len(),
        missing: Vec::new(),
        slower: Vec::new(),
        compared: 0,
        not_compared: 0,
        not_compared_why: NotCompared::default(),
    };
    if let Some(before) = &before {
        let known = paths(&survey);
        let gone = paths(before).into_iter().filter(|path| !known.contains(path));
        missing.extend(gone.map(|path| Missing { function: path.into(), elsewhere: 0, gone: true }));
        compare(&mut check, &plans(&survey, wanted.build), &plans(before, wanted.build));
        let elsewhere = before.functions.iter().filter(|function| !is_here(before, function, wanted.build));
        let why = &mut check.not_compared_why;
        why.elsewhere = elsewhere.map(|function| function.plans.len()).sum();
        check.not_compared = why.no_counterpart + why.elsewhere + why.measured_in_one;
    }
    check.missing = missing;
    Ok(check)
}

fn paths(survey: &Survey) -> BTreeSet<&str> {
    survey.functions.iter().map(|function| function.function.as_str()).collect()
}

/// Whether plans of this function are used on this machine, by programs of that kind of build.
fn is_here(survey: &Survey, function: &Function, build: BuildKind) -> bool {
    let parts = survey.places.iter().find(|place| place.id == function.fingerprint);
    let parts = parts.and_then(|place| place.fingerprint.as_ref());
    let is_debug = parts.is_some_and(|parts| parts.build().debug_assertions());
    function.here
        && match build {
            BuildKind::Any => true,
            BuildKind::Debug => is_debug,
            BuildKind::Release => !is_debug,
        }
}

fn missing(survey: &Survey, build: BuildKind) -> Vec<Missing> {
    // They are sorted by path.
    let same = survey.functions.chunk_by(|a, b| a.function == b.function);
    let unknown = same.filter(|same| !same.iter().any(|function| is_here(survey, function, build)));
    let missing = unknown.map(|same| {
        let places: BTreeSet<_> = same.iter().map(|function| function.fingerprint).collect();
        Missing { function: same[0].function.clone(), elsewhere: places.len(), gone: false }
    });
    missing.collect()
}

/// What tells a plan from others: path, place, instantiation, key and the fewest items. Identities are left out, because they
/// move with the code, and that is when it may have become slower.
type Same<'a> = (&'a str, FingerprintId, Option<&'a str>, Option<&'a str>, u64);

/// The plans that are used here. Of several versions of a function the one that was measured last counts.
fn plans(survey: &Survey, build: BuildKind) -> BTreeMap<Same<'_>, (FunctionId, &PlanInfo)> {
    let mut plans: BTreeMap<Same<'_>, (FunctionId, &PlanInfo)> = BTreeMap::new();
    for function in survey.functions.iter().filter(|function| is_here(survey, function, build)) {
        for plan in &function.plans {
            let (instantiation, key) = (plan.instantiation.as_deref(), plan.key.as_deref());
            let same = (function.function.as_str(), function.fingerprint, instantiation, key, plan.items.0);
            let newest = plans.entry(same).or_insert((function.id, plan));
            if plan.measured > newest.1.measured {
                *newest = (function.id, plan);
            }
        }
    }
    plans
}

fn compare(
    check: &mut Check,
    now: &BTreeMap<Same<'_>, (FunctionId, &PlanInfo)>,
    before: &BTreeMap<Same<'_>, (FunctionId, &PlanInfo)>,
) {
    for (same, (_, old)) in before {
        let Some((id, new)) = now.get(same) else {
            check.not_compared_why.no_counterpart += 1;
            continue;
        };
        let items = new.items;
        let slower = |awake: bool, new: &ScheduleInfo, old: &ScheduleInfo| Slower {
            function: same.0.into(),
            id: *id,
            instantiation: same.2.map(Into::into),
            key: same.3.map(Into::into),
            items,
            awake,
            expected_ns: new.expected_ns,
            baseline_ns: old.expected_ns,
            ratio: new.expected_ns / old.expected_ns,
        };
        let pairs = [(true, &new.awake, &old.awake), (false, &new.asleep, &old.asleep)];
        // A prediction says nothing about what was measured.
        let is_alike = |new: &ScheduleInfo, old: &ScheduleInfo| new.basis.is_measured() == old.basis.is_measured();
        let alike: Vec<_> = pairs.into_iter().filter(|(_, new, old)| is_alike(new, old)).collect();
        if alike.is_empty() {
            check.not_compared_why.measured_in_one += 1;
            continue;
        }
        check.compared += 1;
        let worst = alike
            .into_iter()
            .map(|(awake, new, old)| slower(awake, new, old))
            .filter(|slower| slower.baseline_ns > 0.0 && slower.ratio > check.factor)
            .max_by(|a, b| a.ratio.total_cmp(&b.ratio));
        check.slower.extend(worst);
    }
    check.slower.sort_by(|a, b| b.ratio.total_cmp(&a.ratio));
}

impl Answer for Check {
    fn text(&self, width: usize) -> String {
        let mut out = String::new();
        if !self.missing.is_empty() {
            let title = format!("No plan for this machine: {}", counted(self.missing.len() as u64, "function"));
            out += &line(BAD, &title);
            for Missing { function, elsewhere, gone } in &self.missing {
                let why = match elsewhere {
                    _ if *gone => "only in the baseline".into(),
                    1 => "plans for another machine or build".into(),
                    others => format!("plans for {} other machines or builds", thousands(*others as u64)),
                };
                out += &paragraph(&format!("  {}: {why}", clean(function)), width);
            }
        }
        if !self.slower.is_empty() {
            let title = format!("Slower than the baseline: {}", counted(self.slower.len() as u64, "plan"));
            out += &line(BAD, &title);
            for slower in &self.slower {
                out += &paragraph(&slower.text(), width);
            }
        }
        if !self.has_problems() {
            out += &line(GOOD, "Nothing is missing or slower.");
        }
        out += &paragraph(&format!("{} in {}.", counted(self.functions as u64, "function"), self.file), width);
        if let Some(baseline) = &self.baseline {
            let compared = format!("{} compared with {baseline}.", counted(self.compared as u64, "plan"));
            out += &paragraph(&compared, width);
        }
        if self.not_compared > 0 {
            let plans = counted(self.not_compared as u64, "plan");
            let why = self.not_compared_why.in_words();
            out += &paragraph(&format!("{plans} of the baseline not compared: {why}."), width);
        }
        out
    }

    fn has_problems(&self) -> bool {
        !self.missing.is_empty() || !self.slower.is_empty()
    }
}

impl NotCompared {
    fn in_words(&self) -> String {
        let reasons = [
            (self.no_counterpart, "without a counterpart in the file"),
            (self.elsewhere, "of other machines or builds"),
            (self.measured_in_one, "measured in one file and predicted in the other"),
        ];
        let reasons = reasons.into_iter().filter(|(count, _)| *count > 0);
        reasons.map(|(count, why)| format!("{} {why}", thousands(count as u64))).collect::<Vec<_>>().join(", ")
    }
}

impl Slower {
    fn text(&self) -> String {
        let Self { function, instantiation, key, items: (first, last), awake, .. } = self;
        let instantiation = instantiation.as_ref().map_or_else(String::new, |name| format!(", {}", clean(name)));
        let key = key.as_ref().map_or_else(String::new, |key| format!(", key {key}"));
        let what = clean(function) + &instantiation + &key;
        let pool = if *awake { "awake" } else { "asleep" };
        let (first, last) = (thousands(*first), thousands(*last));
        let (now, before, ratio) = (time(self.expected_ns), time(self.baseline_ns), gain(self.ratio));
        format!("  {what}, {first} to {last} items: {now} an item, {before} in the baseline: {ratio} (pool {pool})")
    }
}
