//! The counts of this process.

use amorsize_store::config::config;
use amorsize_store::faults;
use amorsize_store::fork::is_forked_child;
use amorsize_store::record::counts::Counts;
use amorsize_store::record::stats::{FunctionStats, TierStats};
use amorsize_store::rejection::Rejection;

use crate::persist;
use crate::site::counters::all_hits;
use crate::site::site::{Site, used};

/// Counts since the process started: see [`stats`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Calls whose plan was known.
    pub hits: u64,
    /// Hits whose plan was loaded from disk, or from further away, by the call itself. (Plans that [`warm`](super::cache::warm) loaded are in
    /// memory.)
    pub recalled: u64,
    /// Calls whose plan was not known and was sought.
    pub misses: u64,
    /// Faults of the cache or the configuration, which are reported here and change nothing else.
    pub errors: u64,
    /// The messages of these faults, each once.
    pub faults: Vec<String>,
    /// Plans that were found on disk and not used, by the reason. Reasons that did not occur are left out.
    pub rejected: Vec<(Rejection, u64)>,
    /// Plans in memory.
    pub entries: usize,
    /// The time that shared runs have saved, compared with the plain loop, as far as that is known, ns. Negative if
    /// they took longer.
    pub saved_ns: i64,
    /// The tiers, where plans are kept outside of this process, the fastest first. Empty until plans were first loaded or
    /// saved.
    pub tiers: Vec<TierStats>,
    /// The annotated functions that were called or that [`warm`](super::cache::warm) looked up, in the order of first use. Their
    /// plans (`n_jobs`, `chunksize`, what an item takes, whether they are settled) are in the `functions` of a `snapshot()`.
    pub functions: Vec<FunctionStats>,
}

/// The counts since the process started, summed over all threads. Exact for calls that have returned.
///
/// Calls that do not ask the cache (of no or one item, with `n_jobs`, with `use_cache(false)`, under
/// `AMORSIZE=off`, streams) are neither hits nor misses. A child that was forked after the first tuned call counts nothing.
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
/// # // (The same after earlier runs: calls as short as these do not look for plans on disk.)
/// assert_eq!((stats.hits, stats.misses, stats.entries), (1, 1, 1));
/// ```
#[must_use]
pub fn stats() -> Stats {
    // The configuration is read here if nothing was mapped yet, so that its mistakes are counted.
    config();
    if is_forked_child() {
        return Stats { errors: faults::count(), faults: faults::messages(), ..Stats::default() };
    }
    let sites = used();
    let hits = all_hits();
    let of = |site: &'static Site| site.stats(hits.get(site.index()).copied().unwrap_or(0));
    let functions: Vec<FunctionStats> = sites.into_iter().map(of).collect();
    let mut all = Counts::NONE;
    for function in &functions {
        all.add(&function.counts);
    }
    Stats {
        hits: all.hits,
        misses: all.misses,
        errors: faults::count(),
        faults: faults::messages(),
        rejected: Rejection::ALL.map(|reason| (reason, reason.counted())).into_iter().filter(|(_, n)| *n > 0).collect(),
        recalled: all.recalled,
        saved_ns: all.saved_ns,
        entries: functions.iter().map(|function| function.entries).sum(),
        tiers: persist::tiers(),
        functions,
    }
}
