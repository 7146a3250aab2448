//! What an export holds.

use serde::{Deserialize, Serialize};

use crate::machine::fingerprint::{Fingerprint, FingerprintId};
use crate::record::plans::Plans;

/// What an export holds.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Export {
    /// Seconds since 1970.
    pub(super) exported: u64,
    pub(super) fingerprints: Vec<FingerprintPlans>,
}

/// The plans of one fingerprint.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct FingerprintPlans {
    pub(super) id: FingerprintId,
    /// Its parts, if they are known.
    pub(super) fingerprint: Option<Fingerprint>,
    pub(super) plans: Vec<Plans>,
}
