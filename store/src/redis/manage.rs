//! What a person may do with all the plans in a Redis: see whether it answers, and remove what is ours. Keys of others are
//! neither read nor changed.

use std::collections::BTreeSet;
use std::io;
use std::time::{Duration, Instant};

use ::redis::{Connection, RedisResult, Value, cmd, pipe};

use super::batches::write_in_batches;
use super::keys::{parts, prefix};
use super::link::{Limits, Link, Purpose, jitter};
use super::values::{decode, encode, seconds_to_live};
use crate::clock::unix_seconds;
use crate::config::config;
use crate::config::redis_url::RedisUrl;
use crate::id::FunctionId;
use crate::machine::fingerprint::FingerprintId;
use crate::record::entry::Entry;
use crate::record::plans::Plans;

/// All plans of this format version in a Redis, of all programs and machines.
#[derive(Debug)]
pub struct Shared {
    link: Link,
}

/// A person can wait longer than a program.
const LIMITS: Limits = Limits { connect: Duration::from_secs(5), answer: Duration::from_secs(5) };
/// How many keys a server looks at before it answers. While it does, it serves nobody else.
const STEP: usize = 500;

impl Shared {
    /// The plans in the Redis at this URL. Nothing is connected yet. `None` if the URL cannot be understood.
    #[must_use]
    pub fn open(url: &RedisUrl) -> Option<Self> {
        Some(Self { link: Link::new(url, LIMITS)? })
    }

    /// How long it takes to answer, once it is connected.
    ///
    /// # Errors
    /// If it does not answer, or refuses.
    pub fn ping(&self) -> io::Result<Duration> {
        self.link.request(Purpose::Ask, |connection| {
            let start = Instant::now();
            cmd("PING").exec(connection)?;
            Ok(start.elapsed())
        })
    }

    /// All plans that can be read.
    ///
    /// # Errors
    /// If it does not answer, or refuses.
    pub fn plans(&self) -> io::Result<Vec<Plans>> {
        let mut all = Vec::new();
        self.each_step(|keys| {
            let request = |connection: &mut Connection| cmd("MGET").arg(keys).query(connection);
            let values: Vec<Option<Vec<u8>>> = self.link.request(Purpose::Ask, request)?;
            all.extend(keys.iter().zip(values).filter_map(|(key, value)| plans_in(key, &value?)));
            Ok(())
        })?;
        Ok(all)
    }

    /// What all of our values take, in bytes. No value is read for that.
    ///
    /// # Errors
    /// If it does not answer, or refuses.
    pub fn bytes(&self) -> io::Result<u64> {
        let mut bytes = 0;
        self.each_step(|keys| {
            let mut lengths = pipe();
            for key in keys {
                lengths.cmd("STRLEN").arg(key);
            }
            // A value that is no string is nobody's plan.
            let request =
                |connection: &mut Connection| lengths.ignore_errors().query::<Vec<RedisResult<u64>>>(connection);
            bytes += self.link.request(Purpose::Ask, request)?.into_iter().flatten().sum::<u64>();
            Ok(())
        })?;
        Ok(bytes)
    }

    /// Removes all plans, also what cannot be read. Returns how many plans could.
    ///
    /// # Errors
    /// If it does not answer, or refuses. Some may be removed already.
    pub fn clear(&self) -> io::Result<usize> {
        self.retain(|_, _| false, false)
    }

    /// Removes the plans of functions with this path. Returns how many.
    ///
    /// # Errors
    /// If it does not answer, or refuses. Some may be removed already.
    pub fn clear_function(&self, path: &str) -> io::Result<usize> {
        self.retain(|plans, _| plans.function != path, true)
    }

    /// Removes the plans that were last measured longer ago than `ttl`, or without it, longer ago than their own TTL or the
    /// [configured](crate::config::Config::ttl) one; also those from the future, and what cannot be read. Returns how many
    /// plans could.
    ///
    /// # Errors
    /// If it does not answer, or refuses. Some may be removed already.
    pub fn prune(&self, ttl: Option<Duration>) -> io::Result<usize> {
        let today = unix_seconds();
        let is_young = |plans: &Plans, entry: &Entry| {
            let ttl = ttl.unwrap_or_else(|| config().ttl_of(plans.own_ttl()));
            entry.age(today) <= ttl && !entry.is_from_the_future(today)
        };
        self.retain(is_young, false)
    }

    fn retain(&self, keep: impl Fn(&Plans, &Entry) -> bool, keeps_unreadable: bool) -> io::Result<usize> {
        let mut removed = 0;
        self.each_step(|keys| {
            let attempt = |some: &[Vec<u8>]| {
                let request = |connection: &mut Connection| retain(connection, some, &keep, keeps_unreadable);
                let count = self.link.request(Purpose::Write, request)?;
                removed += count.unwrap_or(0);
                Ok(count.is_some())
            };
            let results = write_in_batches(keys, STEP, attempt, |time| self.link.sleep(time), jitter());
            let done = results.into_iter().try_fold(true, |all, done| Ok::<_, io::Error>(all && done?))?;
            if done { Ok(()) } else { Err(io::Error::new(io::ErrorKind::WouldBlock, self.link.contended())) }
        })?;
        Ok(removed)
    }

    /// Calls `step` with all of our keys, some at a time. Never `KEYS`, which would stop the server for as long as it takes.
    fn each_step(&self, mut step: impl FnMut(&[Vec<u8>]) -> io::Result<()>) -> io::Result<()> {
        let (pattern, mut cursor, mut seen) = (format!("{}*", prefix()), 0u64, BTreeSet::new());
        loop {
            let request = |connection: &mut Connection| {
                let mut scan = cmd("SCAN");
                scan.arg(cursor).arg("MATCH").arg(&pattern).arg("COUNT").arg(STEP);
                scan.query::<(u64, Vec<Vec<u8>>)>(connection)
            };
            let (next, keys) = self.link.request(Purpose::Ask, request)?;
            let keys = unseen(keys, &mut seen);
            if !keys.is_empty() {
                step(&keys)?;
            }
            if next == 0 {
                return Ok(());
            }
            cursor = next;
        }
    }
}

/// Those of these keys that are ours and have not come before: a server that makes more room for its keys while it is asked
/// may name one again, also much later. What begins like ours and goes on otherwise is somebody else's.
fn unseen(keys: Vec<Vec<u8>>, seen: &mut BTreeSet<(FingerprintId, FunctionId)>) -> Vec<Vec<u8>> {
    keys.into_iter().filter(|key| parts(key).is_some_and(|parts| seen.insert(parts))).collect()
}

fn plans_in(key: &[u8], value: &[u8]) -> Option<Plans> {
    let (fingerprint, function) = parts(key)?;
    decode(value, fingerprint, function).ok()
}

/// Removes the plans under these keys that are not to be kept. Returns how many; `None` if a program has written under one of
/// the keys meanwhile, and nothing was changed.
fn retain(
    connection: &mut Connection,
    keys: &[Vec<u8>],
    keep: &impl Fn(&Plans, &Entry) -> bool,
    keeps_unreadable: bool,
) -> RedisResult<Option<usize>> {
    let (values,): (Vec<Option<Vec<u8>>>,) =
        pipe().cmd("WATCH").arg(keys).ignore().cmd("MGET").arg(keys).query(connection)?;
    let mut transaction = pipe();
    transaction.atomic();
    let (mut removed, mut is_changed, mut shorter) = (0, false, Vec::new());
    for (key, value) in keys.iter().zip(values) {
        let plans = value.and_then(|value| plans_in(key, &value));
        let Some(mut plans) = plans else {
            if !keeps_unreadable {
                transaction.cmd("UNLINK").arg(key).ignore();
                is_changed = true;
            }
            continue;
        };
        let before = plans.entries.len();
        let kept: Vec<Entry> = plans.entries.iter().filter(|entry| keep(&plans, entry)).cloned().collect();
        if kept.len() == before {
            continue;
        }
        (removed, is_changed) = (removed + before - kept.len(), true);
        plans.entries = kept;
        plans.normalise();
        if plans.entries.is_empty() {
            transaction.cmd("UNLINK").arg(key).ignore();
        } else {
            shorter.push((key, plans));
        }
    }
    // What stays lives for as long as it would have: those who wrote it may have another TTL than we.
    let mut lives = pipe();
    for (key, _) in &shorter {
        lives.cmd("PTTL").arg(key);
    }
    let lives: Vec<i64> = if shorter.is_empty() { Vec::new() } else { lives.query(connection)? };
    for ((key, plans), life) in shorter.into_iter().zip(lives) {
        let own = || 1000 * seconds_to_live(&plans, config().ttl_of(None));
        let life = u64::try_from(life).ok().filter(|life| *life > 0).unwrap_or_else(own);
        transaction.cmd("SET").arg(key).arg(encode(&plans)).arg("PX").arg(life).ignore();
    }
    if !is_changed {
        cmd("UNWATCH").exec(connection)?;
        return Ok(Some(0));
    }
    let done: Option<Value> = transaction.query(connection)?;
    Ok(done.map(|_| removed))
}

#[cfg(test)]
mod tests {
    use super::super::keys::key;
    use super::*;

    #[test]
    fn a_key_that_is_named_again_is_seen_once() {
        let key = |function| key(FingerprintId::from_u64(1), FunctionId::from_u64(function)).into_bytes();
        let mut seen = BTreeSet::new();
        assert_eq!(unseen(vec![key(1), key(2), key(1), b"amorsize:v2:else".to_vec()], &mut seen), [key(1), key(2)]);
        assert_eq!(unseen(vec![key(2), key(3)], &mut seen), [key(3)], "also if it comes with a later answer");
    }
}
