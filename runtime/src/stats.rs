//! What was counted, as a person or a program wants to read it.

use crate::cache::statistics::Counts;
use crate::config::config;
use crate::faults;
use crate::identity::FunctionId;
use crate::metrics::hits;
use crate::rejection::Rejection;
use crate::site::{Site, sites};

/// What has happened since the process started: see [`stats`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Calls whose plan was known.
    pub hits: u64,
    /// Of the hits, those that looked for their plan on disk and found it. What [`warm`](crate::warm) found is in memory.
    pub recalled: u64,
    /// Calls whose plan was not known and was sought.
    pub misses: u64,
    /// Faults of the cache or the configuration: counted here, and nowhere else in the way.
    pub errors: u64,
    /// What they were, each once.
    pub faults: Vec<String>,
    /// Plans that were found on disk and not used, by the reason; those that did not happen are left out.
    pub rejected: Vec<(Rejection, u64)>,
    /// Plans in memory.
    pub entries: usize,
    /// What shared runs took less than the plain loop would have, as far as that is known; negative if they took more,
    /// ns.
    pub saved_ns: i64,
    /// Each annotated function that was called, or of which [`warm`](crate::warm) found plans, in this order.
    pub functions: Vec<FunctionStats>,
}

/// What has happened to one function.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FunctionStats {
    /// Its path, `crate::module::name`.
    pub function: String,
    /// Its identity.
    pub id: FunctionId,
    /// Calls whose plan was known.
    pub hits: u64,
    /// Of the hits, those whose plan was found on disk.
    pub recalled: u64,
    /// Calls whose plan was not known and was sought.
    pub misses: u64,
    /// Times that its plans on disk could not be read.
    pub errors: u64,
    /// What shared runs took less than the plain loop would have, ns.
    pub saved_ns: i64,
    /// Plans in memory: one for each size of input, instantiation and key.
    pub entries: usize,
}

/// What has happened since the process started, added up over all threads. Exact for calls that have returned.
///
/// Calls that do not ask the cache (of no or one item, with `n_jobs`, with `use_cache(false)`, under
/// `AMORSIZE=off`, streams) are neither hits nor misses.
///
/// # Examples
///
/// ```
/// #[amorsize::auto]
/// fn double(x: u32) -> u32 { x * 2 }
///
/// double::map(vec![1, 2, 3]);
/// double::map(vec![4, 5]); // another call of this size
/// let stats = amorsize::stats();
/// # // (Not so after earlier runs: what they left on disk is too long a loop away to matter to three items.)
/// assert_eq!((stats.hits, stats.misses, stats.entries), (1, 1, 1));
/// ```
#[must_use]
pub fn stats() -> Stats {
    // So that what is wrong with the configuration is counted, even if nothing was mapped yet.
    config();
    let functions: Vec<FunctionStats> = sites().into_iter().map(FunctionStats::of).collect();
    Stats {
        hits: functions.iter().map(|function| function.hits).sum(),
        misses: functions.iter().map(|function| function.misses).sum(),
        errors: faults::count(),
        faults: faults::said(),
        rejected: Rejection::ALL.map(|reason| (reason, reason.counted())).into_iter().filter(|(_, n)| *n > 0).collect(),
        recalled: functions.iter().map(|function| function.recalled).sum(),
        saved_ns: functions.iter().map(|function| function.saved_ns).sum(),
        entries: functions.iter().map(|function| function.entries).sum(),
        functions,
    }
}

impl FunctionStats {
    fn of(site: &'static Site) -> Self {
        let Counts { function, hits, recalled, misses, errors, saved, .. } = site.counts(hits(site.index()));
        Self {
            function,
            id: site.id(),
            hits,
            recalled,
            misses,
            errors,
            saved_ns: saved,
            entries: site.memories().map(|memory| memory.known().count()).sum(),
        }
    }
}
