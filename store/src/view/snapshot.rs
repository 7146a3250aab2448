//! Everything that is measured, at one moment: what every page, endpoint, exporter and command shows.

use serde::Serialize;

use super::functions::PlanInfo;
use super::settings::Settings;
use crate::id::FunctionId;
pub use crate::record::counts::{Counts, Day};
pub use crate::record::stats::{TierState, TierStats};

/// Everything that is measured, at one moment: of a process, or of all processes that share a cache folder.
#[derive(Clone, Debug, Default, Serialize)]
#[non_exhaustive]
pub struct Snapshot {
    /// What it is of.
    pub scope: Scope,
    /// When it was taken, microseconds since 1970.
    pub taken_us: u64,
    /// For how long counting has gone on, in seconds: since the process started, or since a process first added its counts.
    pub uptime_seconds: f64,
    /// What is configured.
    pub settings: Settings,
    /// The counts of all functions together.
    pub counts: Counts,
    /// Plans that were found and not used, by the name of the reason. Reasons that did not occur are left out.
    pub rejected: Vec<(String, u64)>,
    /// The messages of the last faults of the cache and the configuration, each once.
    pub faults: Vec<String>,
    /// The tiers, memory first, then the fastest first.
    pub tiers: Vec<TierStats>,
    /// The functions that were called or that have plans, sorted by path.
    pub functions: Vec<FunctionSnapshot>,
    /// What was counted on each of the last 60 days on which anything was, the oldest first.
    pub days: Vec<Day>,
}

/// What a [`Snapshot`] is of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// One process.
    #[default]
    Process,
    /// All processes that share a cache folder.
    Folder,
}

/// One function.
#[derive(Clone, Debug, Default, Serialize)]
#[non_exhaustive]
pub struct FunctionSnapshot {
    /// Its path, `crate::module::name`.
    pub function: String,
    /// Its identity, 16 hexadecimal digits.
    pub id: FunctionId,
    /// Its counts.
    pub counts: Counts,
    /// Its plans for this machine, in the order of instantiation, key, option `blocking` and size.
    pub plans: Vec<PlanInfo>,
}

impl FunctionSnapshot {
    /// Puts its plans in order.
    pub fn sort(&mut self) {
        let key = |plan: &PlanInfo| (plan.instantiation.clone(), plan.key.clone(), plan.blocking, plan.items);
        self.plans.sort_by_cached_key(key);
    }
}
