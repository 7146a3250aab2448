//! Asks the far tiers and writes to them, on a thread of its own: whatever they do, nothing else waits for them, neither the disk nor
//! the exit of the process.
//!
//! A first call that finds no plan on disk has them asked, and works on its items meanwhile. It calls for no help yet, for a
//! few milliseconds at the most. If they have not answered by then, calls do not wait again before they did.

use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::sync::{Condvar, Mutex};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use amorsize_store::clock::{now, unix_seconds};
use amorsize_store::config::config;
use amorsize_store::faults;
use amorsize_store::id::FunctionId;
use amorsize_store::machine::fingerprint::Fingerprint;
use amorsize_store::record::plans::Plans;
use amorsize_store::record::stats::TierState;
use amorsize_store::redis::Redis;
use amorsize_store::sync::{lock, lock_within, poll, unpoisoned};
use amorsize_store::tier::stack::Reach;
use amorsize_store::tier::{Tier, Unusable};

use super::collect::plans_of;
use super::delivery::{deliver, report};
use super::function::{Far, StoredFunction};
use super::load::{self, TIMEOUT, valid};
use super::location::{Location, known_redis, locate};
use super::outbox;
use super::save::while_nobody_saves;
use super::takeover::reject;
use crate::executor::policy::{Advice, ProbeSample};
use crate::executor::start_thread::start_thread;
use crate::executor::unwind::drop_quietly;
use crate::site::site::{Site, Tuned};

/// Functions whose plans are to be asked for.
static REQUESTS: Mutex<Vec<&'static Site>> = Mutex::new(Vec::new());

/// The thread that asks the far tiers and writes to them; `None` until it is started.
static THREAD: Mutex<Option<Thread>> = Mutex::new(None);

/// Notified when requests were answered, or have failed.
static ANSWERED: (Mutex<()>, Condvar) = (Mutex::new(()), Condvar::new());

/// How often plans were removed. What was asked for before that is not copied to the disk any more.
static REMOVALS: AtomicUsize = AtomicUsize::new(0);

/// Whether a call has waited in vain, and there was no answer since.
static IS_SLOW: AtomicBool = AtomicBool::new(false);

/// How long functions that are called on purpose, such as `warm()` and `flush()`, wait for the far tiers: as long as an
/// attempt to connect and its request may take.
const PATIENCE: Duration = Duration::from_millis(500);
/// How long the exit handler waits for them.
const EXIT: Duration = Duration::from_millis(20);

/// Takes over what other processes learned of this function: those of this machine, else, if that is `worth` while, those of
/// others. Advises how many threads are best for this call.
pub(crate) fn recall(tuned: Tuned, sample: &ProbeSample, worth: bool) -> Advice {
    let near = load::recall(tuned, sample);
    near.unwrap_or_else(|| if is_usable() { recall_far(tuned, sample, worth) } else { Advice::Unknown })
}

fn recall_far(tuned: Tuned, sample: &ProbeSample, worth: bool) -> Advice {
    let Some(function) = StoredFunction::of(tuned.site, Duration::ZERO) else { return Advice::AskAgain };
    let asked = match function.far() {
        // The answer may have come since we looked.
        Far::Answered => return load::recall(tuned, sample).unwrap_or(Advice::Unknown),
        Far::Asked(time) => time,
        Far::NotAsked if worth => {
            request(&[tuned.site]);
            now()
        }
        Far::NotAsked => return Advice::AskAgain,
    };
    let longest = config().longest_redis_wait();
    let left = longest.saturating_sub(Duration::from_nanos(now().saturating_sub(asked)));
    if left.is_zero() || IS_SLOW.load(Relaxed) {
        IS_SLOW.fetch_or(!longest.is_zero(), Relaxed);
        return Advice::AskAgain;
    }
    if sample.cost <= left.as_nanos() as f64 {
        return Advice::Wait;
    }
    // The next item would take longer than the wait may.
    wait(left, || !matches!(function.far(), Far::Asked(_)));
    match function.far() {
        Far::Answered => load::recall(tuned, sample).unwrap_or(Advice::Unknown),
        _ => Advice::AskAgain,
    }
}

/// Takes over what other processes learned of this function, without comparing the times of items.
pub(crate) fn recall_all(tuned: Tuned) {
    if load::recall_all(tuned) > 0 || !is_usable() {
        return;
    }
    let longest = config().longest_redis_wait();
    if let Some(function) = StoredFunction::of(tuned.site, TIMEOUT)
        && function.far() != Far::Answered
        && !longest.is_zero()
    {
        request(&[tuned.site]);
        wait(longest, || !matches!(function.far(), Far::Asked(_)));
        load::recall_all(tuned);
    }
}

/// Loads the plans of all these functions together: from disk, and those that are not there from the far tiers. Returns the
/// number of plans that were found.
pub(crate) fn warm(sites: &[&'static Site]) -> usize {
    load::warm(sites);
    if is_usable() {
        let known = sites.iter().copied().filter_map(|site| Some((site, StoredFunction::of(site, TIMEOUT)?)));
        let (unknown, functions): (Vec<_>, Vec<_>) = known.filter(|(_, function)| function.is_unknown(TIMEOUT)).unzip();
        request(&unknown);
        wait(PATIENCE, || functions.iter().all(|function| !matches!(function.far(), Far::Asked(_))));
        for site in unknown {
            load::recall_all(site.tuned());
        }
    }
    sites.iter().map(|site| load::count(site)).sum()
}

/// Whether the far tiers are still to say something about this function, of which nothing is known on disk. They are asked,
/// if they were not.
pub(super) fn is_awaited(site: &'static Site, function: &StoredFunction) -> bool {
    match function.far() {
        Far::Answered => false,
        Far::Asked(_) => true,
        Far::NotAsked if !is_usable() || !function.is_unknown(Duration::ZERO) => false,
        Far::NotAsked => {
            request(&[site]);
            true
        }
    }
}

/// Notes that the plans of these functions are to be removed from the far tiers: by [`drain`], or once they can be reached again.
pub(crate) fn remove_far(fingerprint: &Fingerprint, functions: &[FunctionId]) {
    REMOVALS.fetch_add(1, Relaxed);
    if known_redis().is_some() {
        outbox::remove(fingerprint, functions);
    }
}

/// Has what is in the outbox sent.
pub(super) fn send() {
    if Redis::IS_BUILT_IN && !outbox::is_empty() {
        wake();
    }
}

/// Has what is in the outbox sent, and waits for that, unless nothing can be sent now.
pub(crate) fn drain() {
    send();
    if Redis::IS_BUILT_IN && !outbox::is_drained() {
        poll(PATIENCE, || (outbox::is_drained() || !known_redis().is_some_and(Redis::takes_plans)).then_some(()));
    }
}

/// Whether the process is about to end, and there is a connection that works.
static IS_EXITING: AtomicBool = AtomicBool::new(false);

/// At the end of the process: has what is in the outbox sent, if there is a connection that works, and waits for that, but no
/// longer than [`EXIT`]. The other thread does it, so that whatever the server does ends with the process.
pub(super) fn finish() {
    let Some(redis) = known_redis().filter(|redis| redis.state() == TierState::Connected) else { return };
    if outbox::is_drained() || !redis.takes_plans() {
        return;
    }
    let deadline = Instant::now() + EXIT;
    redis.note_exit(deadline);
    IS_EXITING.store(true, Relaxed);
    if !outbox::is_empty() {
        wake();
    }
    poll(deadline.saturating_duration_since(Instant::now()), || outbox::is_drained().then_some(()));
}

/// Whether there is a far tier that may be asked: it did not just fail.
fn is_usable() -> bool {
    Redis::IS_BUILT_IN && config().redis_url().is_some() && known_redis().is_none_or(Redis::is_ready)
}

/// Asks for the plans of those functions that were not asked for yet.
fn request(sites: &[&'static Site]) {
    let time = now();
    let is_new =
        |site: &&'static Site| StoredFunction::of(site, TIMEOUT).is_some_and(|function| function.ask_far(time));
    let new: Vec<&'static Site> = sites.iter().copied().filter(is_new).collect();
    if !new.is_empty() {
        lock(&REQUESTS).extend(new);
        wake();
    }
}

/// Wakes the thread, which is started if it does not run.
fn wake() {
    let mut thread = lock(&THREAD);
    if let Some(thread) = &*thread {
        thread.unpark();
        return;
    }
    *thread = start_thread("amorsize-far", run).ok();
}

/// Waits until `is_over`, which answers may make true.
fn wait(timeout: Duration, is_over: impl Fn() -> bool) {
    let (mutex, condvar) = &ANSWERED;
    let Some(guard) = lock_within(mutex, timeout) else { return };
    drop(unpoisoned(condvar.wait_timeout_while(guard, timeout, |()| !is_over())));
}

fn run() {
    loop {
        let requests = mem::take(&mut *lock(&REQUESTS));
        if !requests.is_empty() {
            quietly(|| look_up(requests));
        } else if outbox::is_empty() {
            thread::park();
        } else if IS_EXITING.load(Relaxed) || known_redis().is_some_and(Redis::takes_plans) {
            quietly(deliver);
            if !outbox::is_empty() {
                // Other programs keep writing the same plans.
                thread::park_timeout(PATIENCE);
            }
        } else {
            // It failed. What is pending waits until it may have recovered.
            thread::park_timeout(known_redis().map_or(PATIENCE, Redis::pause).max(Duration::from_millis(1)));
        }
    }
}

fn quietly(action: impl FnOnce()) {
    if let Err(payload) = catch_unwind(AssertUnwindSafe(action)) {
        drop_quietly(payload);
        faults::report("a far tier failed");
    }
}

/// Asks for the plans of these functions, those of one build together.
fn look_up(mut sites: Vec<&'static Site>) {
    let location = locate(TIMEOUT).ok().flatten();
    sites.sort_by_key(|site| site.build().bits());
    for sites in sites.chunk_by(|a, b| a.build() == b.build()) {
        let removals = REMOVALS.load(Relaxed);
        // Without a folder there are no tiers, and nothing to ask again.
        let copies = match location {
            Some(location) => ask(location, sites),
            None => sites.iter().filter_map(|site| answer(site, None)).collect(),
        };
        let (mutex, condvar) = &ANSWERED;
        drop(lock(mutex));
        condvar.notify_all();
        if let Some(location) = location.filter(|_| !copies.is_empty() && config().writes() && config().learns()) {
            // Now that nobody waits any more.
            let fingerprint = location.fingerprint(sites[0].build());
            let put = || {
                let is_removed = REMOVALS.load(Relaxed) != removals;
                let copies = if is_removed { &[] } else { &copies[..] };
                location.stack.put(&fingerprint, copies, Reach::Near, unix_seconds())
            };
            let results = while_nobody_saves(TIMEOUT, put).unwrap_or_default();
            if let Some(Err(error)) = results.into_iter().find(Result::is_err) {
                let folder = location.folder.root().display();
                faults::report(format_args!("plans could not be copied to {folder}: {error}"));
            }
        }
    }
}

/// Asks for the plans of functions of one build. Returns what is to be copied to the near tiers.
fn ask(location: &Location, sites: &[&'static Site]) -> Vec<Plans> {
    let functions: Vec<FunctionId> = sites.iter().map(|site| site.id()).collect();
    let fingerprint = location.fingerprint(sites[0].build());
    let found = location.stack.get(fingerprint.id(), &functions, Reach::Far);
    let (mut copies, mut fault) = (Vec::new(), None);
    for (site, mut found) in sites.iter().zip(found) {
        match found.unusable.pop() {
            Some(Unusable::Io(error)) => {
                site.tally.count_error();
                fault = Some(error);
                if let Some(function) = StoredFunction::of(site, TIMEOUT) {
                    function.far_failed();
                }
                continue;
            }
            Some(Unusable::Rejected(reason)) => reject(site, reason),
            None => {}
        }
        copies.extend(answer(site, found.plans));
    }
    match fault {
        Some(error) => report(format_args!("plans could not be looked up in {error}")),
        None => IS_SLOW.store(false, Relaxed),
    }
    copies
}

/// Notes what the far tiers have of a function. Returns those of its plans that may be used: only they are copied to the near
/// tiers, because anybody may have written the others.
fn answer(site: &'static Site, plans: Option<Plans>) -> Option<Plans> {
    let (fingerprint, names) = plans.as_ref().map(|plans| (plans.fingerprint, plans.names.clone())).unzip();
    let (entries, rejected) = valid(site, plans);
    for reason in rejected {
        reject(site, reason);
    }
    if let Some(function) = StoredFunction::of(site, TIMEOUT) {
        function.far_answered(entries.clone(), unix_seconds());
    }
    let mut usable = plans_of(site, fingerprint?);
    (usable.names, usable.entries) = (names.unwrap_or_default(), entries);
    usable.normalise();
    (!usable.entries.is_empty()).then_some(usable)
}
