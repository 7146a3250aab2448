//! Where a call would be computed, and why, as users see it.

use std::fmt;
use std::time::Duration;

/// Where a call over the ranks would be computed now, and why: what `Across::plan` returns. Its `Display` is
/// one line.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Plan {
    /// On the root, because there is no other rank.
    Alone,
    /// On the root, in the plain loop: `AMORSIZE=off`.
    Off,
    /// The first items are computed on the root, and decide.
    Unknown {
        /// Ranks that there are.
        ranks: usize,
    },
    /// On the root, because moving the items and the results would take longer.
    Local {
        /// What the root takes.
        alone: Duration,
        /// What all ranks would take.
        across: Duration,
    },
    /// On all ranks.
    Across {
        /// Ranks that there are.
        ranks: usize,
        /// The items of the first batch for the last rank.
        batch: usize,
        /// What the root would take.
        alone: Duration,
        /// What all ranks take.
        across: Duration,
    },
    /// The root decides, and this is another rank.
    Member,
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Alone => f.write_str("on this rank: there is no other"),
            Self::Off => f.write_str("on the root: AMORSIZE=off"),
            Self::Unknown { ranks } => write!(f, "not measured yet: the first items decide whether {ranks} ranks pay"),
            Self::Local { alone, across } => {
                write!(f, "on the root: {alone:.1?} predicted, {across:.1?} with what would be moved to other ranks")
            }
            Self::Across { ranks, batch, alone, across } => {
                write!(f, "on {ranks} ranks, first batch {batch}: {across:.1?} predicted, the root alone {alone:.1?}")
            }
            Self::Member => f.write_str("the root decides"),
        }
    }
}
