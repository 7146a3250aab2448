//! Places where plans are kept, outside of the memory of the process, and how they are asked: fast to slow.
//!
//! May use: `record`, `machine`, `id`, `rejection`. A tier knows nothing of other tiers, of functions that are running, or
//! of who asks.

pub mod stack;

use std::fmt;
use std::io;
use std::time::Instant;

use crate::id::FunctionId;
use crate::machine::fingerprint::{Fingerprint, FingerprintId};
use crate::record::plans::Plans;
use crate::rejection::Rejection;

/// A place where plans are kept. Several functions are asked for at once, so that a tier beyond a network needs one round
/// trip and a tier behind a lock takes it once.
pub trait Tier: fmt::Debug + Send + Sync {
    /// The name under which it is counted and shown.
    fn name(&self) -> &'static str;

    /// The plans of these functions under one fingerprint: an answer for each function, in their order.
    ///
    /// After `deadline` nobody waits for the answer any more.
    fn get(&self, fingerprint: FingerprintId, functions: &[FunctionId], deadline: Option<Instant>) -> Vec<Lookup>;

    /// Adds plans of functions under one fingerprint to what is there ([`Plans::merge`]): a result for each of `plans`, in
    /// their order. `today` is seconds since 1970.
    fn put(&self, fingerprint: &Fingerprint, plans: &[Plans], today: u64) -> Vec<io::Result<()>>;

    /// Removes the plans of these functions under one fingerprint.
    ///
    /// # Errors
    /// If some may still be there.
    fn remove(&self, fingerprint: FingerprintId, functions: &[FunctionId]) -> io::Result<()>;
}

/// What a tier has of one function: its plans, or `None` if there are none.
pub type Lookup = Result<Option<Plans>, Unusable>;

/// Why a tier has no usable plans of a function.
#[derive(Debug)]
pub enum Unusable {
    /// There are some, which cannot be used.
    Rejected(Rejection),
    /// They could not be read.
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

impl<T: Tier + ?Sized> Tier for std::sync::Arc<T> {
    fn name(&self) -> &'static str {
        (**self).name()
    }

    fn get(&self, fingerprint: FingerprintId, functions: &[FunctionId], deadline: Option<Instant>) -> Vec<Lookup> {
        (**self).get(fingerprint, functions, deadline)
    }

    fn put(&self, fingerprint: &Fingerprint, plans: &[Plans], today: u64) -> Vec<io::Result<()>> {
        (**self).put(fingerprint, plans, today)
    }

    fn remove(&self, fingerprint: FingerprintId, functions: &[FunctionId]) -> io::Result<()> {
        (**self).remove(fingerprint, functions)
    }
}
