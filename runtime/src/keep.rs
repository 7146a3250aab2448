//! What this process learned and counted, put on disk for the next one.

use std::io;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant, SystemTime};

use crate::cache::disk;
use crate::cache::folder::Lock;
use crate::cache::machines::{self, Known, PoolCosts};
use crate::cache::memory::{Memory, News, Way, Whose};
use crate::cache::record::{Course, Entry, LONGEST_NAME, Plans};
use crate::cache::spool::{self, Parcel};
use crate::cache::statistics::{self, Counts, Statistics};
use crate::clock::unix_seconds;
use crate::config::{CacheMode, config};
use crate::executor::pool;
use crate::faults;
use crate::fingerprint::{Fingerprint, Machine};
use crate::rejection::Rejection;
use crate::remember::{self, Home, home};
use crate::site::{Evicted, Site, sites_within};
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
    functions: Vec<Share>,
}

/// What there is of one function.
struct Share {
    site: &'static Site,
    plans: Plans,
    /// Whence the plans were taken: the memories, and the sizes of each.
    taken: Vec<(&'static Memory, Vec<u8>)>,
    /// Plans of those that are no longer in memory.
    evicted: Vec<Evicted>,
    counts: Counts,
}

/// Puts on disk what is new. If others keep the folder busy for longer than `patience`, or this process is about to end,
/// it is left there for them to put in its place.
///
/// # Errors
/// The first fault; what else could be written was.
pub(crate) fn keep(patience: Duration) -> io::Result<()> {
    if config().cache != CacheMode::Write {
        return Ok(());
    }
    let deadline = Instant::now() + patience;
    let left = || deadline.saturating_duration_since(Instant::now());
    let mut kept = lock_within(&KEPT, left()).ok_or_else(busy)?;
    let Some(home) = home(left()).map_err(|_| busy())? else { return Ok(()) };
    let sites = sites_within(left()).ok_or_else(busy)?;
    let hits = metrics::all_hits(left()).ok_or_else(busy)?;
    let now = unix_seconds();

    let mut batches: Vec<Batch> = Vec::new();
    for site in &sites {
        let build = site.build().bits();
        let at = batches.iter().position(|batch| batch.fingerprint.build == build).unwrap_or_else(|| {
            batches.push(Batch { fingerprint: home.fingerprint(site.build()), functions: Vec::new() });
            batches.len() - 1
        });
        let hits = hits.get(site.index()).copied().unwrap_or(0);
        let share = Share::of(site, &batches[at].fingerprint, hits, now);
        if !share.is_empty() {
            batches[at].functions.push(share);
        }
    }
    let pool = pool_costs().filter(|costs| kept.pool.unwrap_or(home.pool).differs(costs));
    let damaged: Vec<_> = sites.iter().filter(|site| site.take_damaged()).collect();
    if batches.iter().all(|batch| batch.functions.is_empty()) && pool.is_none() && damaged.is_empty() {
        return Ok(());
    }

    let shares = || batches.iter().flat_map(|batch| &batch.functions);
    let lock = lock_in_time(home, left).inspect_err(|_| {
        shares().for_each(Share::give_back);
        for site in &damaged {
            site.note_damaged();
        }
    })?;
    let mut done = Ok(());
    let mut note = |result: io::Result<()>| {
        if done.is_ok() {
            done = result;
        }
    };
    let Some(lock) = lock else {
        for batch in batches {
            leave(home, &mut kept, batch, now, &mut note);
        }
        for site in damaged {
            site.note_damaged();
        }
        // Whoever held the lock may have let go of it without seeing this.
        let _ = spool::settle(&home.folder, TIDYING, now);
        return done;
    };
    if is_still_here(home, &mut kept, pool, now, &mut note) {
        for batch in &batches {
            put(home, &lock, &mut kept, batch, now, &mut note);
        }
    } else {
        // It is put where it belongs the next time.
        shares().for_each(Share::give_back);
    }
    for site in damaged {
        let id = home.fingerprint(site.build()).id();
        note(disk::discard(&home.folder, &lock, id, site.id().get()));
    }
    let limit = config().max_size;
    if lock.is_sweep_due(limit, now) {
        note(disk::evict(&home.folder, &lock, limit, now).map(drop));
    }
    drop(lock);
    // Now that our own is done. Whatever is wrong with that of others is no fault of ours.
    let _ = spool::settle(&home.folder, TIDYING, now);
    done
}

/// The lock of the folder, unless others have it for too long.
fn lock_in_time(home: &Home, left: impl Fn() -> Duration) -> io::Result<Option<Lock>> {
    loop {
        let lock = home.folder.lock(left().min(BRIEFLY))?;
        if lock.is_some() || left().is_zero() || ENDING.load(Relaxed) {
            return Ok(lock);
        }
    }
}

/// A process that is about to end waits no longer for others.
const BRIEFLY: Duration = Duration::from_millis(20);

/// To put in its place what others left may take so long: this process may be about to end.
const TIDYING: Duration = Duration::from_millis(100);

/// Whether this process is about to end.
static ENDING: AtomicBool = AtomicBool::new(false);

/// The process is about to end: nobody is to wait long from now on.
pub(crate) fn end() {
    ENDING.store(true, Relaxed);
}

/// Does something while no thread of this process puts anything on disk, if that can be had within `patience`.
pub(crate) fn while_nobody_writes<R>(patience: Duration, something: impl FnOnce() -> R) -> io::Result<R> {
    let _kept = lock_within(&KEPT, patience).ok_or_else(busy)?;
    Ok(something())
}

fn busy() -> io::Error {
    io::Error::new(io::ErrorKind::TimedOut, "others keep it busy")
}

impl Share {
    /// What is new of a function that had so many hits.
    fn of(site: &'static Site, fingerprint: &Fingerprint, hits: u64, now: u64) -> Self {
        let id = fingerprint.id().0;
        let mut plans = Plans { fingerprint: id, id: site.id().get(), function: site.path(), ..Plans::default() };
        plans.ttl = remember::own_ttl(site).map(|ttl| ttl.as_secs());
        let mut taken = Vec::new();
        let evicted = site.take_evicted();
        for (whose, news) in &evicted {
            add(&mut plans, *whose, news, fingerprint.pool, now);
        }
        for memory in site.memories().filter(|memory| memory.has_news()) {
            let Some((whose, news)) = memory.take_news() else { continue };
            taken.push((memory, add(&mut plans, whose, &news, fingerprint.pool, now)));
        }
        let counts = site.counts(hits).since(&crate::lock(&site.counted));
        Self { site, plans, taken, evicted, counts }
    }

    fn is_empty(&self) -> bool {
        self.plans.entries.is_empty() && self.counts.is_empty()
    }

    /// What was counted is on disk.
    fn counted(&self) {
        crate::lock(&self.site.counted).advance(&self.counts);
    }

    /// The plans could not be kept: they are still news.
    fn give_back(&self) {
        for (memory, buckets) in &self.taken {
            memory.return_news(buckets.iter().copied());
        }
        self.site.return_evicted(&self.evicted);
    }
}

/// Adds what is new of one instantiation and key. The sizes.
fn add(plans: &mut Plans, whose: Whose, news: &[News], pool: u32, measured: u64) -> Vec<u8> {
    let before = plans.entries.len();
    plans.entries.extend(news.iter().filter_map(|news| entry(whose, news, pool, measured)));
    let buckets: Vec<u8> = plans.entries[before..].iter().map(|entry| entry.key.bucket).collect();
    if !buckets.is_empty() && !whose.instantiation.is_empty() {
        let name = whose.instantiation.chars().take(LONGEST_NAME).collect();
        plans.names.push((remember::digest(whose.instantiation), name));
    }
    buckets
}

/// What is kept of one size; nothing if it is not fit to be used.
fn entry(whose: Whose, news: &News, pool: u32, measured: u64) -> Option<Entry> {
    let News { bucket, ref learned, cost, word } = *news;
    let machine = pool::quick_model();
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
fn put(home: &Home, lock: &Lock, kept: &mut Kept, batch: &Batch, now: u64, note: &mut impl FnMut(io::Result<()>)) {
    let Batch { fingerprint, functions } = batch;
    if functions.is_empty() {
        return;
    }
    note(disk::describe(&home.folder, fingerprint));
    for share in functions.iter().filter(|share| !share.plans.entries.is_empty()) {
        let merged = disk::merge(&home.folder, lock, share.plans.clone(), now);
        if merged.is_err() {
            share.give_back();
        }
        note(merged);
    }
    let id = fingerprint.id();
    for share in functions.iter().filter(|share| share.site.is_to_be_marked(SystemTime::now())) {
        // It may have been removed meanwhile, and was not worth more than that.
        let _ = disk::touch(&home.folder, id, share.site.id().get());
    }
    let (statistics, after) = batch.statistics(kept, now);
    let added = statistics::add(&home.folder, lock, id, &statistics);
    if added.is_ok() {
        *kept = after;
        functions.iter().for_each(Share::counted);
    }
    note(added);
}

/// Leaves one fingerprint's news for others to put in its place.
///
/// It is taken for that of this process's beginning, and its files are not marked as used: both can wait.
fn leave(home: &Home, kept: &mut Kept, batch: Batch, now: u64, note: &mut impl FnMut(io::Result<()>)) {
    if batch.functions.is_empty() {
        return;
    }
    let (statistics, after) = batch.statistics(kept, now);
    let plans = batch.functions.iter().map(|share| &share.plans).filter(|plans| !plans.entries.is_empty());
    let plans = plans.cloned().collect();
    let left = spool::leave(&home.folder, &Parcel { fingerprint: batch.fingerprint, plans, statistics });
    if left.is_ok() {
        *kept = after;
        batch.functions.iter().for_each(Share::counted);
    } else {
        batch.functions.iter().for_each(Share::give_back);
    }
    note(left);
}

impl Batch {
    /// What was counted since, and what is on disk once that is.
    fn statistics(&self, kept: &Kept, now: u64) -> (Statistics, Kept) {
        let (errors, rejected) = (faults::count(), Rejection::ALL.map(Rejection::counted));
        let news =
            Rejection::ALL.iter().zip(rejected.iter().zip(kept.rejected)).map(|(r, (now, before))| (r, now - before));
        let counts = self.functions.iter().map(|share| &share.counts).filter(|counts| !counts.is_empty());
        let statistics = Statistics {
            since: now,
            until: now,
            processes: u64::from(!kept.began),
            errors: errors - kept.errors,
            rejected: news.filter(|(_, n)| *n > 0).map(|(r, n)| (r.name().to_owned(), n)).collect(),
            functions: counts.cloned().collect(),
        };
        (statistics, Kept { began: true, errors, rejected, pool: kept.pool })
    }
}

/// Keeps what is known of the machine. False if it is no longer what it was when this process began: from now on it is
/// another one.
fn is_still_here(
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
    let is_known = theirs.is_some();
    let (machine, asked) = match theirs {
        Some(machine) => (machine, asked),
        None if fresh => (home.machine.clone(), asked),
        None => (Machine::ask(), now),
    };
    if !is_known || pool.is_some() {
        let costs = pool.or(kept.pool).unwrap_or(home.pool);
        let written = machines::keep(&home.folder, label, &Known { machine: machine.clone(), asked, pool: costs });
        if written.is_ok() {
            kept.pool = Some(costs);
        }
        note(written);
    }
    let same = machine == home.machine;
    if !same {
        remember::move_home(home.moved(machine, asked));
    }
    same
}

fn pool_costs() -> Option<PoolCosts> {
    pool::costs().map(|(start, wake)| PoolCosts { start, wake })
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
