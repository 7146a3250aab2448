//! The tier in a Redis.
//!
//! To write is to read, merge and write again, and two programs may do that at once. So the keys are watched (`WATCH`):
//! if somebody else has written one of them meanwhile, nothing of the batch is written, and half of it is tried again with
//! what is there by then. That takes two round trips for a batch, no script on the server, and no lock that a killed
//! program would leave behind.

use std::io;
use std::time::{Duration, Instant};

use ::redis::{Connection, RedisResult, Value, cmd, pipe};

use super::batches::{copy, write_in_batches};
use super::keys::key;
use super::link::{Limits, Link, Purpose, jitter};
use super::values::{decode, encode, seconds_to_live};
use crate::config::redis_url::RedisUrl;
use crate::id::FunctionId;
use crate::machine::fingerprint::{Fingerprint, FingerprintId};
use crate::record::plans::Plans;
use crate::record::stats::TierState;
use crate::tier::{Lookup, Tier, Unusable};

/// The tier in a Redis.
#[derive(Debug)]
pub struct Redis {
    link: Link,
    /// How long plans are kept of functions that do not say it themselves.
    ttl: Duration,
}

/// Nobody waits for these but the thread that asks.
const LIMITS: Limits = Limits { connect: Duration::from_millis(250), answer: Duration::from_millis(100) };
/// The most functions that are asked for at once, and that are written at once.
const MOST_ASKED: usize = 4096;
const MOST_WRITTEN: usize = 256;

impl Redis {
    /// Whether this build can have one.
    pub const IS_BUILT_IN: bool = true;

    /// The Redis at this URL; nothing is connected yet. `None` if the URL cannot be understood. `ttl` is for functions that
    /// do not say it themselves.
    #[must_use]
    pub fn open(url: &RedisUrl, ttl: Duration) -> Option<Self> {
        Some(Self { link: Link::new(url, LIMITS)?, ttl })
    }

    /// Whether asking it is worth while now: it did not just fail.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.link.is_ready(Purpose::Ask)
    }

    /// Whether writing to it is worth while now. A server that is full, or a replica, may be good to ask, and no more.
    #[must_use]
    pub fn takes_plans(&self) -> bool {
        self.link.is_ready(Purpose::Write)
    }

    /// How long to wait before the next attempt to write.
    #[must_use]
    pub fn pause(&self) -> Duration {
        self.link.pause()
    }

    /// The process is about to end: from now on nothing is connected, and all is over at `deadline`.
    pub fn note_exit(&self, deadline: Instant) {
        self.link.note_exit(deadline);
    }

    fn get_some(&self, fingerprint: FingerprintId, functions: &[FunctionId]) -> Vec<Lookup> {
        let keys: Vec<String> = functions.iter().map(|&id| key(fingerprint, id)).collect();
        let request = |connection: &mut Connection| cmd("MGET").arg(&keys).query::<Vec<Option<Vec<u8>>>>(connection);
        match self.link.request(Purpose::Ask, request) {
            Ok(values) => {
                let plans = |(value, &id): (Option<Vec<u8>>, _)| match value {
                    None => Ok(None),
                    Some(value) => decode(&value, fingerprint, id).map(Some).map_err(Unusable::Rejected),
                };
                values.into_iter().zip(functions).map(plans).collect()
            }
            Err(error) => functions.iter().map(|_| Err(Unusable::Io(copy(&error)))).collect(),
        }
    }
}

/// Merges plans into those that are there. False if somebody else has written some of them meanwhile: then nothing is
/// changed.
fn merge(connection: &mut Connection, plans: &[Plans], ttl: Duration, today: u64) -> RedisResult<bool> {
    let keys: Vec<String> = plans.iter().map(|plans| key(plans.fingerprint, plans.id)).collect();
    let (values,): (Vec<Option<Vec<u8>>>,) =
        pipe().cmd("WATCH").arg(&keys).ignore().cmd("MGET").arg(&keys).query(connection)?;
    let mut transaction = pipe();
    transaction.atomic();
    for ((newer, value), key) in plans.iter().zip(values).zip(&keys) {
        // What cannot be read is replaced: the key is ours.
        let there = value.and_then(|value| decode(&value, newer.fingerprint, newer.id).ok());
        let merged = match there {
            None => {
                let mut plans = newer.clone();
                plans.normalise();
                plans
            }
            Some(mut merged) => {
                merged.merge(newer.clone(), today);
                merged
            }
        };
        transaction.cmd("SET").arg(key).arg(encode(&merged)).arg("EX").arg(seconds_to_live(&merged, ttl)).ignore();
    }
    let done: Option<Value> = transaction.query(connection)?;
    Ok(done.is_some())
}

impl Tier for Redis {
    fn name(&self) -> &'static str {
        "redis"
    }

    fn get(&self, fingerprint: FingerprintId, functions: &[FunctionId]) -> Vec<Lookup> {
        functions.chunks(MOST_ASKED).flat_map(|some| self.get_some(fingerprint, some)).collect()
    }

    fn put(&self, _: &Fingerprint, plans: &[Plans], today: u64) -> Vec<io::Result<()>> {
        let write =
            |some: &[Plans]| self.link.request(Purpose::Write, |connection| merge(connection, some, self.ttl, today));
        let results = write_in_batches(plans, MOST_WRITTEN, write, |time| self.link.sleep(time), jitter());
        let contended = || io::Error::new(io::ErrorKind::WouldBlock, self.link.contended());
        let each =
            results.into_iter().map(|result| result.and_then(|done| if done { Ok(()) } else { Err(contended()) }));
        each.collect()
    }

    fn remove(&self, fingerprint: FingerprintId, functions: &[FunctionId]) -> io::Result<()> {
        for some in functions.chunks(MOST_ASKED) {
            let keys: Vec<String> = some.iter().map(|&id| key(fingerprint, id)).collect();
            let request = |connection: &mut Connection| cmd("UNLINK").arg(&keys).exec(connection);
            self.link.request(Purpose::Write, request)?;
        }
        Ok(())
    }

    fn state(&self) -> TierState {
        self.link.state()
    }

    fn fault(&self) -> Option<String> {
        self.link.fault()
    }
}
