//! The plan of a call and the reason for it, as users see them.

use std::fmt;
use std::time::Duration;

/// How a loop is run: plainly, or on several threads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Plan {
    /// The plain loop, on the caller.
    Serial,
    /// Several threads, the caller included.
    #[non_exhaustive]
    Parallel {
        /// Threads that work on the call, the caller included; at least 2.
        n_jobs: usize,
        /// The items that a thread takes at once, about; at least 1. Fewer where items turn out to be heavier, and at the
        /// start and the end of a run, unless they were fixed.
        chunksize: usize,
    },
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Serial => f.write_str("serial"),
            Self::Parallel { n_jobs, chunksize } => write!(f, "n_jobs={n_jobs} chunksize={chunksize}"),
        }
    }
}

/// A plan and why it would be used: what `Run::plan` returns.
///
/// Its `Display` is one line: the plan, then the reason.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Decision {
    /// What would be done.
    pub plan: Plan,
    /// Why.
    pub why: Why,
}

/// Why a plan would be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Why {
    /// `AMORSIZE=off`.
    Off,
    /// There is nothing to share: no item, or one, or more than can be counted.
    Nothing,
    /// This process was forked from one that had made tuned calls. It has none of its threads, so every loop is plain.
    Forked,
    /// The number of threads was fixed by an option or a choice.
    Fixed,
    /// Nothing is known of this function at this size, or what is known is not to be used: the first items are done
    /// on the caller and decide.
    Unknown,
    /// There is one thread only.
    Alone,
    /// There is not memory enough to work on two items at once.
    Memory,
    /// Only a first call is known, which was too short for threads, and for measuring more than this.
    #[non_exhaustive]
    Short {
        /// The call as a plain loop, going by that first one.
        serial: Duration,
    },
    /// The plan was measured: it took `expected`, where the plain loop takes, or was estimated to take, `serial`.
    #[non_exhaustive]
    Measured {
        /// The call in this plan.
        expected: Duration,
        /// The call as a plain loop.
        serial: Duration,
    },
    /// The cost model predicts `expected` from what items took, where the plain loop takes `serial`.
    #[non_exhaustive]
    Predicted {
        /// The call in this plan.
        expected: Duration,
        /// The call as a plain loop.
        serial: Duration,
    },
}

impl fmt::Display for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.plan)?;
        match (self.why, self.plan) {
            (Why::Off, _) => f.write_str("AMORSIZE=off"),
            (Why::Nothing, _) => f.write_str("nothing to share"),
            (Why::Forked, _) => f.write_str("forked after the first tuned call"),
            (Why::Fixed, _) => f.write_str("n_jobs was fixed"),
            (Why::Unknown, _) => f.write_str("not measured yet, the first items decide"),
            (Why::Memory, _) => f.write_str("there is memory for one item at once"),
            (Why::Alone, _) => f.write_str("the pool has one thread"),
            (Why::Short { serial }, _) => write!(f, "{serial:.1?} going by the first call, too short for threads"),
            (Why::Measured { serial, .. }, Plan::Serial) => write!(f, "{serial:.1?} measured, threads gain nothing"),
            (Why::Predicted { serial, .. }, Plan::Serial) => {
                write!(f, "{serial:.1?} predicted, threads would gain too little")
            }
            (Why::Measured { expected, serial }, _) => write!(f, "{expected:.1?} measured, plain loop {serial:.1?}"),
            (Why::Predicted { expected, serial }, _) => write!(f, "{expected:.1?} predicted, plain loop {serial:.1?}"),
        }
    }
}
