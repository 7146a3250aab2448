//! How plans are stored: the payloads of records, in each version that was ever written.
//!
//! Version 2 is written: [`Plans`] as they are. Version 1 knew neither processor times nor functions that may use more threads than
//! there are cores.

use serde::Deserialize;

use super::entry::{Entry, Key};
use super::envelope::{self, Damage, Kind, Log};
use super::evidence::{Arm, Evidence, SharedEvidence};
use super::plans::Plans;
use super::schedule::Schedule;
use crate::id::FunctionId;
use crate::machine::fingerprint::FingerprintId;

/// A record with these plans.
#[must_use]
pub fn write(plans: &Plans) -> Vec<u8> {
    envelope::write(Kind::Plans, plans)
}

/// The plans in `bytes`, which must be exactly one record.
///
/// # Errors
/// If they are anything else.
pub fn read(bytes: &[u8]) -> Result<Plans, Damage> {
    envelope::read_of(Kind::Plans, bytes, decode)
}

/// Reads a log of plans.
#[must_use]
pub fn read_log(bytes: &[u8]) -> Log<Plans> {
    envelope::read_log_of(Kind::Plans, bytes, decode)
}

fn decode(version: u16, payload: &[u8]) -> Result<Plans, Damage> {
    match version {
        1 => envelope::decode::<Plans1>(payload).map(Plans::from),
        2 => envelope::decode(payload),
        _ => Err(Damage::Version(version)),
    }
}

/// Plans in version 1.
#[derive(Deserialize)]
pub(crate) struct Plans1 {
    fingerprint: FingerprintId,
    id: FunctionId,
    ttl: Option<u64>,
    function: String,
    names: Vec<(u64, String)>,
    entries: Vec<Entry1>,
}

#[derive(Deserialize)]
struct Entry1 {
    key: (u64, u64, u8),
    measured: u64,
    pool: u32,
    cost: f32,
    awake: Schedule,
    asleep: Schedule,
    evidence: Evidence1,
}

#[derive(Deserialize)]
struct Evidence1 {
    serial: Option<Arm>,
    estimate: Option<f32>,
    bound: Option<f32>,
    shared: [SharedEvidence; 2],
}

impl From<Plans1> for Plans {
    fn from(stored: Plans1) -> Self {
        let Plans1 { fingerprint, id, ttl, function, names, entries } = stored;
        Self { fingerprint, id, ttl, function, names, entries: entries.into_iter().map(Entry::from).collect() }
    }
}

impl From<Entry1> for Entry {
    fn from(stored: Entry1) -> Self {
        let Entry1 { key: (instantiation, user, bucket), measured, pool, cost, awake, asleep, evidence } = stored;
        let Evidence1 { serial, estimate, bound, shared } = evidence;
        let evidence = Evidence { serial, estimate, bound, cpu: None, shared };
        let key = Key { instantiation, user, bucket, blocking: false };
        Self { key, measured, pool, cost, awake, asleep, evidence }
    }
}
