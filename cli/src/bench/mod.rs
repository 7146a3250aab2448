//! `amorsize bench`: what the cache brings on this machine, measured, and the report of it.
//!
//! Nothing else in this command calls a tuned function, or knows the library that runs them. Each measurement is a process
//! of its own, started from this program with `--measure`, because only a fresh process makes a first call. Their plans
//! lie in temporary folders; the user's folder is only read.
//!
//! | file | what it is |
//! |---|---|
//! | `workloads` | the functions that are measured, and their items |
//! | `sample`, `child` | what one process is told to do, does and answers |
//! | `workplace` | folders, Redis and environment of these processes, and the end of it all |
//! | `rounds` | which process is next, and how far it has come |
//! | `statistics` | medians, deviations, and whether a difference is one |
//! | `figures`, `report` | what comes of it: as JSON, as text |

mod child;
mod figures;
mod report;
mod rounds;
mod sample;
mod statistics;
mod workloads;
mod workplace;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use amorsize_store::portable;
use amorsize_store::store::Store;
use serde::Serialize;

use self::figures::{Figures, Surroundings};
use self::workplace::Workplace;
use crate::answer::Answer;
use crate::doctor;
use crate::failure::Failure;
use crate::manage::check_environment;
use crate::output::Output;
use crate::shared::ping;
use crate::words::paragraph;

/// Where the report goes if nobody says where.
const REPORT: &str = "cache_performance_report.txt";
/// The width of the report in a file.
const WIDTH: usize = 80;

/// What is asked.
#[derive(Debug)]
pub(crate) struct Wanted<'a> {
    pub(crate) queries: usize,
    pub(crate) out: Option<&'a Path>,
    /// Whether only the figures are wanted, unless a file was named.
    pub(crate) json: bool,
    /// Whether the folder comes from the command line.
    pub(crate) is_named: bool,
}

/// Measures, and writes the report.
pub(crate) fn bench(folder: Option<PathBuf>, wanted: &Wanted<'_>, output: &mut Output) -> Result<ExitCode, Failure> {
    check_environment()?;
    let prints = wanted.out.is_some_and(|out| out == "-");
    let file = match wanted.out {
        Some(out) => Some(out).filter(|_| !prints),
        None => Some(Path::new(REPORT)).filter(|_| !wanted.json),
    };
    // It takes a while, so this is said before and not after.
    file.map_or(Ok(()), may_be_written)?;
    let store = folder.map(Store::open);
    let mut problems = Vec::new();
    let cache = doctor::cache(store.as_ref(), wanted.is_named, &mut problems);
    let redis = ping(&mut problems);
    let around = Surroundings { fingerprint: doctor::parts(), cache, redis, problems };
    let with_redis = around.redis.as_ref().is_some_and(|redis| redis.ping_ns.is_some());
    let place = Workplace::new(with_redis, wanted.queries)?;
    let measured = rounds::measure(&place, wanted.queries, with_redis);
    let measured = place.leave(measured)?;
    let mut figures = Figures::of(around, wanted.queries, &measured, store.as_ref());
    if let Some(file) = file {
        let report = anstream::adapter::strip_str(&figures.report(WIDTH)).to_string();
        let failed = |error| Failure::new(format!("cannot write {}: {error}", file.display()));
        portable::write(file, report.as_bytes()).map_err(failed)?;
        figures.report = Some(file.display().to_string());
    }
    output.say(&Report { figures, prints })
}

/// Measures one thing for a report that another process makes.
pub(crate) fn measure(words: &str, output: &mut Output) -> Result<ExitCode, Failure> {
    output.say(&Measurement(child::measure(words)?))
}

fn may_be_written(file: &Path) -> Result<(), Failure> {
    let named = file.display();
    if file.is_dir() {
        return Err(Failure::new(format!("cannot write {named}: it is a folder")));
    }
    let beside = file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if beside.is_dir() { Ok(()) } else { Err(Failure::new(format!("cannot write {named}: there is no such folder"))) }
}

#[derive(Debug, Serialize)]
struct Report {
    #[serde(flatten)]
    figures: Figures,
    /// Whether all of it is printed.
    #[serde(skip)]
    prints: bool,
}

impl Answer for Report {
    fn text(&self, width: usize) -> String {
        if self.prints {
            return self.figures.report(width);
        }
        let written = self.figures.report.as_deref().unwrap_or_default();
        self.figures.summary(width) + &paragraph(&format!("The report is in {written}."), width)
    }

    fn has_problems(&self) -> bool {
        !self.figures.problems.is_empty()
    }
}

#[derive(Debug, Serialize)]
struct Measurement(String);

impl Answer for Measurement {
    fn text(&self, _: usize) -> String {
        format!("{}\n", self.0)
    }
}
