//! Who is asked whether a run is to be shared.

use crate::clock::Nanos;

/// Someone who may know more of a run than its first items tell.
pub(crate) trait SharingPolicy: Sync {
    /// What is to be done after these first items. Asked again and again as long as the answer is to do so.
    fn advise(&self, sample: &ProbeSample) -> Advice;
}

/// What the first items told.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ProbeSample {
    /// Items in all.
    pub(crate) len: usize,
    /// What they took, ns.
    pub(crate) time: Nanos,
    /// What those that are left will take at the least, ns.
    pub(crate) sure: f64,
    /// What one took at last, ns: the lower of two values, of which another process may have disturbed one.
    pub(crate) cost: f64,
    /// Whether there is one value so far, and a short one, which may be nothing but such a disturbance; and more are to
    /// come.
    pub(crate) in_doubt: bool,
    /// Whether by all this help would be called now.
    pub(crate) pays: bool,
}

/// What to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Advice {
    /// As the items say. Ask again.
    AskAgain,
    /// Wait for more of them. Ask again.
    Wait,
    /// As the items say.
    Unknown,
    /// So many threads, while the pool sleeps and while it is awake; 1 for the plain loop.
    Known([usize; 2]),
}
