//! The content of an export.

use serde::{Deserialize, Serialize};

use crate::machine::fingerprint::{Fingerprint, FingerprintId};
use crate::record::plans::Plans;

/// The content of an export.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Export {
    /// When it was written, seconds since 1970.
    pub(super) exported: u64,
    pub(super) fingerprints: Vec<FingerprintPlans>,
}

/// The plans of one fingerprint.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct FingerprintPlans {
    pub(super) id: FingerprintId,
    /// The parts of the fingerprint, if they are known.
    pub(super) fingerprint: Option<Fingerprint>,
    pub(super) plans: Vec<Plans>,
}
