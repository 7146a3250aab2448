//! JSON lines, the table, and the figures with their bars.

use std::fs;
use std::thread::available_parallelism;

use serde_json::{Map, Value, json};

use crate::contenders::Contender;
use crate::first_call::FirstCall;
use crate::measure::{Cell, Temperature};
use crate::statistics::geometric_mean;

/// Lighter workloads are shown but do not count: below it a ratio tells nanoseconds from nanoseconds.
const COUNTS_FROM_NS: f64 = 10_000.0;

/// Collects what was measured and shows it as it comes.
#[derive(Debug, Default)]
pub struct Report {
    json: bool,
    cells: Vec<Cell>,
    first_calls: Vec<FirstCall>,
}

/// A ratio and whose it is.
type Named = (f64, String);

impl Report {
    /// An empty report; with `json`, JSON lines go to standard output and what people read to standard error.
    #[must_use]
    pub fn new(json: bool) -> Self {
        Self { json, ..Self::default() }
    }

    /// A line for people.
    pub fn line(&self, text: &str) {
        if self.json {
            eprintln!("{text}");
        } else {
            println!("{text}");
        }
    }

    /// Says on what machine this runs.
    pub fn machine(&self) {
        let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let model = info.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
        let model = model.map_or("a processor without a name", |(_, model)| model);
        let cores = available_parallelism().map_or(0, usize::from);
        self.line(&format!("{model}, {cores} cores, a pool of {}\n", rayon::current_num_threads()));
    }

    /// Takes and shows the first calls of a workload.
    pub fn first_call(&mut self, first: FirstCall) {
        if self.first_calls.is_empty() {
            self.line("First call of a process, us (medians)");
            self.line(&format!(
                "{:36} {:>10} {:>10} {:>10} {:>11}",
                "workload", "plain", "rayon", "ours", "plain/ours"
            ));
        }
        let FirstCall { workload, plain, plain_again, rayon, ours, processes } = first;
        self.line(&format!(
            "{workload:36} {} {} {} {:11.2}",
            microseconds(plain),
            microseconds(rayon),
            microseconds(ours),
            plain / ours
        ));
        if self.json {
            let line = json!({
                "workload": workload, "temperature": "first", "processes": processes, "counts": counts(plain),
                "medians_ns": { "plain": plain, "plain again": plain_again, "rayon": rayon, "ours": ours },
                "plain_over_ours": plain / ours, "rayon_over_ours": rayon / ours,
            });
            println!("{line}");
        }
        self.first_calls.push(first);
    }

    /// Takes and shows one workload at one temperature.
    pub fn cell(&mut self, cell: Cell) {
        if self.cells.is_empty() {
            self.line("\nCalls of a process that has been running for a while, us (medians)");
            self.line(&format!(
                "{:36} {:4} {:>10} {:>10} {:>10} {:>10} {:>10} {:>10} {:>10} {:11} {:>9} {:>10} {:>6}  {}",
                "workload",
                "",
                "plain",
                "rayon",
                "orx",
                "chili",
                "paralight",
                "ours",
                "best",
                "",
                "best/ours",
                "plain/ours",
                "rounds",
                "our plan"
            ));
        }
        let best = cell.best();
        let mut row = format!("{:36} {:4}", cell.workload, cell.temperature);
        let shown = [Contender::Plain, Contender::Rayon, Contender::Orx, Contender::Chili, Contender::Paralight];
        for contender in shown.into_iter().chain([Contender::Ours, best]) {
            row.push(' ');
            row.push_str(&microseconds(cell.median(contender)));
        }
        self.line(&format!(
            "{row} {:11} {:9.2} {:10.2} {:6}  {}",
            best.to_string(),
            cell.best_over_ours(),
            cell.over_ours(Contender::Plain),
            cell.rounds(),
            cell.plan.split(':').next().unwrap_or_default()
        ));
        if self.json {
            println!("{}", as_json(&cell));
        }
        self.cells.push(cell);
    }

    /// Shows the figures, each beside its bar.
    pub fn figures(&self) {
        self.line(&format!("\n{:58} {:>6} {:>6}  {}", "figure (workloads of 10 us and more)", "bar", "is", ""));
        let counted: Vec<_> = self.cells.iter().filter(|cell| counts(cell.work)).collect();
        let of = |temperature| counted.iter().copied().filter(move |cell| cell.temperature == temperature);
        let best = |cells: &mut dyn Iterator<Item = &Cell>| geometric_mean(cells.map(Cell::best_over_ours));
        let name = |cell: &Cell| format!("{}, {}", cell.workload, cell.temperature);

        let both = best(&mut counted.iter().copied());
        self.figure("best plan or peer / ours, geometric mean, hot and cold", 0.95, (both, String::new()));
        for temperature in [Temperature::Hot, Temperature::Cold] {
            let mean = best(&mut of(temperature));
            self.without_bar(&format!("  {temperature}"), mean);
        }
        let each = counted.iter().map(|cell| (cell.best_over_ours(), name(cell)));
        self.figure("best plan or peer / ours, worst workload", 0.80, least(each));
        for temperature in [Temperature::Cold, Temperature::Hot] {
            let each = of(temperature).map(|cell| (cell.over_ours(Contender::Plain), name(cell)));
            self.figure(&format!("plain loop / ours, worst workload, {temperature}"), 0.90, least(each));
        }
        let first = || self.first_calls.iter().filter(|one| counts(one.plain));
        let each = first().map(|one| (one.plain / one.ours, one.workload.to_owned()));
        self.figure("plain loop / ours, worst workload, first call of a process", 0.90, least(each));
        let rayon = geometric_mean(of(Temperature::Cold).map(|cell| cell.over_ours(Contender::Rayon)));
        self.figure("rayon default / ours, geometric mean, cold", 2.0, (rayon, String::new()));

        self.line("\nnoise: the plain loop / the same loop measured again, worst workload");
        for temperature in [Temperature::Cold, Temperature::Hot] {
            let noise = |cell: &Cell| cell.median(Contender::Plain) / cell.median(Contender::PlainAgain);
            self.without_bar(
                &format!("  {temperature}"),
                least(of(temperature).map(|cell| (noise(cell), name(cell)))).0,
            );
        }
        self.without_bar("  first call", least(first().map(|one| (one.plain / one.plain_again, String::new()))).0);
    }

    fn figure(&self, what: &str, bar: f64, (is, whose): Named) {
        let met = match is {
            _ if is.is_nan() => "not measured",
            _ if is >= bar => "met",
            _ => "NOT MET",
        };
        self.line(&format!("{what:58} {bar:6.2} {is:6.3}  {met:12} {whose}"));
    }

    fn without_bar(&self, what: &str, is: f64) {
        self.line(&format!("{what:58} {:6} {is:6.3}", ""));
    }
}

fn counts(work: f64) -> bool {
    work >= COUNTS_FROM_NS
}

/// The least, or not a number.
fn least(ratios: impl Iterator<Item = Named>) -> Named {
    ratios.min_by(|a, b| a.0.total_cmp(&b.0)).unwrap_or((f64::NAN, String::new()))
}

fn microseconds(nanoseconds: f64) -> String {
    match nanoseconds / 1_000.0 {
        none if none.is_nan() => format!("{:>10}", "-"),
        few if few < 10.0 => format!("{few:10.3}"),
        some => format!("{some:10.1}"),
    }
}

fn as_json(cell: &Cell) -> Value {
    let medians: Map<String, Value> =
        cell.samples.iter().map(|one| (one.contender.to_string(), json!(cell.median(one.contender)))).collect();
    let best = cell.best();
    json!({
        "workload": cell.workload,
        "temperature": cell.temperature.to_string(),
        "items": cell.items,
        "rounds": cell.rounds(),
        "counts": counts(cell.work),
        "medians_ns": medians,
        "best": best.to_string(),
        "best_ns": cell.median(best),
        "best_over_ours": cell.best_over_ours(),
        "plain_over_ours": cell.over_ours(Contender::Plain),
        "rayon_over_ours": cell.over_ours(Contender::Rayon),
        "plan": cell.plan,
    })
}
