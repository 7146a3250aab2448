//! What this process learned and counted, put on disk for the next one.

use std::collections::BTreeMap;
use std::io;
use std::sync::Mutex;
use std::time::{Duration, Instant, SystemTime};

use crate::cache::disk;
use crate::cache::folder::Lock;
use crate::cache::machines::{self, Known, PoolCosts};
use crate::cache::memory::{News, Way, Whose};
use crate::cache::record::{Course, Entry, LONGEST_NAME, Plans};
use crate::cache::statistics::{self, Counts, Statistics};
use crate::clock::unix_seconds;
use crate::config::{CacheMode, config};
use crate::executor::pool;
use crate::faults;
use crate::fingerprint::{Fingerprint, FingerprintId, Machine};
use crate::rejection::Rejection;
use crate::remember::{self, Home, home};
use crate::site::{Site, sites_within};
use crate::{lock_within, metrics};

/// What is already on disk, but for the counts of the functions. One thread at a time writes.
#[derive(Debug)]
struct Kept {
    began: bool,
    errors: u64,
    rejected: [u64; Rejection::ALL.len()],
    pool: Option<PoolCosts>,
}

static KEPT: Mutex<Kept> =
    Mutex::new(Kept { began: false, errors: 0, rejected: [0; Rejection::ALL.len()], pool: None });

/// What there is to be put under one fingerprint.
struct Batch {
    fingerprint: Fingerprint,
    plans: Vec<Plans>,
    statistics: Statistics,
}

/// Puts on disk what is new, unless others keep the folder busy for longer than `patience`.
///
/// # Errors
/// The first fault; what else could be written was.
pub(crate) fn keep(patience: Duration) -> io::Result<()> {
    if config().cache != CacheMode::Write {
        return Ok(());
    }
    let Some(home) = home() else { return Ok(()) };
    let deadline = Instant::now() + patience;
    let left = || deadline.saturating_duration_since(Instant::now());
    let busy = || io::Error::new(io::ErrorKind::TimedOut, "others keep it busy");
    let mut kept = lock_within(&KEPT, left()).ok_or_else(busy)?;
    let sites = sites_within(left()).ok_or_else(busy)?;
    let hits = metrics::all_hits(left()).ok_or_else(busy)?;
    let now = unix_seconds();

    let mut batches = BTreeMap::new();
    for site in &sites {
        let fingerprint = home.fingerprint(site.build());
        let batch: &mut Batch = batches.entry(fingerprint.id()).or_insert_with(|| Batch {
            plans: Vec::new(),
            statistics: Statistics { since: now, until: now, ..Statistics::default() },
            fingerprint,
        });
        batch.plans.extend(news(site, batch.fingerprint.id(), batch.fingerprint.pool, now));
        let counts = site.counts(hits.get(site.index()).copied().unwrap_or(0)).since(&crate::lock(&site.counted));
        if !counts.is_empty() {
            batch.statistics.functions.push(counts);
        }
    }
    let pool = pool_costs().filter(|costs| kept.pool.unwrap_or(home.pool).differs(costs));
    let damaged = sites.iter().any(|site| site.damaged());
    let nothing = batches.values().all(|batch| batch.plans.is_empty() && batch.statistics.functions.is_empty());
    if nothing && pool.is_none() && !damaged {
        return Ok(());
    }

    let locked = home.folder.lock(left()).and_then(|lock| lock.ok_or_else(busy));
    let lock = match locked {
        Ok(lock) => lock,
        Err(error) => {
            return_news(&sites, batches.values().flat_map(|batch| &batch.plans));
            return Err(error);
        }
    };
    let mut done = Ok(());
    let mut note = |result: io::Result<()>| {
        if done.is_ok() {
            done = result;
        }
    };
    if still_here(home, &mut kept, pool, now, &mut note) {
        for batch in batches.into_values() {
            put(home, &lock, &mut kept, &sites, batch, now, &mut note);
        }
    }
    for site in sites.iter().filter(|site| site.was_damaged()) {
        let id = home.fingerprint(site.build()).id();
        note(disk::discard(&home.folder, &lock, id, site.id().get()));
    }
    let limit = config().max_size;
    if lock.is_sweep_due(limit, now) {
        note(disk::evict(&home.folder, &lock, limit, now).map(drop));
    }
    done
}

/// What is new of a function.
fn news(site: &'static Site, fingerprint: FingerprintId, pool: u32, now: u64) -> Option<Plans> {
    let mut plans =
        Plans { fingerprint: fingerprint.0, id: site.id().get(), function: site.path(), ..Plans::default() };
    for memory in site.memories().filter(|memory| memory.has_news()) {
        let Some((whose, news)) = memory.take_news() else { continue };
        let before = plans.entries.len();
        plans.entries.extend(news.into_iter().filter_map(|news| entry(whose, &news, pool, now)));
        if plans.entries.len() > before && !whose.instantiation.is_empty() {
            let name = whose.instantiation.chars().take(LONGEST_NAME).collect();
            plans.names.push((remember::digest(whose.instantiation), name));
        }
    }
    (!plans.entries.is_empty()).then_some(plans)
}

/// What is kept of one size; nothing if it is not fit to be used.
fn entry(whose: Whose, news: &News, pool: u32, measured: u64) -> Option<Entry> {
    let News { bucket, ref learned, cost, word } = *news;
    let machine = pool::machine_in_time();
    let len = 1usize.checked_shl(u32::from(bucket))?;
    let course = |hot| {
        let way = if word.is_plain() { Way::PLAIN } else { word.way(hot) };
        // What was only predicted may have been for more threads than there are: there was no pool to count them.
        let n_jobs = if learned.has_tried(way.n_jobs, hot) { way.n_jobs } else { way.n_jobs.min(pool as usize) };
        let expected = learned.expects(n_jobs, len, &machine, hot).map_or(cost, |cost| cost as f32);
        let chunksize = (way.chunksize as u64).min((2 << bucket.min(62)) - 1);
        Course { n_jobs: n_jobs as u32, chunksize, open: way.open, expected }
    };
    let (awake, asleep) = (course(true), course(false));
    let pool = pool.max(awake.n_jobs).max(asleep.n_jobs);
    let summary = learned.summary();
    let entry = Entry { key: remember::key(whose, bucket), measured, pool, cost, awake, asleep, summary };
    entry.is_within_bounds().then_some(entry)
}

/// Puts one fingerprint's news on disk.
fn put(
    home: &Home,
    lock: &Lock,
    kept: &mut Kept,
    sites: &[&'static Site],
    batch: Batch,
    now: u64,
    note: &mut impl FnMut(io::Result<()>),
) {
    let id = batch.fingerprint.id();
    let Batch { fingerprint, plans, mut statistics } = batch;
    if plans.is_empty() && statistics.functions.is_empty() {
        return;
    }
    note(disk::describe(&home.folder, &fingerprint));
    for plans in plans {
        note(disk::merge(&home.folder, lock, plans, now));
    }
    for site in sites.iter().filter(|site| site.is_to_be_marked(SystemTime::now())) {
        if home.fingerprint(site.build()).id() == id {
            // It may have been removed meanwhile, and was not worth more than that.
            let _ = disk::touch(&home.folder, id, site.id().get());
        }
    }
    let (errors, rejected) = (faults::count(), Rejection::ALL.map(Rejection::counted));
    statistics.processes = u64::from(!kept.began);
    statistics.errors = errors - kept.errors;
    let news =
        Rejection::ALL.iter().zip(rejected.iter().zip(kept.rejected)).map(|(r, (now, before))| (r, now - before));
    statistics.rejected = news.filter(|(_, n)| *n > 0).map(|(r, n)| (r.name().to_owned(), n)).collect();
    let added = statistics::add(&home.folder, lock, id, &statistics);
    if added.is_ok() {
        *kept = Kept { began: true, errors, rejected, pool: kept.pool };
        for site in sites {
            if let Some(more) = statistics.functions.iter().find(|counts| counts.id == site.id().get()) {
                crate::lock(&site.counted).advance(more);
            }
        }
    }
    note(added);
}

/// Keeps what is known of the machine. False if it is no longer what it was when this process began: then what was
/// learned belongs nowhere.
fn still_here(
    home: &Home,
    kept: &mut Kept,
    pool: Option<PoolCosts>,
    now: u64,
    note: &mut impl FnMut(io::Result<()>),
) -> bool {
    let Some(label) = home.label else { return true };
    let known = machines::recall(&home.folder, label);
    let asked = known.as_ref().map_or(home.asked, |known| known.asked);
    let fresh = now.abs_diff(asked) < machines::BELIEVED;
    // Others may have asked since this process began.
    let theirs = known.map(|known| known.machine).filter(|_| fresh);
    let (machine, asked) = match theirs {
        Some(machine) if pool.is_none() => return machine == home.machine,
        Some(machine) => (machine, asked),
        None if fresh => (home.machine.clone(), asked),
        None => (Machine::ask(), now),
    };
    let same = machine == home.machine;
    let costs = pool.or(kept.pool).unwrap_or(home.pool);
    let written = machines::keep(&home.folder, label, &Known { machine, asked, pool: costs });
    if written.is_ok() {
        kept.pool = Some(costs);
    }
    note(written);
    same
}

fn pool_costs() -> Option<PoolCosts> {
    pool::costs().map(|(start, wake)| PoolCosts { start, wake })
}

/// What was taken and not kept is news again.
fn return_news<'a>(sites: &[&'static Site], plans: impl Iterator<Item = &'a Plans>) {
    for plans in plans {
        for site in sites.iter().filter(|site| site.id().get() == plans.id) {
            for memory in site.memories() {
                let whose = memory.whose();
                let theirs = plans.entries.iter().filter(|entry| entry.key == remember::key(whose, entry.key.bucket));
                memory.return_news(theirs.map(|entry| entry.key.bucket));
            }
        }
    }
}

impl Counts {
    /// So much more is on disk.
    fn advance(&mut self, more: &Self) {
        self.hits += more.hits;
        self.recalled += more.recalled;
        self.misses += more.misses;
        self.errors += more.errors;
        self.saved = self.saved.wrapping_add(more.saved);
    }
}

impl PoolCosts {
    /// Whether others had better know of it.
    fn differs(&self, other: &Self) -> bool {
        let apart = |a: f64, b: f64| a.max(b) > 1.25 * a.min(b);
        let wakes = self.wake.iter().zip(other.wake);
        apart(self.start as f64, other.start as f64)
            || wakes.into_iter().any(|(a, b)| {
                b.0 > 0.0 && apart(f64::from(a.0), f64::from(b.0)) || b.1 > 0.0 && apart(f64::from(a.1), f64::from(b.1))
            })
    }
}
