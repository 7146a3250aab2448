//! What plans are known to bring: measured, or only predicted.

use amorsize_store::rejection::Rejection;
use amorsize_store::view::functions::{Function, PlanInfo};
use amorsize_store::view::schedules::{Basis, ScheduleInfo};

use crate::output::POOR;
use crate::table::Cell;
use crate::words::{gain, time};

/// The plan of a function that helps most, as in `n_jobs=4, 3.80x`; or why none of them is used.
pub(crate) fn best(function: &Function) -> Cell {
    if !function.plans.iter().any(|plan| Candidate::of(plan).is_usable) {
        let reason = |plan: &PlanInfo| if plan.expired { Some(Rejection::Expired) } else { plan.rejected };
        let reason = function.plans.first().and_then(reason);
        return Cell::styled(POOR, reason.map_or("none", Rejection::name));
    }
    match best_of(function.plans.iter().map(Candidate::of)) {
        Some(schedule) => Cell::new(format!("n_jobs={}, {}", schedule.n_jobs, gain_in_words(&schedule))),
        None => Cell::new("plain loop"),
    }
}

/// The gain of that plan. Those that were measured are above all that are only predicted, and the plain loop below.
pub(crate) fn gain_of(function: &Function) -> f64 {
    match best_of(function.plans.iter().map(Candidate::of)) {
        Some(schedule) if schedule.gain_basis.is_measured() => MEASURED + schedule.gain,
        Some(schedule) => schedule.gain,
        None => 0.0,
    }
}

/// More than any number of threads could bring.
const MEASURED: f64 = 1e6;

/// What of a plan matters to find the best one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Candidate {
    is_usable: bool,
    schedules: [ScheduleInfo; 2],
}

impl Candidate {
    pub(crate) fn of(plan: &PlanInfo) -> Self {
        Self::new(plan.expired, plan.rejected.map(Rejection::name), [plan.awake, plan.asleep])
    }

    /// `rejected`: why the plan is not used here. On the machine that it was learned on, it is used all the same.
    pub(crate) fn new(expired: bool, rejected: Option<&str>, schedules: [ScheduleInfo; 2]) -> Self {
        let is_rejected = rejected.is_some_and(|reason| reason != Rejection::Fingerprint.name());
        Self { is_usable: !expired && !is_rejected, schedules }
    }
}

/// Of the plans that are used, the one with threads that gains most. What was measured is preferred to what is predicted,
/// unless it was a loss. `None` if nothing is better than the plain loop.
pub(crate) fn best_of(plans: impl Iterator<Item = Candidate>) -> Option<ScheduleInfo> {
    let (plain, shared): (Vec<_>, Vec<_>) =
        plans.filter(|plan| plan.is_usable).flat_map(|plan| plan.schedules).partition(ScheduleInfo::is_plain);
    let best = shared.into_iter().max_by(|a, b| {
        let is_measured = |schedule: &ScheduleInfo| schedule.gain_basis.is_measured() && schedule.gain > 1.0;
        is_measured(a).cmp(&is_measured(b)).then(a.gain.total_cmp(&b.gain))
    });
    best.filter(|schedule| schedule.gain > 1.0 || plain.is_empty())
}

/// `1.96x`, and whether that is only a prediction.
fn gain_in_words(schedule: &ScheduleInfo) -> String {
    let predicted = if schedule.gain_basis.is_measured() { "" } else { " predicted" };
    gain(schedule.gain) + predicted
}

/// What an item is expected to take, and what that rests on, on a line or two.
pub(crate) fn expected(schedule: &ScheduleInfo, awake: bool) -> String {
    let basis = match schedule.basis {
        Basis::Measured => "measured",
        Basis::MeasuredAtOther if awake => "measured\nwhile asleep",
        Basis::MeasuredAtOther => "measured\nwhile awake",
        _ => "predicted",
    };
    format!("{} {basis}", time(schedule.expected_ns))
}

/// The gain and what it rests on.
pub(crate) fn gain_and_basis(schedule: &ScheduleInfo) -> String {
    let basis = if schedule.gain_basis.is_measured() { "measured" } else { "predicted" };
    format!("{} {basis}", gain(schedule.gain))
}
