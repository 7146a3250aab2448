//! How counts are stored: the payloads of records, in each version that was ever written.
//!
//! Version 2 is written. Version 1 had fewer counts and no days.

use serde::{Deserialize, Serialize};

use super::counts::{Counts, Day};
use super::envelope::{self, Damage, Kind, Log};
use super::statistics::Statistics;
use super::stats::FunctionStats;
use crate::id::FunctionId;

/// A record with these counts.
#[must_use]
pub fn write(statistics: &Statistics) -> Vec<u8> {
    let Statistics { since, until, processes, errors, rejected, functions, days } = statistics;
    let function = |stats: &FunctionStats| (stats.id, stats.function.clone(), Stored::from(stats.counts));
    envelope::write(
        Kind::Statistics,
        &Version2 {
            since: *since,
            until: *until,
            processes: *processes,
            errors: *errors,
            rejected: rejected.clone(),
            functions: functions.iter().map(function).collect(),
            days: days.iter().map(|day| (day.day, day.counts.into())).collect(),
        },
    )
}

/// Reads a log of counts.
#[must_use]
pub fn read(bytes: &[u8]) -> Log<Statistics> {
    envelope::read_log_of(Kind::Statistics, bytes, |version, payload| match version {
        1 => envelope::decode::<Version1>(payload).map(Statistics::from),
        2 => envelope::decode::<Version2>(payload).map(Statistics::from),
        _ => Err(Damage::Version(version)),
    })
}

/// A payload of version 2.
#[derive(Serialize, Deserialize)]
struct Version2 {
    since: u64,
    until: u64,
    processes: u64,
    errors: u64,
    rejected: Vec<(String, u64)>,
    functions: Vec<(FunctionId, String, Stored)>,
    days: Vec<(u32, Stored)>,
}

/// Counts by their places.
#[derive(Serialize, Deserialize)]
struct Stored {
    unsigned: [u64; 12],
    saved_ns: i64,
}

impl From<Counts> for Stored {
    fn from(counts: Counts) -> Self {
        Self { unsigned: counts.unsigned(), saved_ns: counts.saved_ns }
    }
}

impl From<Stored> for Counts {
    fn from(stored: Stored) -> Self {
        let mut counts = Self { saved_ns: stored.saved_ns, ..Self::NONE };
        for (count, stored) in counts.unsigned_mut().into_iter().zip(stored.unsigned) {
            *count = stored;
        }
        counts
    }
}

impl From<Version2> for Statistics {
    fn from(stored: Version2) -> Self {
        let Version2 { since, until, processes, errors, rejected, functions, days } = stored;
        let function =
            |(id, function, counts): (_, _, Stored)| FunctionStats { id, function, counts: counts.into(), entries: 0 };
        let day = |(day, counts): (_, Stored)| Day { day, counts: counts.into() };
        Self {
            since,
            until,
            processes,
            errors,
            rejected,
            functions: functions.into_iter().map(function).collect(),
            days: days.into_iter().map(day).collect(),
        }
    }
}

/// A payload of version 1.
#[derive(Deserialize)]
struct Version1 {
    since: u64,
    until: u64,
    processes: u64,
    errors: u64,
    rejected: Vec<(String, u64)>,
    functions: Vec<Function1>,
}

/// Counts of one function in version 1.
#[derive(Deserialize)]
struct Function1 {
    id: FunctionId,
    function: String,
    hits: u64,
    recalled: u64,
    misses: u64,
    errors: u64,
    saved_ns: i64,
}

impl From<Version1> for Statistics {
    fn from(stored: Version1) -> Self {
        let Version1 { since, until, processes, errors, rejected, functions } = stored;
        let function = |stored: Function1| {
            let Function1 { id, function, hits, recalled, misses, errors, saved_ns } = stored;
            let counts = Counts { hits, recalled, misses, errors, saved_ns, ..Counts::NONE };
            FunctionStats { id, function, counts, entries: 0 }
        };
        let functions = functions.into_iter().map(function).collect();
        let mut all = Self { since, until, processes, errors, rejected, functions, days: Vec::new() };
        // What was counted in several days cannot be told apart.
        let (first, last) = (Day::at(since, all.sum()), Day::at(until, all.sum()));
        if first == last {
            last.add_to(&mut all.days);
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::super::envelope::tests::of_version;
    use super::*;

    #[test]
    fn versions_add_up_and_later_ones_are_kept() {
        let counts = Counts { hits: 1, saved_ns: -1, miss_ns: 5, ..Counts::NONE };
        let id = FunctionId::from_u64(7);
        let stats = FunctionStats { id, function: "a::b".into(), counts, entries: 0 };
        let days = vec![Day { day: 3, counts }];
        let second = Statistics { since: 5, until: 6, functions: vec![stats], days, ..Statistics::default() };
        let rejected: Vec<(String, u64)> = Vec::new();
        let first = |until: u64| {
            let functions = vec![(id, "a::b", 10u64, 0u64, 2u64, 0u64, 30i64)];
            of_version(Kind::Statistics, 1, &(86_400u64, until, 1u64, 4u64, &rejected, functions))
        };
        let newer = of_version(Kind::Statistics, 3, &"something else");
        let log = read(&[first(86_401), newer.clone(), write(&second), first(200_000)].concat());
        assert_eq!((log.other_versions, log.is_damaged, log.records.len()), (newer, false, 3));
        assert_eq!(log.records[1], second);
        let counts = Counts { hits: 10, misses: 2, errors: 4, saved_ns: 30, ..Counts::NONE };
        assert_eq!(log.records[0].days, [Day { day: 1, counts }], "all of it was counted on one day");
        assert_eq!((log.records[2].sum(), &log.records[2].days[..]), (counts, &[][..]));
    }
}
