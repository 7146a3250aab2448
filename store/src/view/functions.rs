//! Functions and their plans.

use std::time::Duration;

use serde::Serialize;

use super::places::Place;
use super::schedules::{Basis, ScheduleInfo, Tried, serial_basis};
use crate::clock::seconds_since_1970;
use crate::config::config;
use crate::disk::plans::StoredPlans;
use crate::id::FunctionId;
use crate::machine::fingerprint::FingerprintId;
use crate::record::buckets::{TimeBucket, size_name};
use crate::record::entry::Entry;
use crate::rejection::Rejection;

/// A function with plans.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Function {
    /// Its path, `crate::module::name`.
    pub function: String,
    /// Its identity, 16 hexadecimal digits.
    pub id: FunctionId,
    /// The fingerprint under which its plans are valid.
    pub fingerprint: FingerprintId,
    /// Whether the fingerprint is of this machine, with any build.
    pub here: bool,
    /// Length of its file.
    pub bytes: u64,
    /// When the file was last written or used, seconds since 1970.
    pub used: u64,
    /// Calls under this fingerprint whose plan was known, over all processes.
    pub hits: u64,
    /// Its plans, in the order of instantiation, key, option `blocking` and size.
    pub plans: Vec<PlanInfo>,
}

/// The stored plan for one instantiation, key and size of input.
#[derive(Clone, Debug, Default, Serialize)]
#[non_exhaustive]
pub struct PlanInfo {
    /// The type name of the instantiation. `None` for a free function that is not generic.
    pub instantiation: Option<String>,
    /// The digest of the user's `key(..)`, 16 hexadecimal digits. `None` if there is no `key(..)`.
    pub key: Option<String>,
    /// Whether it is a plan for the option `blocking`: it may have more threads than there are cores.
    pub blocking: bool,
    /// The fewest and the most items of this size.
    pub items: (u64, u64),
    /// The size as a word: tiny, small, medium, large, xlarge.
    pub size: &'static str,
    /// How long an item takes, as a word: instant, fast, moderate, slow, `very_slow`.
    pub time: &'static str,
    /// What an item takes in the plain loop, ns.
    pub serial_ns: f64,
    /// What `serial_ns` rests on: calls as a plain loop, or an estimate from the items of other calls.
    pub serial_basis: Basis,
    /// For what part of the plain loop an item waits, as for a disk or a network, from 0 to 1. `None` if that was not measured: it is
    /// in calls of more than 2 ms, on Linux.
    pub blocking_share: Option<f64>,
    /// How the loop is run while the pool is awake.
    pub awake: ScheduleInfo,
    /// How the loop is run while the pool sleeps.
    pub asleep: ScheduleInfo,
    /// Every number of threads that was tried, from the plain loop to the most.
    pub tried: Vec<Tried>,
    /// Threads of the pool it was learned on.
    pub pool: u32,
    /// Calls that were measured.
    pub samples: u64,
    /// When it was last measured, seconds since 1970.
    pub measured: u64,
    /// How long ago it was last measured, in seconds.
    pub age: u64,
    /// Its TTL in seconds: that of the function's attribute, else the configured one.
    pub ttl: u64,
    /// Whether it is older than that, on whatever machine: then it is used nowhere.
    pub expired: bool,
    /// Why it would not be used on this machine now; `None` if it would.
    pub rejected: Option<Rejection>,
}

impl Function {
    /// Whether `name` is its path, the end of its path from a `::` on, or its identity, also in capitals.
    #[must_use]
    pub fn is_called(&self, name: &str) -> bool {
        is_called(&self.function, self.id, name)
    }

    /// The plans of one file, with the number of hits of the function.
    pub(crate) fn new(found: StoredPlans, place: &Place, hits: u64, now: u64) -> Self {
        let StoredPlans { plans, size, used } = found;
        let ttl = config().ttl_of(plans.own_ttl());
        // Those for the option `blocking` come behind the others.
        let (others, blocking): (Vec<_>, Vec<_>) = plans.entries.iter().partition(|entry| !entry.key.blocking);
        let mut entries = [others, blocking].concat();
        entries.sort_by_key(|entry| (entry.key.instantiation, entry.key.user));
        let infos = entries.into_iter().map(|entry| PlanInfo::new(entry, &plans.names, place, ttl, now));
        Self {
            id: plans.id,
            fingerprint: place.id,
            here: place.is_here(),
            bytes: size,
            used: seconds_since_1970(used),
            hits,
            plans: infos.collect(),
            function: plans.function,
        }
    }
}

impl PlanInfo {
    fn new(entry: &Entry, names: &[(u64, String)], place: &Place, ttl: Duration, now: u64) -> Self {
        let name_of = |digest| names.iter().find(|(known, _)| *known == digest).map(|(_, name)| name.clone());
        let instantiation = entry.key.instantiation;
        let pool = place.fingerprint.as_ref().map(|fingerprint| fingerprint.pool);
        let rejected = if place.is_here() { None } else { Some(Rejection::Fingerprint) };
        Self {
            expired: entry.age(now) > ttl,
            rejected: rejected.or_else(|| entry.check(now, ttl, pool).err()),
            ..Self::in_use(
                entry,
                (instantiation != 0).then(|| name_of(instantiation).unwrap_or_else(|| format!("{instantiation:016x}"))),
                ttl,
                now,
            )
        }
    }

    /// A plan that a process has in memory and uses, whatever its age.
    #[must_use]
    pub fn in_use(entry: &Entry, instantiation: Option<String>, ttl: Duration, now: u64) -> Self {
        let first = 1u64 << entry.key.bucket.min(63);
        Self {
            instantiation,
            key: (entry.key.user != 0).then(|| format!("{:016x}", entry.key.user)),
            blocking: entry.key.blocking,
            items: (first, first - 1 + first),
            size: size_name(entry.key.bucket),
            time: TimeBucket::of(f64::from(entry.cost)).name(),
            serial_ns: f64::from(entry.cost),
            serial_basis: serial_basis(entry),
            blocking_share: entry.evidence.cpu.map(|cpu| (1.0 - f64::from(cpu / entry.cost)).clamp(0.0, 1.0)),
            awake: ScheduleInfo::new(entry, true),
            asleep: ScheduleInfo::new(entry, false),
            tried: Tried::all(&entry.evidence),
            pool: entry.pool,
            samples: entry.evidence.samples(),
            measured: entry.measured,
            age: entry.age(now).as_secs(),
            ttl: ttl.as_secs(),
            expired: false,
            rejected: None,
        }
    }
}

/// Whether `name` is this path, the end of it from a `::` on, or this identity, also in capitals.
#[must_use]
pub fn is_called(function: &str, id: FunctionId, name: &str) -> bool {
    let is_end = |rest: &str| !name.is_empty() && (rest.is_empty() || rest.ends_with("::"));
    id.to_string().eq_ignore_ascii_case(name) || function.strip_suffix(name).is_some_and(is_end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_goes_by_the_end_of_its_path() {
        let id = FunctionId::from_u64(255);
        for (name, is) in
            [("crate::text::score", true), ("text::score", true), ("score", true), ("core", false), ("", false)]
        {
            assert_eq!(is_called("crate::text::score", id, name), is, "{name}");
        }
        for (name, is) in [("00000000000000ff", true), ("00000000000000FF", true), ("ff", false), ("X", false)] {
            assert_eq!(is_called("x", id, name), is, "{name}");
        }
    }
}
