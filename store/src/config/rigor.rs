//! How hard to look for the best number of threads.

use std::str::FromStr;

use crate::error::Error;

/// How hard to look for the best number of threads. (The word is FFTW's, whose planner has the same three kinds.)
///
/// What was measured serves calls of equal or lower rigor; a call of a higher one measures what is missing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rigor {
    /// Nothing is tried: the cost model decides by what items took, and by whatever was measured before. For programs in which no call
    /// may take longer than need be for the sake of later ones.
    Estimate,
    /// What the model promises is tried, as long as that loses little time.
    #[default]
    Measure,
    /// Every number of threads is tried three times: all of the pool, a half, a quarter and so on, and the plain loop, however long
    /// that takes. For functions that will be called for a long time.
    Patient,
}

impl Rigor {
    /// As it is written in the environment and in the attribute.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Estimate => "estimate",
            Self::Measure => "measure",
            Self::Patient => "patient",
        }
    }
}

impl FromStr for Rigor {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let known = [Self::Estimate, Self::Measure, Self::Patient].into_iter().find(|rigor| rigor.name() == text);
        known.ok_or_else(|| Error::config(format!("a rigor is estimate, measure or patient, and not {text:?}")))
    }
}
