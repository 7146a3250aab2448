//! The options of one call.

/// The options of one call: those of the attribute, or of the methods of `Run`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choices {
    /// A fixed number of threads.
    pub(crate) n_jobs: Option<usize>,
    /// The fewest items a thread takes at once.
    pub(crate) chunksize: Option<usize>,
    /// Whether to use what was learned and to add to it.
    pub(crate) use_cache: bool,
}

impl Choices {
    pub(crate) const NONE: Self = Self { n_jobs: None, chunksize: None, use_cache: true };
}
