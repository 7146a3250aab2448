//! The command line.

use std::path::PathBuf;
use std::time::Duration;

use amorsize_store::portable::Merge;
use clap::builder::PossibleValuesParser;
use clap::{ArgAction, Args as ClapArgs, Parser, Subcommand, ValueEnum, ValueHint};
use clap_complete::Shell;

#[cfg(feature = "bench")]
use crate::bench_help;
use crate::help;
#[cfg(feature = "dashboard")]
use crate::live_help;
use crate::output::Color;

/// Shows and manages what Amorsize remembers
///
/// Functions with `#[amorsize::auto]` learn, while a program runs, on how many threads and in what chunks they are best
/// mapped over their input. What one run learned is kept in a folder, so that the next one starts with it. This command
/// shows what is in that folder, looks after it, and takes plans from one place to another.
///
/// Plans are only ever used on the machine and by the kind of build that they were learned on. Removing them loses
/// nothing but time: the next calls measure afresh.
#[derive(Debug, Parser)]
#[command(name = "amorsize", version, after_help = help::SHORT)]
#[command(subcommand_required = true, arg_required_else_help = true, disable_help_subcommand = true)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
    #[command(flatten)]
    pub(crate) options: Options,
}

#[derive(ClapArgs, Debug)]
#[command(next_help_heading = "Global options")]
pub(crate) struct Options {
    /// Answers with a JSON object, on errors too: {"error": ".."}
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// The cache folder, instead of the one that `amorsize dir` names
    #[arg(long, global = true, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) cache_dir: Option<PathBuf>,
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto", hide_possible_values = true)]
    #[arg(help = "When to use colours: auto (on a terminal, unless NO_COLOR is set), always or never")]
    pub(crate) color: Color,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Lists the functions that something is remembered of
    #[command(long_about = help::LIST.about, after_long_help = help::LIST.rest())]
    List {
        /// Only functions with this in their path, whatever the case, or at the beginning of their id
        pattern: Option<String>,
        /// What to sort by; all but names have the most or the latest first
        #[arg(long, value_name = "BY", default_value = "name")]
        sort: Sort,
        /// The most functions to list
        #[arg(long, value_name = "N")]
        limit: Option<usize>,
    },
    /// Shows all plans of a function, and whether they are used here
    #[command(long_about = help::SHOW.about, after_long_help = help::SHOW.rest())]
    Show {
        /// Its path, the end of its path, its id, or the first digits of its id
        function: String,
        /// Shows the last profile of it instead, which `f::on(..).profile()` kept
        #[arg(long)]
        profile: bool,
        /// Writes the profile to this file as a picture
        #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, requires = "profile")]
        svg: Option<PathBuf>,
    },
    /// Shows hits, misses and time saved, over all runs
    #[command(long_about = help::STATS.about, after_long_help = help::STATS.rest())]
    Stats {
        /// Shows all functions, instead of the ten that saved most
        #[arg(long)]
        all: bool,
    },
    /// Removes the plans of a function, or all
    #[command(long_about = help::CLEAR.about, after_long_help = help::CLEAR.rest())]
    Clear {
        /// Its path, the end of its path, its id, or the first digits of its id; without it, all functions
        function: Option<String>,
        /// Does not ask
        #[arg(long, short, action = ArgAction::SetTrue)]
        yes: bool,
        /// In the Redis that plans are shared by, instead of in the folder
        #[arg(long)]
        redis: bool,
    },
    /// Removes the plans that are too old
    #[command(long_about = help::PRUNE.about, after_long_help = help::PRUNE.rest())]
    Prune {
        #[arg(long, value_name = "TIME", value_parser = time)]
        #[arg(
            help = "How long ago they were last measured, as in 3d, 12h or '1h 30m' [default: as the function says, or AMORSIZE_TTL, or 7d]"
        )]
        ttl: Option<Duration>,
        /// In the Redis that plans are shared by, instead of in the folder
        #[arg(long)]
        redis: bool,
    },
    /// Writes all plans, or those of some functions, to one file
    #[command(long_about = help::EXPORT.about, after_long_help = help::EXPORT.rest())]
    #[command(override_usage = "amorsize export [OPTIONS] <FILE> [--for <FUNCTION>...]")]
    Export {
        /// The file; one that is there already is replaced
        #[arg(value_hint = ValueHint::FilePath)]
        file: PathBuf,
        /// Only the plans of these functions; each goes by its path, the end of its path, or its id
        #[arg(long = "for", value_name = "FUNCTION", num_args = 1..)]
        functions: Vec<String>,
    },
    /// Adds the plans of an export
    #[command(long_about = help::IMPORT.about, after_long_help = help::IMPORT.rest())]
    Import {
        /// The file that `amorsize export` wrote
        #[arg(value_hint = ValueHint::FilePath)]
        file: PathBuf,
        /// Which plan stays where there are two
        #[arg(long, value_name = "HOW", default_value = "newer")]
        merge: How,
    },
    /// Checks that an export has plans for this machine, and that none became slower
    #[command(long_about = help::CHECK.about, after_long_help = help::CHECK.rest())]
    Check {
        /// The file that `amorsize export` wrote
        #[arg(value_hint = ValueHint::FilePath)]
        file: PathBuf,
        /// Another export, which it is compared with
        #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
        baseline: Option<PathBuf>,
        /// An item may take this many times as long as in the baseline
        #[arg(long, value_name = "F", default_value = "1.2", value_parser = factor, requires = "baseline")]
        factor: f64,
        /// Which builds the plans may be of
        #[arg(long, value_name = "KIND", default_value = "any")]
        build: BuildKind,
    },
    /// Looks for problems in the cache folder
    #[command(long_about = help::VERIFY.about, after_long_help = help::VERIFY.rest())]
    Verify {
        /// The most problems of each kind to name [default: 20, with --json all]
        #[arg(long, value_name = "N")]
        limit: Option<usize>,
    },
    /// Repairs what `verify` finds
    #[command(long_about = help::REPAIR.about, after_long_help = help::REPAIR.rest())]
    Repair {
        /// Does it, instead of only saying what would be done
        #[arg(long)]
        apply: bool,
    },
    /// Serves a page, JSON and metrics of what is in the folder
    #[cfg(feature = "dashboard")]
    #[command(long_about = live_help::SERVE.about, after_long_help = live_help::SERVE.rest())]
    Serve {
        /// Where to listen; other machines can connect only to an address that is no loopback one
        #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:9184")]
        listen: String,
        /// A file with the token that whoever removes plans has to show; without it nobody can
        #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
        token_file: Option<PathBuf>,
        /// Answers also to requests for this host, such as stats.example; more than once for more of them
        #[arg(long, value_name = "HOST")]
        allow_host: Vec<String>,
    },
    /// Shows the functions live, in the terminal
    #[cfg(feature = "dashboard")]
    #[command(long_about = live_help::TOP.about, after_long_help = live_help::TOP.rest())]
    Top {
        /// Where a program or `amorsize serve` shows its dashboard; without it, what is in the folder
        address: Option<String>,
        /// Prints it once, for scripts
        #[arg(long)]
        once: bool,
    },
    /// Measures what the cache brings on this machine, and writes a report
    #[cfg(feature = "bench")]
    #[command(long_about = bench_help::BENCH.about, after_long_help = bench_help::BENCH.rest())]
    Bench {
        /// How often each thing is measured
        #[arg(long, value_name = "N", default_value = "20", value_parser = clap::value_parser!(u16).range(1..))]
        queries: u16,
        #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
        #[arg(
            help = "Where the report goes, - to print it [default: cache_performance_report.txt, with --json nowhere]"
        )]
        out: Option<PathBuf>,
        /// Measures one thing for a report
        #[arg(long, hide = true, conflicts_with_all = ["queries", "out"])]
        measure: Option<String>,
    },
    /// Prints the cache folder
    #[command(long_about = help::DIR.about, after_long_help = help::DIR.rest())]
    Dir,
    /// Shows the machine, its limits, the cache folder and the environment
    #[command(long_about = help::DOCTOR.about, after_long_help = help::DOCTOR.rest())]
    Doctor,
    /// Prints a script that completes this command in a shell
    #[command(long_about = help::COMPLETIONS.about, after_long_help = help::COMPLETIONS.rest())]
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Says more about a command, or about the JSON
    #[command(long_about = help::HELP.about, after_long_help = help::HELP.rest())]
    Help {
        /// A command, or `json`; without it, what `--help` says
        #[arg(hide_possible_values = true, value_parser = PossibleValuesParser::new(TOPICS))]
        topic: Option<String>,
    },
}

/// What there is help about.
const TOPICS: &[&str] = &[
    "list",
    "show",
    "stats",
    "clear",
    "prune",
    "export",
    "import",
    "check",
    "verify",
    "repair",
    #[cfg(feature = "dashboard")]
    "serve",
    #[cfg(feature = "dashboard")]
    "top",
    #[cfg(feature = "bench")]
    "bench",
    "dir",
    "doctor",
    "completions",
    "help",
    "json",
];

/// What functions are sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Sort {
    /// Their paths
    Name,
    /// Calls whose plan was known
    Hits,
    /// The gain of the best plan, those that were measured first
    Gain,
    /// Bytes on disk
    Size,
    /// When they were last used
    Used,
}

/// Kinds of builds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum BuildKind {
    /// All
    Any,
    /// Without debug assertions
    Release,
    /// With debug assertions
    Debug,
}

/// A length of time.
fn time(text: &str) -> Result<Duration, String> {
    humantime::parse_duration(text).map_err(|_| "it may be a time such as 3d, 12h or '1h 30m'".into())
}

/// A number from 1 on.
fn factor(text: &str) -> Result<f64, String> {
    let factor = text.parse().ok().filter(|factor: &f64| factor.is_finite() && *factor >= 1.0);
    factor.ok_or_else(|| "it may be a number from 1 on, such as 1.2".into())
}

/// Which plan stays where there are two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum How {
    /// The one that was there
    Skip,
    /// The imported one
    Overwrite,
    /// The one that was measured last
    Newer,
}

impl From<How> for Merge {
    fn from(how: How) -> Self {
        match how {
            How::Skip => Self::Skip,
            How::Overwrite => Self::Overwrite,
            How::Newer => Self::Newer,
        }
    }
}
