//! `cargo bench -p benches --bench peers`: every workload by every contender, and the figures with their bars.

use std::time::{Duration, Instant};

use benches::contenders::Pools;
use benches::disturbance::Watch;
use benches::first_call::{first_call, was_child};
use benches::measure::{Limits, measure, settle, work};
use benches::options::{Options, is_bench_run};
use benches::report::Report;
use benches::workloads;

fn main() {
    if !is_bench_run() || was_child() {
        return;
    }
    amorsize::Config::new().cache(amorsize::CacheMode::Off).install().expect("nothing was mapped yet");
    let options = Options::from_command_line();
    let workloads: Vec<_> = workloads::all().into_iter().filter(|one| options.wants(one.name)).collect();
    if workloads.is_empty() {
        eprintln!("no workload's name contains {}", options.filters.join(" or "));
        std::process::exit(2);
    }
    let (start, watch) = (Instant::now(), Watch::begin());
    let mut report = Report::new(options.json);
    report.machine();

    if options.first_call {
        for workload in &workloads {
            match first_call(*workload, if options.quick { 3 } else { 41 }) {
                Ok(measured) => report.first_call(measured),
                Err(error) => {
                    eprintln!("the first call of a process could not be measured: {error}");
                    std::process::exit(1);
                }
            }
        }
    }
    settle();
    let mut pools = Pools::default();
    let mut left = workloads.len() * options.temperatures.len();
    for workload in &workloads {
        let case = (workload.build)();
        let work = work(case.as_ref(), &mut pools);
        for temperature in &options.temperatures {
            // Workloads that need less than their share leave it to the others.
            let share = options.budget.saturating_sub(start.elapsed()) / left as u32;
            let time = share.min(Duration::from_secs(if options.quick { 1 } else { 8 }));
            let limits = Limits { time, fewest_rounds: if options.quick { 5 } else { 15 } };
            report.cell(measure(workload.name, case.as_ref(), work, *temperature, limits, &mut pools));
            left -= 1;
        }
    }
    report.figures();
    report.line(&format!("\n{:.0} s", start.elapsed().as_secs_f64()));
    if let Some(others) = watch.others() {
        let trust = if others > 0.03 { ": the figures are disturbed" } else { "" };
        report.line(&format!("other processes used {:.1}% of the machine{trust}", others * 100.0));
    }
}
