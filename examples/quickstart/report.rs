//! The table, for a terminal of 80 columns.

use std::env::consts::{ARCH, OS};
use std::io::{self, Write};
use std::path::Path;
use std::thread::available_parallelism;

use amorsize::{Decision, Stats};
use amorsize_examples::counts::counts;
use amorsize_examples::show::{counted, megabytes, thousands, time, wrap};
use indicatif::ProgressBar;

use crate::compare::Figures;
use crate::gather::Gathered;

const WIDTH: usize = 79;

/// Writes the table row by row, as the figures come.
pub(crate) struct Report<W> {
    out: W,
    /// The job that is being measured: shown on the terminal until its row is there, and nowhere else.
    job: &'static str,
    waiting: ProgressBar,
}

impl<W: Write> Report<W> {
    pub(crate) fn new(out: W) -> Self {
        Self { out, job: "", waiting: ProgressBar::hidden() }
    }

    /// The machine, the files and the column heads.
    pub(crate) fn head(&mut self, path: &Path, gathered: &Gathered, lines: usize) -> io::Result<()> {
        let cores = available_parallelism().map_or(1, usize::from);
        let files = gathered.texts.len();
        writeln!(self.out, "Machine: {}, {ARCH} {OS}.", counted(cores as u64, "core"))?;
        writeln!(self.out, "Read {} under {}:", counted(files as u64, "text file"), path.display())?;
        writeln!(self.out, "{}, {}.", counted(lines as u64, "line"), megabytes(gathered.bytes))?;
        let skipped = gathered.skipped();
        if !skipped.is_empty() {
            writeln!(self.out, "Skipped: {skipped}.")?;
        }
        if cfg!(debug_assertions) {
            writeln!(self.out, "This is a debug build: its times mean little. Run it with --release.")?;
        }
        writeln!(self.out)?;
        writeln!(self.out, "{:53}----- Amorsize -----", "")?;
        self.line(["job", "items", "plain loop", "par_iter", "first call", "again", "gain"])?;
        writeln!(self.out, "{:-<WIDTH$}", "")
    }

    /// Says on the terminal what is being measured.
    pub(crate) fn begin(&mut self, job: &'static str) -> io::Result<()> {
        self.out.flush()?;
        self.job = job;
        self.waiting = ProgressBar::new_spinner().with_message(format!("measuring: {job}"));
        self.waiting.tick();
        Ok(())
    }

    /// The row of the job that was begun last, and below it the plan and why.
    pub(crate) fn row(&mut self, items: usize, figures: &Figures, decision: &Decision) -> io::Result<()> {
        self.waiting.finish_and_clear();
        let gain = figures.plain.as_secs_f64() / figures.again.as_secs_f64().max(1e-9);
        self.line([
            self.job,
            &thousands(items as u64),
            &time(figures.plain),
            &time(figures.rayon),
            &time(figures.first),
            &time(figures.again),
            &format!("{gain:.2}x"),
        ])?;
        for line in wrap(&decision.to_string(), WIDTH - 4) {
            writeln!(self.out, "    {line}")?;
        }
        Ok(())
    }

    /// What the columns mean, and what Amorsize counted.
    pub(crate) fn foot(&mut self, stats: &Stats) -> io::Result<()> {
        writeln!(self.out, "{:-<WIDTH$}", "")?;
        writeln!(self.out, "All answers agree. Times are medians, except for the first call.")?;
        writeln!(self.out, "gain: plain loop / again. Below each job: the plan in use now, and why.")?;
        writeln!(self.out)?;
        writeln!(self.out, "Amorsize's cache: {}.", counts(stats))?;
        self.out.flush()
    }

    fn line(&mut self, [job, items, plain, rayon, first, again, gain]: [&str; 7]) -> io::Result<()> {
        writeln!(self.out, "{job:<20}{items:>10}{plain:>12}{rayon:>10}{first:>12}{again:>9}{gain:>6}")
    }
}
