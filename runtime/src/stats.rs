//! What was counted, as a person or a program wants to read it.

use crate::cache::memory::Memory;
use crate::config::config;
use crate::identity::FunctionId;
use crate::metrics::hits;
use crate::site::{Site, sites};

/// What has happened since the process started: see [`stats`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Calls whose plan was known.
    pub hits: u64,
    /// Calls whose plan was not known and was sought.
    pub misses: u64,
    /// Faults of the cache or the configuration: counted here, and nowhere else in the way.
    pub errors: u64,
    /// Plans in memory.
    pub entries: usize,
    /// Each annotated function that was called, in the order of the first calls.
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
    /// Calls whose plan was not known and was sought.
    pub misses: u64,
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
/// assert_eq!((stats.hits, stats.misses, stats.entries), (1, 1, 1));
/// ```
#[must_use]
pub fn stats() -> Stats {
    let functions: Vec<FunctionStats> = sites().into_iter().map(FunctionStats::of).collect();
    Stats {
        hits: functions.iter().map(|function| function.hits).sum(),
        misses: functions.iter().map(|function| function.misses).sum(),
        errors: config().errors,
        entries: functions.iter().map(|function| function.entries).sum(),
        functions,
    }
}

/// Forgets every plan, so that the next calls measure afresh. Returns how many there were.
///
/// Calls that are running now may still write what they learn.
pub fn clear_cache() -> usize {
    sites().into_iter().flat_map(Site::memories).map(Memory::clear).sum()
}

impl FunctionStats {
    fn of(site: &'static Site) -> Self {
        Self {
            function: site.path(),
            id: site.id(),
            hits: hits(site.index()),
            misses: site.misses(),
            entries: site.memories().map(Memory::entries).sum(),
        }
    }
}
