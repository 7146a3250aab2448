//! Counts of one function and of one tier. The same types serve in memory, on disk and for display.

use crate::id::FunctionId;

/// Counts of one function: in this process, or over all processes that share a cache folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "disk", derive(serde::Serialize, serde::Deserialize))]
pub struct FunctionStats {
    /// Its identity.
    pub id: FunctionId,
    /// Its path, `crate::module::name`.
    pub function: String,
    /// Calls whose plan was known.
    pub hits: u64,
    /// Of the hits, those whose plan was found on disk.
    pub recalled: u64,
    /// Calls whose plan was not known and was sought.
    pub misses: u64,
    /// Times that its plans on disk could not be read.
    pub errors: u64,
    /// What shared runs took less than the plain loop would have, ns; negative if they took more.
    pub saved_ns: i64,
    /// Plans in memory, one for each size of input, instantiation and key; 0 where processes are added up.
    #[cfg_attr(feature = "disk", serde(skip))]
    pub entries: usize,
}

impl FunctionStats {
    /// No counts, of no function.
    pub const NONE: Self = Self {
        id: FunctionId::from_u64(0),
        function: String::new(),
        hits: 0,
        recalled: 0,
        misses: 0,
        errors: 0,
        saved_ns: 0,
        entries: 0,
    };

    /// What was counted since `before`.
    #[must_use]
    pub fn since(self, before: &Self) -> Self {
        Self {
            hits: self.hits.saturating_sub(before.hits),
            recalled: self.recalled.saturating_sub(before.recalled),
            misses: self.misses.saturating_sub(before.misses),
            errors: self.errors.saturating_sub(before.errors),
            saved_ns: self.saved_ns.saturating_sub(before.saved_ns),
            ..self
        }
    }

    /// Whether all counts are 0.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        (self.hits, self.recalled, self.misses, self.errors, self.saved_ns) == (0, 0, 0, 0, 0)
    }

    /// Adds the counts of `more`.
    pub fn add(&mut self, more: &Self) {
        self.hits = self.hits.saturating_add(more.hits);
        self.recalled = self.recalled.saturating_add(more.recalled);
        self.misses = self.misses.saturating_add(more.misses);
        self.errors = self.errors.saturating_add(more.errors);
        self.saved_ns = self.saved_ns.saturating_add(more.saved_ns);
    }
}

/// Counts of one tier in this process.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TierStats {
    /// Its name.
    pub tier: &'static str,
    /// Lookups of a function that found plans.
    pub hits: u64,
    /// Lookups of a function that found no usable plans.
    pub misses: u64,
    /// Lookups and writes of a function that failed.
    pub errors: u64,
    /// Requests for plans, each for one or more functions.
    pub lookups: u64,
    /// Total time of these requests, ns.
    pub latency_ns: u64,
    /// Whether it can be used now.
    pub state: TierState,
    /// The last thing that went wrong with it, if anything did.
    pub fault: Option<String>,
}

/// Whether a tier can be used now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TierState {
    /// It is there whenever it is asked, such as a folder.
    #[default]
    Active,
    /// It is behind a connection, which is open, and it answered last time.
    Connected,
    /// It is behind a connection, which is not open: nobody has asked it yet, or it failed and will be tried again.
    Disconnected,
    /// It is not used, such as a Redis that nobody has named.
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
