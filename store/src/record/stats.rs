//! Counts of one function, with its name, and of one tier.

use super::counts::Counts;
use crate::id::FunctionId;

/// Counts of one function: in this process, or over all processes that share a cache folder.
///
/// Its plans, and what they rest on, are in the `functions` of a `snapshot()`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "disk", derive(serde::Serialize))]
pub struct FunctionStats {
    /// Its identity.
    pub id: FunctionId,
    /// Its path, `crate::module::name`.
    pub function: String,
    /// Its counts. Of the errors: times that its stored plans could not be read.
    #[cfg_attr(feature = "disk", serde(flatten))]
    pub counts: Counts,
    /// Plans in memory, one for each size of input, instantiation and key; 0 where processes are added up.
    #[cfg_attr(feature = "disk", serde(skip))]
    pub entries: usize,
}

/// One place where plans are kept, and what was counted of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "disk", derive(serde::Serialize))]
#[non_exhaustive]
pub struct TierStats {
    /// Its name: `memory`, `embedded`, `disk` or `redis`.
    pub tier: &'static str,
    /// Lookups of a function that found plans.
    pub hits: u64,
    /// Lookups of a function that found no usable plans.
    pub misses: u64,
    /// Lookups, writes and removals of a function that failed.
    pub errors: u64,
    /// Requests for plans, each for one or more functions.
    pub lookups: u64,
    /// Total time of these requests, ns.
    pub latency_ns: u64,
    /// What was removed from it to make room: functions, or keys where it is the memory of a process.
    pub evictions: u64,
    /// Plans in it; `None` if that is not known.
    pub entries: Option<u64>,
    /// Bytes that they take; `None` if that is not known.
    pub bytes: Option<u64>,
    /// Whether it can be used now.
    pub state: TierState,
    /// What is wrong with it now: why the last request failed. `None` if that went well.
    pub fault: Option<String>,
}

/// Whether a tier can be used now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "disk", derive(serde::Serialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum TierState {
    /// It is there whenever it is asked, such as a folder.
    Active,
    /// It is behind a connection, which is open, and it answered last time.
    Connected,
    /// It is behind a connection, which is not open: nobody has asked it yet, or it failed and will be tried again.
    Disconnected,
    /// It is not used, such as a Redis that nobody has named.
    #[default]
    Disabled,
}

impl TierState {
    /// The state in a word.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Connected => "connected",
            Self::Disconnected => "disconnected",
            Self::Disabled => "disabled",
        }
    }
}

impl TierStats {
    /// What a request takes, ns. `None` if there was none.
    #[must_use]
    pub fn average_latency_ns(&self) -> Option<f64> {
        (self.lookups > 0).then(|| self.latency_ns as f64 / self.lookups as f64)
    }
}
