//! The content of an export, in each version that was ever written.
//!
//! Version 2 is written. Version 1 has plans of their version 1.

use serde::{Deserialize, Serialize};

use crate::machine::fingerprint::{Fingerprint, FingerprintId};
use crate::record::envelope::{self, Damage, Kind};
use crate::record::plans::Plans;
use crate::record::plans_format::Plans1;

/// The oldest version that is read.
pub(super) const OLDEST: u16 = 1;

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

impl Export {
    /// The export in `bytes`.
    ///
    /// # Errors
    /// If they are anything else.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, Damage> {
        envelope::read_of(Kind::Export, bytes, |version, payload| match version {
            OLDEST => envelope::decode::<Export1>(payload).map(Self::from),
            2 => envelope::decode(payload),
            _ => Err(Damage::Version(version)),
        })
    }
}

/// An export of version 1.
#[derive(Deserialize)]
struct Export1 {
    exported: u64,
    fingerprints: Vec<(FingerprintId, Option<Fingerprint>, Vec<Plans1>)>,
}

impl From<Export1> for Export {
    fn from(stored: Export1) -> Self {
        let group = |(id, fingerprint, plans): (_, _, Vec<Plans1>)| FingerprintPlans {
            id,
            fingerprint,
            plans: plans.into_iter().map(Plans::from).collect(),
        };
        Self { exported: stored.exported, fingerprints: stored.fingerprints.into_iter().map(group).collect() }
    }
}
