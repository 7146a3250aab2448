//! The functions of this room without the feature `redis`: there is none.

use std::io;
use std::time::{Duration, Instant};

use crate::config::redis_url::RedisUrl;
use crate::id::FunctionId;
use crate::machine::fingerprint::{Fingerprint, FingerprintId};
use crate::record::plans::Plans;
use crate::tier::{Lookup, Tier};

/// There is no such tier.
#[derive(Debug)]
pub enum Redis {}

impl Redis {
    /// Whether this build can have one.
    pub const IS_BUILT_IN: bool = false;

    /// `None`: this build has no Redis.
    #[must_use]
    pub fn open(_: &RedisUrl, _: Duration) -> Option<Self> {
        None
    }

    /// Whether asking it is worth while now.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        match *self {}
    }

    /// Whether writing to it is worth while now.
    #[must_use]
    pub fn takes_plans(&self) -> bool {
        match *self {}
    }

    /// How long to wait before the next attempt to write.
    #[must_use]
    pub fn pause(&self) -> Duration {
        match *self {}
    }

    /// The process is about to end.
    pub fn note_exit(&self, _: Instant) {
        match *self {}
    }
}

impl Tier for Redis {
    fn name(&self) -> &'static str {
        match *self {}
    }

    fn get(&self, _: FingerprintId, _: &[FunctionId]) -> Vec<Lookup> {
        match *self {}
    }

    fn put(&self, _: &Fingerprint, _: &[Plans], _: u64) -> Vec<io::Result<()>> {
        match *self {}
    }

    fn remove(&self, _: FingerprintId, _: &[FunctionId]) -> io::Result<()> {
        match *self {}
    }
}

/// There is nothing to manage.
#[derive(Debug)]
pub enum Shared {}

impl Shared {
    /// `None`: this build has no Redis.
    #[must_use]
    pub fn open(_: &RedisUrl) -> Option<Self> {
        None
    }

    /// How long it takes to answer.
    ///
    /// # Errors
    /// Never.
    pub fn ping(&self) -> io::Result<Duration> {
        match *self {}
    }

    /// What all of our values take, in bytes.
    ///
    /// # Errors
    /// Never.
    pub fn bytes(&self) -> io::Result<u64> {
        match *self {}
    }

    /// All plans that can be read.
    ///
    /// # Errors
    /// Never.
    pub fn plans(&self) -> io::Result<Vec<Plans>> {
        match *self {}
    }

    /// Removes all plans.
    ///
    /// # Errors
    /// Never.
    pub fn clear(&self) -> io::Result<usize> {
        match *self {}
    }

    /// Removes the plans of functions with this path.
    ///
    /// # Errors
    /// Never.
    pub fn clear_function(&self, _: &str) -> io::Result<usize> {
        match *self {}
    }

    /// Removes the plans that were last measured longer ago than this.
    ///
    /// # Errors
    /// Never.
    pub fn prune(&self, _: Option<Duration>) -> io::Result<usize> {
        match *self {}
    }
}
