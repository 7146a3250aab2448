//! Everything that is measured, at one moment: what every page, endpoint, exporter and command shows.

use serde::Serialize;

use super::functions::PlanInfo;
use super::settings::Settings;
use crate::id::FunctionId;

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
    /// The messages of faults of the cache and the configuration, each once.
    pub faults: Vec<String>,
    /// The tiers, memory first, then the fastest first.
    pub tiers: Vec<TierSnapshot>,
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

/// Counts of one function, or of several.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Counts {
    /// Calls whose plan was known.
    pub hits: u64,
    /// Of the hits, those whose plan was loaded from another tier than memory by the call itself.
    pub recalled: u64,
    /// Calls whose plan was not known and was sought.
    pub misses: u64,
    /// Faults; they are never counted as misses.
    pub errors: u64,
    /// Calls that were shared among threads. All others were plain loops.
    pub shared: u64,
    /// Times that a plan no longer agreed with what calls took.
    pub drift_alarms: u64,
    /// What the shared calls would have taken as plain loops, by what is known of their items, ns.
    pub serial_ns: u64,
    /// What the shared calls took, ns.
    pub wall_ns: u64,
    /// What shared calls took less than plain loops would have, ns; negative if they took more.
    pub saved_ns: i64,
    /// Hits for which it was measured how long finding the plan took. (It is measured for few, because to read a clock
    /// takes longer than most hits.)
    pub timed_hits: u64,
    /// How long finding the plan took in those, ns.
    pub hit_ns: u64,
    /// Misses for which it was measured how long seeking and choosing a plan took.
    pub timed_misses: u64,
    /// How long that took in those, ns.
    pub miss_ns: u64,
}

/// One place where plans are kept.
#[derive(Clone, Debug, Default, Serialize)]
#[non_exhaustive]
pub struct TierSnapshot {
    /// Its name: `memory`, `embedded`, `disk` or `redis`.
    pub tier: String,
    /// How it is.
    pub state: TierState,
    /// Lookups of a function that found plans.
    pub hits: u64,
    /// Lookups of a function that found no usable plans.
    pub misses: u64,
    /// Lookups and writes of a function that failed.
    pub errors: u64,
    /// Requests for plans, each for one or more functions.
    pub lookups: u64,
    /// The total time of these requests, ns.
    pub latency_ns: u64,
    /// Plans in it; `None` if that is not known.
    pub entries: Option<u64>,
    /// Bytes that they take; `None` if that is not known.
    pub bytes: Option<u64>,
    /// What is wrong with it now.
    pub fault: Option<String>,
}

/// How a tier is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TierState {
    /// It is in this process or on this machine, and in use.
    Active,
    /// It is reached over a connection, which is there.
    Connected,
    /// It is reached over a connection, which is not there now.
    Disconnected,
    /// It is not configured, or switched off.
    #[default]
    Disabled,
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
    /// Its plans for this machine, in the order of instantiation, key and size.
    pub plans: Vec<PlanInfo>,
}

/// What was counted on one day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Day {
    /// Days since 1970-01-01, by UTC.
    pub day: u32,
    /// The counts of all functions together.
    pub counts: Counts,
}

impl Counts {
    /// Hits and misses.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.hits.saturating_add(self.misses)
    }

    /// The share of calls whose plan was known, from 0 to 1. `None` if there was no call.
    #[must_use]
    pub fn hit_rate(&self) -> Option<f64> {
        (self.requests() > 0).then(|| self.hits as f64 / self.requests() as f64)
    }

    /// How long finding a known plan takes, ns. `None` if it was not measured.
    #[must_use]
    pub fn average_hit_ns(&self) -> Option<f64> {
        (self.timed_hits > 0).then(|| self.hit_ns as f64 / self.timed_hits as f64)
    }

    /// How long seeking and choosing an unknown plan takes, ns. `None` if it was not measured.
    #[must_use]
    pub fn average_miss_ns(&self) -> Option<f64> {
        (self.timed_misses > 0).then(|| self.miss_ns as f64 / self.timed_misses as f64)
    }

    /// How many times as long a miss takes as a hit. `None` if either was not measured.
    #[must_use]
    pub fn gain(&self) -> Option<f64> {
        let (hit, miss) = (self.average_hit_ns()?, self.average_miss_ns()?);
        (hit > 0.0).then(|| miss / hit)
    }

    /// How many times as fast the shared calls were as plain loops would have been. `None` if none was shared.
    #[must_use]
    pub fn speedup(&self) -> Option<f64> {
        (self.wall_ns > 0).then(|| self.serial_ns as f64 / self.wall_ns as f64)
    }

    /// Adds the counts of `more`.
    pub fn add(&mut self, more: &Self) {
        let Self { hits, recalled, misses, errors, shared, drift_alarms, serial_ns, wall_ns, saved_ns, .. } = self;
        let Self { timed_hits, hit_ns, timed_misses, miss_ns, .. } = self;
        *saved_ns = saved_ns.saturating_add(more.saved_ns);
        for (sum, more) in [
            (hits, more.hits),
            (recalled, more.recalled),
            (misses, more.misses),
            (errors, more.errors),
            (shared, more.shared),
            (drift_alarms, more.drift_alarms),
            (serial_ns, more.serial_ns),
            (wall_ns, more.wall_ns),
            (timed_hits, more.timed_hits),
            (hit_ns, more.hit_ns),
            (timed_misses, more.timed_misses),
            (miss_ns, more.miss_ns),
        ] {
            *sum = sum.saturating_add(more);
        }
    }
}

impl TierSnapshot {
    /// What a request takes, ns. `None` if there was none.
    #[must_use]
    pub fn average_latency_ns(&self) -> Option<f64> {
        (self.lookups > 0).then(|| self.latency_ns as f64 / self.lookups as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_known_once_something_was_counted() {
        let mut all = Counts::default();
        assert_eq!((all.hit_rate(), all.gain(), all.speedup()), (None, None, None));
        let one = Counts { hits: 3, misses: 1, timed_hits: 2, hit_ns: 40, ..Counts::default() };
        let two = Counts { timed_misses: 1, miss_ns: 20_000, serial_ns: 30, wall_ns: 20, saved_ns: 10, ..one };
        all.add(&one);
        all.add(&two);
        assert_eq!((all.requests(), all.hit_rate()), (8, Some(0.75)));
        assert_eq!((all.gain(), all.speedup(), all.saved_ns), (Some(1000.0), Some(1.5), 10));
    }
}
