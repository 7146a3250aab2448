//! The command line of `peers`.

use std::env;
use std::process::exit;
use std::time::Duration;

use crate::measure::Temperature;

const HELP: &str = "\
cargo bench -p benches --bench peers [-- OPTIONS]

  --json             one JSON line a workload and temperature on standard output; the summary goes to standard error
  --filter TEXT      only workloads whose name contains TEXT (may be given more than once)
  --quick            a rough look within a minute: fewer rounds than the figures need
  --hot --cold --first   only back to back; only with the pool asleep; only the first call of a process
  --budget SECONDS   time for the whole run (default 330; with --quick 50)";

/// What the command line asks for.
#[derive(Clone, Debug)]
pub struct Options {
    /// JSON lines on standard output.
    pub json: bool,
    /// Workloads must contain one of these; all of them if empty.
    pub filters: Vec<String>,
    /// Fewer rounds.
    pub quick: bool,
    /// Which temperatures.
    pub temperatures: Vec<Temperature>,
    /// Whether to measure the first call of a process.
    pub first_call: bool,
    /// Time for the whole run.
    pub budget: Duration,
}

impl Options {
    /// The command line of this process. Ends it with a sentence when an option is unknown.
    #[must_use]
    pub fn from_command_line() -> Self {
        Self::parse(env::args().skip(1)).unwrap_or_else(|message| {
            eprintln!("{message}\n\n{HELP}");
            exit(2);
        })
    }

    fn parse(mut words: impl Iterator<Item = String>) -> Result<Self, String> {
        let (mut json, mut quick, mut filters, mut budget) = (false, false, Vec::new(), None);
        let (mut hot, mut cold, mut first) = (false, false, false);
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or(format!("{word} needs a value"));
            match word.as_str() {
                "--json" => json = true,
                "--quick" => quick = true,
                "--hot" => hot = true,
                "--cold" => cold = true,
                "--first" => first = true,
                "--filter" => filters.push(value()?),
                "--budget" => {
                    let seconds = value()?;
                    let seconds: u32 = seconds.parse().map_err(|_| format!("not a number of seconds: {seconds}"))?;
                    budget = Some(seconds);
                }
                "--bench" => {}
                "--help" | "-h" => {
                    println!("{HELP}");
                    exit(0);
                }
                _ => return Err(format!("unknown option {word}")),
            }
        }
        let all = !(hot || cold || first);
        let temperatures = [(hot, Temperature::Hot), (cold, Temperature::Cold)];
        Ok(Self {
            json,
            filters,
            quick,
            temperatures: temperatures.into_iter().filter_map(|(asked, one)| (asked || all).then_some(one)).collect(),
            first_call: first || all,
            budget: Duration::from_secs(budget.unwrap_or(if quick { 50 } else { 330 }).into()),
        })
    }

    /// Whether a workload of this name is asked for.
    #[must_use]
    pub fn wants(&self, name: &str) -> bool {
        self.filters.is_empty() || self.filters.iter().any(|filter| name.contains(filter.as_str()))
    }
}

/// Whether `cargo bench` runs this process. `cargo test --all-targets` runs benches too, without `--bench`, and means
/// only to see that they start.
#[must_use]
pub fn is_bench_run() -> bool {
    let asked = env::args().any(|word| word == "--bench") && env::args().all(|word| word != "--test");
    if !asked {
        println!("nothing measured: run this with `cargo bench`");
    }
    asked
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Options, String> {
        Options::parse(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn everything_is_measured_unless_a_part_is_asked_for() {
        let all = parse("--bench").expect("valid");
        assert!(all.first_call && all.temperatures == [Temperature::Hot, Temperature::Cold]);
        let cold = parse("--bench --cold").expect("valid");
        assert!(!cold.first_call && cold.temperatures == [Temperature::Cold]);
    }

    #[test]
    fn filters_add_up() {
        let options = parse("--filter waits --filter f32 --bench").expect("valid");
        assert!(options.wants("6 waits of 1 ms") && options.wants("1M squares f32") && !options.wants("10 squares"));
    }

    #[test]
    fn mistakes_are_named() {
        for (line, message) in [
            ("--fast", "unknown option --fast"),
            ("--filter", "--filter needs a value"),
            ("--budget soon", "not a number of seconds: soon"),
        ] {
            assert_eq!(parse(line).expect_err(line), message);
        }
    }
}
