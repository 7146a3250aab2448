//! Advice for a run from its caller, who may know more than the first items tell, such as a stored plan.

use amorsize_store::clock::Nanos;

/// Advises a run that has not called for help yet.
pub(crate) trait SharingPolicy: Sync {
    /// What to do after these first items. Asked after each block, until the answer is [`Advice::Unknown`] or
    /// [`Advice::Known`].
    fn advise(&self, sample: &ProbeSample) -> Advice;

    /// The caller has nothing left to do, and has waited for this long (ns) for a thread that is still on an item: so much
    /// longer than any other item took that it may never end.
    fn report_late(&self, waited: Nanos);
}

/// What is known after the first items of a run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ProbeSample {
    /// Items of the whole run.
    pub(crate) len: usize,
    /// What the first items took, ns.
    pub(crate) time: Nanos,
    /// What the items that are left will take at least, ns.
    pub(crate) sure: f64,
    /// What an item took, ns: the lower of the last two blocks, of which another process may have disturbed one.
    pub(crate) cost: f64,
    /// Whether this is the first block, it took less than 20 ms, and items are left: it may be a stall of the scheduler.
    pub(crate) in_doubt: bool,
    /// Whether help would be called now, going by these items.
    pub(crate) pays: bool,
}

/// What a run that was asked about is to do.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Advice {
    /// Go by the items, and ask again after the next block.
    AskAgain,
    /// Call nobody yet, and ask again after the next block.
    Wait,
    /// Go by the items.
    Unknown,
    /// There is a plan.
    Known(KnownPlan),
}

/// A plan for a run that has not called for help yet.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct KnownPlan {
    /// Threads while the pool sleeps, and while it is awake. 1 is the plain loop.
    pub(crate) n_jobs: [usize; 2],
    /// What the whole run takes as a plain loop, ns.
    pub(crate) serial: f64,
}

impl KnownPlan {
    /// Whether a run that has taken `time` ns so far may still be what the plan was made for.
    pub(crate) fn is_plausible(&self, time: Nanos) -> bool {
        time as f64 <= MAX_EXCESS * self.serial
    }
}

/// A plain loop that takes longer than its plan says by this factor is another one than the plan was made for.
const MAX_EXCESS: f64 = 2.0;
