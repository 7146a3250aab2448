//! The options of one call.

use std::num::NonZeroU64;

use crate::executor::memory::most_threads;
use crate::site::site::Site;
use amorsize_store::config::Rigor;

/// The options of one call: those of the attribute, or of the methods of `Run`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choices {
    /// A fixed number of threads.
    pub(crate) n_jobs: Option<usize>,
    /// The fewest items a thread takes at once.
    pub(crate) chunksize: Option<usize>,
    /// Whether to use what was learned and to add to it.
    pub(crate) use_cache: bool,
    /// The most memory that all items that are being worked on may need together, in bytes.
    pub(crate) max_memory: Option<NonZeroU64>,
    /// How hard to look for a plan, if not as hard as for other calls.
    pub(crate) rigor: Option<Rigor>,
}

impl Choices {
    pub(crate) const NONE: Self =
        Self { n_jobs: None, chunksize: None, use_cache: true, max_memory: None, rigor: None };

    /// How hard to look for a plan.
    pub(crate) fn rigor_of(&self, site: &Site) -> Rigor {
        self.rigor.unwrap_or_else(|| site.wanted_rigor())
    }

    /// The most threads that there is memory for.
    pub(crate) fn most_threads(&self, site: &Site) -> usize {
        let most = self.max_memory.map_or(u64::MAX, NonZeroU64::get);
        site.memory_of_an_item().map_or(usize::MAX, |each| most_threads(each, most))
    }
}
