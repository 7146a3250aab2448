//! The functions and their plans.

use amorsize_store::view::functions::PlanInfo;
use amorsize_store::view::schedules::{Basis, ScheduleInfo};
use amorsize_store::view::snapshot::FunctionSnapshot;
use amorsize_store::words::{clean, counted, gain, thousands};
use maud::{Markup, html};

use crate::words::{rate, time};

/// The most functions that are shown, and the most plans of one.
const MOST: usize = 50;
const MOST_PLANS: usize = 12;
/// A smaller part of an item's time that it waits is not said.
const WORTH_SAYING: f64 = 0.1;

pub(super) fn functions(functions: &[FunctionSnapshot]) -> Markup {
    let mut shown: Vec<_> = functions.iter().collect();
    shown.sort_by_key(|it| std::cmp::Reverse((it.counts.saved_ns, it.counts.requests())));
    shown.truncate(MOST);
    let gains = shown.iter().flat_map(|it| &it.plans).map(|plan| plan.awake.gain);
    let widest = gains.filter(|gain| gain.is_finite()).fold(2.0, f64::max);
    html! {
        section aria-labelledby="functions" {
            h2 #functions { "Functions" }
            @if functions.is_empty() {
                p.empty { "Nothing was counted yet: call a function with " code { "#[amorsize::auto]" } " on it." }
            } @else {
                table.functions {
                    caption {
                        "Those that saved most come first. Times are of one item. What is not marked was measured; a gain \
                         is predicted unless both the plan and the plain loop were measured."
                    }
                    thead {
                        tr {
                            th scope="col" { "Items" }
                            th scope="col" { "Plan" }
                            th.number scope="col" { "Plain loop" }
                            th.number scope="col" { "This plan" }
                            th.number scope="col" { "Gain" }
                        }
                    }
                    @for function in shown { (rows(function, widest)) }
                }
                @if functions.len() > MOST {
                    p.more {
                        "And " (counted((functions.len() - MOST) as u64, "function")) " that saved less: "
                        a href="analytics/dashboard" { "all of them as JSON" } "."
                    }
                }
            }
        }
    }
}

fn rows(function: &FunctionSnapshot, widest: f64) -> Markup {
    let (counts, plans) = (&function.counts, &function.plans);
    html! {
        tbody {
            tr {
                th.function scope="rowgroup" colspan="5" {
                    span.path { bdi { (path(&function.function)) } }
                    span.facts {
                        span { (counted(counts.hits, "hit")) @if counts.requests() > 0 { " (" (rate(counts.hit_rate())) ")" } }
                        span { (counted(counts.misses, "miss")) }
                        @if counts.shared > 0 || counts.saved_ns != 0 { span { (time(counts.saved_ns as f64)) " saved" } }
                        @if counts.errors > 0 { span.warn { (counted(counts.errors, "error")) } }
                        @if counts.drift_alarms > 0 { span.warn { (counted(counts.drift_alarms, "drift alarm")) } }
                    }
                }
            }
            @for plan in plans.iter().take(MOST_PLANS) { (row(plan, widest)) }
            @if plans.is_empty() { tr { td.note colspan="5" { "no plan yet" } } }
            @if plans.len() > MOST_PLANS {
                tr { td.note colspan="5" { "and " (counted((plans.len() - MOST_PLANS) as u64, "plan")) " more" } }
            }
        }
    }
}

fn row(plan: &PlanInfo, widest: f64) -> Markup {
    let schedule = &plan.awake;
    html! {
        tr {
            td {
                (thousands(plan.items.0)) "\u{2013}" wbr; (thousands(plan.items.1))
                @if let Some(instantiation) = &plan.instantiation { small { (path(instantiation)) } }
                @if let Some(key) = &plan.key { small { "key " (clean(key)) } }
                @if plan.blocking { small { "blocking" } }
            }
            td {
                (threads(schedule))
                @if !schedule.is_plain() { span.chunks { "chunks of " (thousands(schedule.chunksize as u64)) } }
                @if threads(schedule) != threads(&plan.asleep) { small { "asleep: " (threads(&plan.asleep)) } }
                @if !schedule.settled { small { "still learning" } }
                @if let Some(why) = plan.rejected { small.warn { "not used: " (why.name()) } }
            }
            td.number {
                (time(plan.serial_ns)) (mark(plan.serial_basis, "estimated"))
                @if let Some(share) = plan.blocking_share.filter(|share| *share >= WORTH_SAYING) {
                    small { "waits " (format!("{:.0}%", 100.0 * share)) }
                }
            }
            td.number {
                @if schedule.is_plain() { span.same { "the same" } } @else {
                    (time(schedule.expected_ns)) (mark(schedule.basis, "predicted"))
                }
            }
            td.number { @if schedule.is_plain() { span.same { "none" } } @else { (gained(schedule, widest)) } }
        }
    }
}

/// The gain, and how it compares with the plain loop and the greatest of the page.
fn gained(schedule: &ScheduleInfo, widest: f64) -> Markup {
    let is_measured = schedule.gain_basis.is_measured();
    let class = if is_measured { "measured" } else { "predicted" };
    // A file may hold any number, also one that is none.
    let share = if schedule.gain.is_finite() { (schedule.gain / widest).clamp(0.0, 1.0) } else { 0.0 };
    html! {
        svg.bar viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true" {
            rect.rest width="100" height="4" {}
            rect class=(class) width=(format!("{:.1}", 100.0 * share)) height="4" {}
        }
        span.gain.unsure[!is_measured] { (gain(schedule.gain)) }
        (mark(schedule.gain_basis, "predicted"))
    }
}

/// How the loop is run.
fn threads(schedule: &ScheduleInfo) -> String {
    if schedule.is_plain() { "plain loop".into() } else { counted(schedule.n_jobs as u64, "thread") }
}

/// What a figure rests on, unless it was measured. Plans are shown as they are while the threads are awake.
fn mark(basis: Basis, otherwise: &'static str) -> Markup {
    match basis {
        Basis::Measured => html! {},
        Basis::MeasuredAtOther => html! { small { "measured asleep" } },
        _ => html! { small { (otherwise) } },
    }
}

/// A path that may be broken before `::`.
fn path(path: &str) -> Markup {
    let path = clean(path);
    html! {
        @for (at, part) in path.split("::").enumerate() {
            @if at > 0 { wbr; "::" }
            (part)
        }
    }
}
