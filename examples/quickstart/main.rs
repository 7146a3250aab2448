//! Three jobs of different weight over real files: the plain loop, rayon's `par_iter`, and Amorsize.
//!
//! ```sh
//! cargo run --release --example quickstart [PATH]
//! ```
//!
//! Every text file under PATH is read (by default: the sources of the crates that cargo has downloaded), then each job
//! is done in all three ways. The table says how long each took and which plan Amorsize chose. The answers are compared.

mod compare;
mod gather;
mod report;

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::{env, fmt};

use rayon::prelude::*;
use sha2::{Digest, Sha256};

use compare::{Disagreement, compare};
use gather::gather;
use report::Report;

/// Heavy: microseconds for a small file, milliseconds for a large one.
#[amorsize::auto]
fn digest(text: &str) -> [u8; 32] {
    Sha256::digest(text).into()
}

/// Middling: it looks at every character, but does little with it.
#[amorsize::auto]
fn words(text: &str) -> usize {
    text.split_whitespace().count()
}

/// Cheap: nanoseconds a line, so that everything but the loop itself is overhead.
#[amorsize::auto]
fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

fn quickstart(path: Option<PathBuf>) -> Result<(), Failure> {
    let path = match path {
        Some(path) => path,
        None => downloaded_sources()?,
    };
    let gathered = gather(&path).map_err(Failure::Input)?;
    let texts = gathered.texts.as_slice();
    let lines: Vec<&str> = texts.iter().flat_map(|text| text.lines()).collect();

    let mut report = Report::new(io::stdout());
    report.head(&path, &gathered, lines.len())?;

    report.begin("SHA-256 of each file")?;
    let figures = compare(
        || texts.iter().map(|text| digest(text)).collect(),
        || texts.par_iter().map(|text| digest(text)).collect(),
        || digest::map(texts),
    )?;
    report.row(texts.len(), &figures, &digest::on(texts).plan())?;

    report.begin("words in each file")?;
    let figures = compare(
        || texts.iter().map(|text| words(text)).collect(),
        || texts.par_iter().map(|text| words(text)).collect(),
        || words::map(texts),
    )?;
    report.row(texts.len(), &figures, &words::on(texts).plan())?;

    report.begin("indent of each line")?;
    let figures = compare(
        || lines.iter().map(|line| indent(line)).collect(),
        || lines.par_iter().map(|line| indent(line)).collect(),
        || indent::map(&lines),
    )?;
    report.row(lines.len(), &figures, &indent::on(&lines).plan())?;

    report.foot(&amorsize::stats())?;
    Ok(())
}

const USAGE: &str = "\
Usage: cargo run --release --example quickstart [PATH]

Reads every text file under PATH, a folder or a single file, and does three jobs
with them: as a plain loop, with rayon's par_iter, and with Amorsize.
Without PATH: the sources of the crates that cargo has downloaded.
Links are not followed. At most 256 MB of text are read.

Exit code: 0 if all answers agree, 1 if they do not, 2 if there is nothing to work on.";

/// What cargo unpacked to build this very program.
fn downloaded_sources() -> Result<PathBuf, Failure> {
    let home = env::var_os("CARGO_HOME").filter(|home| !home.is_empty()).map(PathBuf::from);
    let home = home.or_else(|| env::home_dir().map(|home| home.join(".cargo")));
    let name_one = "name a folder of text files: cargo run --release --example quickstart PATH";
    let Some(home) = home else {
        return Err(Failure::Input(format!("there is no home folder to look for cargo's downloads in; {name_one}")));
    };
    let sources = home.join("registry").join("src");
    if sources.is_dir() {
        Ok(sources)
    } else {
        let sources = sources.display();
        Err(Failure::Input(format!("cargo has unpacked no crates in {sources} (are they vendored?); {name_one}")))
    }
}

fn main() -> ExitCode {
    match arguments(env::args_os().skip(1)).and_then(quickstart) {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever read the table, `head` for instance, has seen enough.
        Err(Failure::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(Failure::Help) => {
            let _ = writeln!(io::stdout(), "{USAGE}");
            ExitCode::SUCCESS
        }
        Err(failure) => {
            let _ = writeln!(io::stderr(), "quickstart: {failure}");
            ExitCode::from(failure.code())
        }
    }
}

fn arguments(mut arguments: impl Iterator<Item = OsString>) -> Result<Option<PathBuf>, Failure> {
    let first = arguments.next();
    if first.as_ref().is_some_and(|first| first == "--help" || first == "-h") {
        return Err(Failure::Help);
    }
    if let Some(extra) = arguments.next() {
        return Err(Failure::Usage(format!("one PATH at the most, and {} is a second", extra.display())));
    }
    match first {
        Some(option) if option.as_encoded_bytes().starts_with(b"-") => {
            Err(Failure::Usage(format!("there is no option {}", option.display())))
        }
        Some(path) if path.is_empty() => Err(Failure::Usage("PATH is empty".into())),
        path => Ok(path.map(PathBuf::from)),
    }
}

/// Why there is no complete table.
enum Failure {
    Help,
    Usage(String),
    Input(String),
    Disagreement(Disagreement),
    Output(io::Error),
}

impl Failure {
    fn code(&self) -> u8 {
        match self {
            Self::Help => 0,
            Self::Disagreement(_) | Self::Output(_) => 1,
            Self::Usage(_) | Self::Input(_) => 2,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Help => f.write_str(USAGE),
            Self::Usage(what) => write!(f, "{what}.\n\n{USAGE}"),
            Self::Input(what) => write!(f, "{what}"),
            Self::Disagreement(what) => write!(f, "{what}"),
            Self::Output(error) => write!(f, "the table could not be written: {error}"),
        }
    }
}

impl From<Disagreement> for Failure {
    fn from(what: Disagreement) -> Self {
        Self::Disagreement(what)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}
