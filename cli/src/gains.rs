//! What plans are known to bring: measured, or only predicted.

use amorsize_store::rejection::Rejection;
use amorsize_store::view::functions::{Function, PlanInfo};
use amorsize_store::view::schedules::{Basis, ScheduleInfo};

use crate::output::POOR;
use crate::table::Cell;
use crate::words::{gain, time};

/// The plan of a function that helps most, as in `n_jobs=4, 3.80x`; or why none of them is used.
pub(crate) fn best(function: &Function) -> Cell {
    let mut usable = function.plans.iter().filter(|plan| is_usable(plan)).peekable();
    if usable.peek().is_none() {
        let reason = |plan: &PlanInfo| if plan.expired { Some(Rejection::Expired) } else { plan.rejected };
        let reason = function.plans.first().and_then(reason);
        return Cell::styled(POOR, reason.map_or("none", Rejection::name));
    }
    match best_of(usable) {
        Some(schedule) => Cell::new(format!("n_jobs={}, {}", schedule.n_jobs, gain_in_words(schedule))),
        None => Cell::new("plain loop"),
    }
}

/// The gain of that plan. Those that were measured are above all that are only predicted, and the plain loop below.
pub(crate) fn gain_of(function: &Function) -> f64 {
    match best_of_usable(&function.plans) {
        Some(schedule) if schedule.gain_basis.is_measured() => MEASURED + schedule.gain,
        Some(schedule) => schedule.gain,
        None => 0.0,
    }
}

/// More than any number of threads could bring.
const MEASURED: f64 = 1e6;

/// Whether it is used on the machine that it was learned on.
fn is_usable(plan: &PlanInfo) -> bool {
    !plan.expired && matches!(plan.rejected, None | Some(Rejection::Fingerprint))
}

/// Of the plans that are used the one with threads that gains most; `None` if nothing is better than the plain loop.
pub(crate) fn best_of_usable(plans: &[PlanInfo]) -> Option<&ScheduleInfo> {
    best_of(plans.iter().filter(|plan| is_usable(plan)))
}

/// Of the plans with threads the one that gains most. What was measured is preferred to what is predicted, unless it was a
/// loss. `None` if nothing is better than the plain loop.
fn best_of<'a>(plans: impl Iterator<Item = &'a PlanInfo>) -> Option<&'a ScheduleInfo> {
    let (plain, shared): (Vec<&ScheduleInfo>, Vec<&ScheduleInfo>) =
        plans.flat_map(|plan| [&plan.awake, &plan.asleep]).partition(|schedule| schedule.is_plain());
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
