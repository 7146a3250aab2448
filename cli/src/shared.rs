//! The Redis that plans are shared by: whether it answers, and `clear --redis` and `prune --redis`.

use std::collections::BTreeSet;
use std::io;
#[cfg(feature = "dashboard")]
use std::sync::mpsc::{SyncSender, sync_channel};
#[cfg(feature = "dashboard")]
use std::sync::{Arc, Mutex};
#[cfg(feature = "dashboard")]
use std::thread;
use std::time::Duration;

use amorsize_store::config::config;
use amorsize_store::config::redis_url::RedisUrl;
use amorsize_store::redis::{Redis, Shared};
#[cfg(feature = "dashboard")]
use amorsize_store::sync::lock;
use amorsize_store::view::functions::is_called;
use amorsize_store::view::settings::settings;
#[cfg(any(feature = "bench", feature = "dashboard"))]
use amorsize_store::view::snapshot::{TierState, TierStats};
use serde::Serialize;

use crate::answer::Answer;
use crate::failure::Failure;
use crate::manage::{NOTHING_REMOVED, is_meant};
use crate::words::{clean, counted, duration, paragraph};

/// What was removed from a Redis.
#[derive(Debug, Serialize)]
pub(crate) struct SharedRemoval {
    /// Its URL, without passwords.
    redis: String,
    removed: usize,
    #[serde(skip)]
    text: String,
}

impl Answer for SharedRemoval {
    fn text(&self, width: usize) -> String {
        paragraph(&self.text, width)
    }
}

/// Removes the plans of a function from the Redis, or all there are, if someone says that this is meant.
pub(crate) fn clear(function: Option<&str>, yes: bool, asks: bool) -> Result<SharedRemoval, Failure> {
    let (url, shared) = open()?;
    let removed = |removed, text| SharedRemoval { redis: url.to_string(), removed, text };
    let all = shared.plans().map_err(|error| failed(&error))?;
    let wanted = || all.iter().filter(|plans| function.is_none_or(|name| is_called(&plans.function, plans.id, name)));
    let paths: BTreeSet<&str> = wanted().map(|plans| plans.function.as_str()).collect();
    let plans: usize = wanted().map(|plans| plans.entries.len()).sum();
    let count = counted(plans as u64, "plan");
    let what = match (function, paths.first()) {
        (Some(name), None) => {
            return Err(Failure::new(format!("there is no function called {} in {url}", clean(name))));
        }
        (Some(_), Some(_)) if paths.len() > 1 => {
            let paths: Vec<_> = paths.into_iter().map(clean).collect();
            let paths = paths.join(", ");
            return Err(Failure::new(format!("several functions are called that, name one of them: {paths}")));
        }
        (Some(_), Some(path)) => format!("{count} of {} in {url}", clean(path)),
        (None, _) => format!("all {count} of {} in {url}", counted(paths.len() as u64, "function")),
    };
    if !is_meant(&what, yes, asks)? {
        return Ok(removed(0, NOTHING_REMOVED.into()));
    }
    let count = match (function, paths.first()) {
        (Some(_), Some(path)) => shared.clear_function(path),
        _ => shared.clear(),
    };
    let count = count.map_err(|error| failed(&error))?;
    let text =
        format!("{} removed from {url}. Machines that have them on disk keep them.", counted(count as u64, "plan"));
    Ok(removed(count, text))
}

/// Removes the plans in the Redis that were last measured longer ago than `asked`, or without it, longer ago than their TTL.
pub(crate) fn prune(asked: Option<Duration>) -> Result<SharedRemoval, Failure> {
    let (url, shared) = open()?;
    let count = shared.prune(asked).map_err(|error| failed(&error))?;
    let age = match asked {
        Some(ttl) => format!("more than {} ago", duration(ttl.as_secs())),
        None => format!("more than {} ago, or longer ago than its function says", duration(settings().ttl)),
    };
    let text = match count {
        0 => format!("No plan in {url} was last measured {age}."),
        _ => format!("{} removed from {url}, last measured {age}.", counted(count as u64, "plan")),
    };
    Ok(SharedRemoval { redis: url.to_string(), removed: count, text })
}

/// Removes the plans of the functions with these paths from the Redis.
#[cfg(feature = "bench")]
pub(crate) fn forget(paths: &[&str]) -> Result<(), Failure> {
    let (_, shared) = open()?;
    paths.iter().try_for_each(|path| shared.clear_function(path).map(drop)).map_err(|error| failed(&error))
}

fn open() -> Result<(&'static RedisUrl, Shared), Failure> {
    if !Redis::IS_BUILT_IN {
        return Err(Failure::new("this command was built without the feature `redis`"));
    }
    let Some(url) = config().redis_url() else {
        return Err(Failure::wrong_use("no Redis is named: set AMORSIZE_REDIS_URL"));
    };
    let shared = Shared::open(url).ok_or_else(|| Failure::new(format!("{url} is no Redis that this build can use")))?;
    Ok((url, shared))
}

fn failed(error: &io::Error) -> Failure {
    Failure::new(error.to_string())
}

/// Whether the Redis answers.
#[derive(Debug, Serialize)]
pub(crate) struct Ping {
    /// Its URL, without passwords.
    pub(crate) url: String,
    /// What a round trip takes. `None` if it does not answer.
    pub(crate) ping_ns: Option<u64>,
}

/// The Redis as a tier: whether it answers, and what our values in it take. A tier that is disabled if none is named, or this
/// build has none. It takes a look at every key, some at a time.
#[cfg(any(feature = "bench", feature = "dashboard"))]
pub(crate) fn tier() -> TierStats {
    let mut tier = TierStats::default();
    tier.tier = "redis";
    if let Ok((_, shared)) = open() {
        match shared.bytes() {
            Ok(bytes) => (tier.state, tier.bytes) = (TierState::Connected, Some(bytes)),
            Err(error) => (tier.state, tier.fault) = (TierState::Disconnected, Some(error.to_string())),
        }
    }
    tier
}

/// The Redis as a tier, looked at by a thread of its own, so that nobody waits for it.
#[cfg(feature = "dashboard")]
#[derive(Debug)]
pub(crate) struct Watched {
    latest: Arc<Mutex<TierStats>>,
    ask: SyncSender<()>,
}

#[cfg(feature = "dashboard")]
impl Watched {
    /// Has a thread look at the Redis now. The thread ends with the process.
    pub(crate) fn start() -> Self {
        let mut unknown = TierStats::default();
        unknown.tier = "redis";
        if open().is_ok() {
            unknown.state = TierState::Disconnected;
        }
        let latest = Arc::new(Mutex::new(unknown));
        // A request that comes while it looks, or pauses, has it look once more afterwards.
        let (ask, asked) = sync_channel(1);
        let found = Arc::clone(&latest);
        thread::spawn(move || {
            loop {
                let tier = tier();
                *lock(&found) = tier;
                thread::sleep(PAUSE);
                if asked.recv().is_err() {
                    return;
                }
            }
        });
        Self { latest, ask }
    }

    /// As it was when the thread last looked. If that is more than a few seconds ago, the thread looks again.
    pub(crate) fn latest(&self) -> TierStats {
        // Whoever has asked already has done so for this request, too.
        let _ = self.ask.try_send(());
        lock(&self.latest).clone()
    }
}

/// Between two looks.
#[cfg(feature = "dashboard")]
const PAUSE: Duration = Duration::from_secs(10);

/// Asks the Redis whether it is there. `None` if none is named, or this build has none.
pub(crate) fn ping(problems: &mut Vec<String>) -> Option<Ping> {
    let (url, shared) = open().ok()?;
    let time = shared.ping().map_err(|error| problems.push(format!("Redis cannot be used: {error}"))).ok();
    Some(Ping { url: url.to_string(), ping_ns: time.map(|time| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)) })
}
