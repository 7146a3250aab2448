//! A job done by the plain loop and by Amorsize: both timed, and the answers compared.

use std::io::{self, Write};
use std::time::{Duration, Instant};

use amorsize::Decision;

use crate::counts::counts;
use crate::program::Failure;
use crate::show::time;
use crate::times::median;

/// How long a job took.
#[derive(Clone, Copy, Debug)]
pub struct Times {
    /// The plain loop, the median over the rounds.
    pub plain: Duration,
    /// Amorsize's first call, which knew nothing unless an earlier process did.
    pub first: Duration,
    /// Amorsize's later calls, the median over the rounds.
    pub again: Duration,
}

/// Rounds go on until there are this many or [`ENOUGH`] time has passed, but never fewer than [`FEWEST`]: some of the first
/// calls try other plans, to know what those take.
const MOST: usize = 25;
const FEWEST: usize = 5;
const ENOUGH: Duration = Duration::from_secs(4);

/// The answer, and how long both ways took to it: they are gone in turn.
///
/// # Errors
/// If Amorsize's answer is not that of the plain loop.
pub fn compare<A: PartialEq>(mut plain: impl FnMut() -> A, mut ours: impl FnMut() -> A) -> Result<(A, Times), Failure> {
    let began = Instant::now();
    let answer = plain();
    let mut agreed = |ours_now: bool| {
        let began = Instant::now();
        let got = if ours_now { ours() } else { plain() };
        let time = began.elapsed();
        let same = got == answer;
        same.then_some(time).ok_or_else(|| Failure::Wrong("Amorsize gave another answer than the plain loop".into()))
    };
    let (mut plains, mut agains) = (vec![agreed(false)?], Vec::new());
    let first = agreed(true)?;
    while agains.len() < FEWEST || (agains.len() < MOST && began.elapsed() < ENOUGH) {
        plains.push(agreed(false)?);
        agains.push(agreed(true)?);
    }
    let times = Times { plain: median(plains), first, again: median(agains) };
    Ok((answer, times))
}

impl Times {
    /// Says how long both ways took.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn show(&self, out: &mut impl Write) -> io::Result<()> {
        let gain = self.plain.as_secs_f64() / self.again.as_secs_f64().max(1e-9);
        writeln!(out)?;
        writeln!(out, "plain loop         {:>8}", time(self.plain))?;
        writeln!(out, "Amorsize, 1st call {:>8}", time(self.first))?;
        writeln!(out, "Amorsize, again    {:>8}   {gain:.2}x", time(self.again))?;
        writeln!(out)
    }

    /// The same, then what is planned now and why, and what Amorsize counted.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn show_with(&self, plan: &Decision, out: &mut impl Write) -> io::Result<()> {
        self.show(out)?;
        writeln!(out, "The plan: {plan}.")?;
        writeln!(out, "Amorsize's cache: {}.", counts(&amorsize::stats()))?;
        out.flush()
    }
}
