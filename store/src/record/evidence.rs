//! The measurements behind a plan: every number of threads that was tried, and what an item took with it.

use serde::{Deserialize, Serialize};

/// The measurements of one function at one size of input. Times are nanoseconds an item, except for `spent` and `lost`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// The plain loop; `None` if it was never measured.
    pub serial: Option<Arm>,
    /// The time of the plain loop, estimated from the first call.
    pub estimate: Option<f32>,
    /// An upper bound for the time of the plain loop: the least total time that the threads of a shared run spent.
    pub bound: Option<f32>,
    /// How much processor time an item takes; `None` if that was not measured. What it takes in the plain loop beyond that is
    /// spent waiting.
    pub cpu: Option<f32>,
    /// Shared runs: while the pool sleeps, and while it is awake.
    pub shared: [SharedEvidence; 2],
}

/// What was measured of shared runs at one temperature of the pool.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SharedEvidence {
    /// Each number of threads that was tried.
    pub arms: Vec<Arm>,
    /// The time of all calls, ns.
    pub spent: f32,
    /// The part of it that the best arm would have saved, ns.
    pub lost: f32,
}

/// A number of threads, what an item took with them, and how often that was measured.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Arm {
    /// Threads, the caller included; 1 for the plain loop.
    pub n_jobs: u32,
    /// What an item takes, ns.
    pub cost: f32,
    /// Calls that were measured.
    pub count: u32,
}

/// The most arms at one temperature: only powers of two are tried.
const MAX_ARMS: usize = 32;

impl Evidence {
    /// Whether `valid` holds for every number of threads and every time in it.
    pub fn all(&self, valid: impl Fn(u32, f32) -> bool) -> bool {
        let times = [self.estimate, self.bound, self.cpu].into_iter().flatten();
        let sums = self.shared.iter().flat_map(|shared| [shared.spent, shared.lost]);
        self.arms().all(|arm| valid(arm.n_jobs, arm.cost))
            && times.chain(sums).all(|time| valid(1, time))
            && self.shared.iter().all(|shared| shared.arms.len() <= MAX_ARMS)
    }

    /// Everything that was measured, the plain loop first.
    pub fn arms(&self) -> impl Iterator<Item = Arm> {
        self.serial.into_iter().chain(self.shared.iter().flat_map(|shared| shared.arms.iter().copied()))
    }

    /// Calls that were measured.
    #[must_use]
    pub fn samples(&self) -> u64 {
        self.arms().map(|arm| u64::from(arm.count)).sum()
    }
}
