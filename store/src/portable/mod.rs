//! All plans of a cache folder in one file, to keep or to take elsewhere.
//!
//! May use: `disk`, `record`, `machine`, `error`.

mod export;
mod import;

use serde::{Deserialize, Serialize};

pub use self::export::export;
pub use self::import::{Imported, Merge, import};
use crate::machine::fingerprint::{Fingerprint, FingerprintId};
use crate::record::plans::Plans;

/// What an export holds.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Export {
    /// Seconds since 1970.
    exported: u64,
    places: Vec<PlacePlans>,
}

/// The plans of one fingerprint.
#[derive(Debug, Serialize, Deserialize)]
struct PlacePlans {
    id: FingerprintId,
    /// Its parts, if they are known.
    fingerprint: Option<Fingerprint>,
    plans: Vec<Plans>,
}
