//! Tiers: where plans are kept outside of the memory of the process, such as a folder on disk.
//!
//! May use: `record`, `machine`, `id`, `rejection`, `clock`, `sync`. A tier knows nothing of other tiers, of its
//! callers, or of functions that are running. `stack` asks several tiers, the fastest first.

pub mod stack;

use std::fmt;
use std::io;

use crate::id::FunctionId;
use crate::machine::fingerprint::{Fingerprint, FingerprintId};
use crate::record::plans::Plans;
use crate::record::stats::TierState;
use crate::rejection::Rejection;

/// A store of plans. Its methods take several functions at once, so that a tier behind a network needs one round trip, and a
/// tier behind a lock takes it once.
pub trait Tier: fmt::Debug + Send + Sync {
    /// The name under which it is counted and shown.
    fn name(&self) -> &'static str;

    /// Looks up the plans of these functions under one fingerprint. Returns a result for each function, in the same order.
    fn get(&self, fingerprint: FingerprintId, functions: &[FunctionId]) -> Vec<Lookup>;

    /// Merges plans of functions under one fingerprint into the stored ones ([`Plans::merge`]). Returns a result for each of
    /// `plans`, in the same order. `today` is seconds since 1970.
    ///
    /// `WouldBlock` says that other programs kept writing the plans of that function. That is no fault: it is to be tried
    /// again.
    fn put(&self, fingerprint: &Fingerprint, plans: &[Plans], today: u64) -> Vec<io::Result<()>>;

    /// Removes the plans of these functions under one fingerprint.
    ///
    /// # Errors
    /// If some may still be there.
    fn remove(&self, fingerprint: FingerprintId, functions: &[FunctionId]) -> io::Result<()>;

    /// How many functions it has removed by itself, to make room, since the process started.
    fn evictions(&self) -> u64 {
        0
    }

    /// Whether it can be used now. To be answered at once.
    fn state(&self) -> TierState {
        TierState::Active
    }

    /// What is wrong with it as a whole now, for people; `None` if nothing is. To be answered at once.
    fn fault(&self) -> Option<String> {
        None
    }
}

/// The result of looking up one function in a tier: its plans, or `None` if the tier has none.
pub type Lookup = Result<Option<Plans>, Unusable>;

/// Why a tier has no usable plans of a function.
#[derive(Debug)]
pub enum Unusable {
    /// It has plans that cannot be used.
    Rejected(Rejection),
    /// Its plans could not be read.
    Io(io::Error),
}

impl fmt::Display for Unusable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rejected(reason) => reason.fmt(f),
            Self::Io(error) => error.fmt(f),
        }
    }
}
