//! Writing what was learned and counted since it was last written.

use std::io;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use amorsize_store::clock::{Nanos, now, unix_seconds};
use amorsize_store::config::config;
use amorsize_store::disk::machines::{self, KnownMachine, PoolCosts};
use amorsize_store::disk::statistics;
use amorsize_store::machine::fingerprint::Machine;
use amorsize_store::record::plans::Plans;
use amorsize_store::sync::{lock_timeout, lock_within};
use amorsize_store::tier::stack::Reach;

use super::collect::{Group, SavedCounts, collect};
use super::location::{Location, locate};
use super::outbox;
use crate::executor::pool;

/// What was written already. (The counts of each function are in its `StoredFunction`.) The thread that writes holds
/// the lock.
#[derive(Debug)]
struct Saved {
    counts: SavedCounts,
    /// The costs of the pool that this process wrote last.
    pool: Option<PoolCosts>,
    /// Whether this process has written the file about the machine.
    is_machine_known: bool,
}

static SAVED: Mutex<Saved> = Mutex::new(NOTHING);

const NOTHING: Saved = Saved { counts: SavedCounts::NONE, pool: None, is_machine_known: false };

/// A process that ends within this time (ns) and learned nothing does not write what it counted: that would be more than a
/// hundredth of its time.
const WORTH_COUNTING: Nanos = 20_000_000;

/// When plans are saved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Occasion {
    /// While the program runs: on the background thread, or by `flush()`.
    Running,
    /// In the exit handler. Logs are compacted only if they are long, and the machine is not examined again.
    Exit,
}

/// Writes what was learned and counted. Waits for other threads of this process for at most `timeout`, and for another
/// process only while that one writes to the same file.
///
/// # Errors
/// The first error. What follows it is written all the same, if possible.
pub(super) fn save(timeout: Duration, occasion: Occasion) -> io::Result<()> {
    if !config().writes() {
        return Ok(());
    }
    let deadline = Instant::now() + timeout;
    let left = || deadline.saturating_duration_since(Instant::now());
    // Before the lock is taken, because it may report a fault.
    let Some(location) = locate(left())? else { return Ok(()) };
    let mut saved = lock_within(&SAVED, left()).ok_or_else(|| lock_timeout("another thread"))?;
    let today = unix_seconds();
    if occasion == Occasion::Exit {
        location.disk.note_exit();
    }
    let mut result = Ok(());
    let mut note = |one: io::Result<()>| {
        if result.is_ok() {
            result = one;
        }
    };
    let groups = collect(left, |site| location.fingerprint(site.build()), today)?;
    if occasion == Occasion::Exit && now() < WORTH_COUNTING && groups.iter().all(Group::only_counts) {
        return Ok(());
    }
    for group in groups {
        save_group(location, &mut saved, &group, today, &mut note);
    }
    if config().learns() {
        note(save_machine(location, &mut saved, today, occasion));
    }
    let limit = config().size_limit();
    if location.disk.needs_maintenance(limit) {
        note(location.disk.maintain(limit, today));
    }
    result
}

/// Runs `action` with the number of faults that this process has saved. No other thread of it saves meanwhile. `None` if
/// another one saves for all of `timeout`.
pub(super) fn with_saved<R>(timeout: Duration, action: impl FnOnce(u64) -> R) -> Option<R> {
    let saved = lock_within(&SAVED, timeout)?;
    Some(action(saved.counts.errors))
}

/// Runs `action`. No other thread of this process saves meanwhile.
///
/// # Errors
/// `TimedOut` if another thread writes for all of `timeout`.
pub(crate) fn while_nobody_saves<R>(timeout: Duration, action: impl FnOnce() -> R) -> io::Result<R> {
    let _saved = lock_within(&SAVED, timeout).ok_or_else(|| lock_timeout("another thread"))?;
    Ok(action())
}

fn save_group(
    location: &Location,
    saved: &mut Saved,
    group: &Group,
    today: u64,
    note: &mut impl FnMut(io::Result<()>),
) {
    let learned: Vec<_> = group.functions.iter().filter(|unsaved| !unsaved.plans.entries.is_empty()).collect();
    let plans: Vec<Plans> = learned.iter().map(|unsaved| unsaved.plans.clone()).collect();
    for (unsaved, result) in learned.iter().zip(location.stack.put(&group.fingerprint, &plans, Reach::Near, today)) {
        if result.is_err() {
            unsaved.restore();
        }
        note(result);
    }
    if location.redis.is_some() {
        outbox::add(&group.fingerprint, plans, today);
    }
    let (counted, counts) = group.statistics(&saved.counts, today);
    let added = statistics::append(&location.folder, group.fingerprint.id(), &counted);
    if added.is_ok() {
        saved.counts = counts;
        group.functions.iter().for_each(super::collect::Unsaved::counts_were_saved);
    }
    note(added);
}

/// Writes the file about the machine, if it is missing, older than an hour, or if the costs of the pool have changed.
///
/// After an hour the system is asked again, because limits of control groups can change. That is for the next process: this
/// one keeps its fingerprint, since its pool keeps the threads that it was started with.
fn save_machine(location: &Location, saved: &mut Saved, today: u64, occasion: Occasion) -> io::Result<()> {
    let Some(label) = location.label else { return Ok(()) };
    let costs = pool::costs().map(|(start, wake)| PoolCosts { start, wake });
    let costs = costs.filter(|costs| saved.pool.unwrap_or(location.pool).differs(costs));
    let is_old = today.abs_diff(location.asked) > machines::MAX_AGE && !saved.is_machine_known;
    let asks = is_old && occasion == Occasion::Running;
    let is_missing = location.is_new && !saved.is_machine_known;
    if costs.is_none() && !asks && !is_missing {
        return Ok(());
    }
    let (machine, asked) = if asks {
        (Machine::ask(), today)
    } else {
        // This or another process may have asked the system since this one began.
        let known = machines::load(&location.folder, label).map(|known| (known.machine, known.asked));
        known.unwrap_or_else(|| (location.machine.clone(), location.asked))
    };
    let pool = costs.or(saved.pool).unwrap_or(location.pool);
    machines::save(&location.folder, label, &KnownMachine { machine, asked, pool })?;
    saved.pool = Some(pool);
    saved.is_machine_known |= asks || is_missing;
    Ok(())
}
