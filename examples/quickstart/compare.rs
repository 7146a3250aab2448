//! One job done in three ways: timed, and its answers compared.

use std::fmt;
use std::time::{Duration, Instant};

use amorsize_examples::times::median;

/// The times of one job.
pub(crate) struct Figures {
    /// The median over the rounds.
    pub(crate) plain: Duration,
    /// The median over the rounds.
    pub(crate) rayon: Duration,
    /// The very first call, which knew nothing of the function.
    pub(crate) first: Duration,
    /// The median over the rounds, after the first call.
    pub(crate) again: Duration,
}

/// Rounds go on until there are this many or [`ENOUGH`] time has passed, but never fewer than [`FEWEST`].
const MOST: usize = 25;
const FEWEST: usize = 5;
const ENOUGH: Duration = Duration::from_secs(1);

/// Times the plain loop, rayon's `par_iter` and Amorsize.
///
/// The first call of Amorsize comes before any of rayon, so that it is not given a pool that is awake already.
/// In the rounds, a plain loop goes before each of the others: both find the workers equally asleep.
pub(crate) fn compare<U: PartialEq>(
    plain: impl Fn() -> Vec<U>,
    rayon: impl Fn() -> Vec<U>,
    ours: impl Fn() -> Vec<U>,
) -> Result<Figures, Disagreement> {
    let began = Instant::now();
    let expected = plain();
    let timed = |who: &'static str, run: &dyn Fn() -> Vec<U>| {
        let began = Instant::now();
        let answer = run();
        let time = began.elapsed();
        agree(who, &expected, &answer).map(|()| time)
    };

    let (mut plains, mut rayons, mut agains) = (Vec::new(), Vec::new(), Vec::new());
    // The memory of the first answers comes fresh from the system, at a price; later ones find it in the allocator.
    for _ in 0..2 {
        plains.push(timed("the plain loop", &plain)?);
    }
    let first = timed("Amorsize's first call", &ours)?;
    while agains.len() < FEWEST || (agains.len() < MOST && began.elapsed() < ENOUGH) {
        plains.push(timed("the plain loop", &plain)?);
        rayons.push(timed("par_iter", &rayon)?);
        plains.push(timed("the plain loop", &plain)?);
        agains.push(timed("Amorsize", &ours)?);
    }
    Ok(Figures { plain: median(plains), rayon: median(rayons), first, again: median(agains) })
}

/// Two ways of doing a job gave different answers.
#[derive(Debug, PartialEq)]
pub(crate) struct Disagreement {
    who: &'static str,
    at: At,
}

#[derive(Debug, PartialEq)]
enum At {
    Item(usize),
    Length { expected: usize, got: usize },
}

fn agree<U: PartialEq>(who: &'static str, expected: &[U], got: &[U]) -> Result<(), Disagreement> {
    let at = if expected.len() != got.len() {
        At::Length { expected: expected.len(), got: got.len() }
    } else if let Some(item) = expected.iter().zip(got).position(|(expected, got)| expected != got) {
        At::Item(item)
    } else {
        return Ok(());
    };
    Err(Disagreement { who, at })
}

impl fmt::Display for Disagreement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let who = self.who;
        match self.at {
            At::Item(item) => write!(f, "{who} gave another answer for item {item} than the plain loop did"),
            At::Length { expected, got } => write!(f, "{who} gave {got} answers, the plain loop {expected}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_answers_are_timed() {
        let squares = || (0..1000_u64).map(|n| n * n).collect::<Vec<_>>();
        assert!(compare(squares, squares, squares).is_ok());
    }

    #[test]
    fn a_wrong_answer_is_named() {
        let said =
            |ours: Vec<u8>| compare(|| vec![1, 2, 3], || vec![1, 2, 3], || ours.clone()).err().unwrap().to_string();
        assert_eq!(said(vec![1, 2, 4]), "Amorsize's first call gave another answer for item 2 than the plain loop did");
        assert_eq!(said(vec![1, 2]), "Amorsize's first call gave 2 answers, the plain loop 3");
    }
}
