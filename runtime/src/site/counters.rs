//! Counts hits, and chooses which calls are timed. To be cheap, each thread has counters that only this thread writes.

use std::cell::Cell;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
#[cfg(feature = "disk")]
use std::time::Duration;

use amorsize_store::fork::is_forked_child;
use amorsize_store::sync::lock;
#[cfg(feature = "disk")]
use amorsize_store::sync::lock_within;

/// The counters of one thread, by the index of the site. They are never freed: after the thread has ended, another thread
/// uses them, and goes on counting from their values.
type Block = &'static [AtomicU64];

/// The variables of a thread, in one struct, so that a hit computes only one address.
struct Own {
    counts: Cell<Block>,
    /// The sampling budget: when the weights of calls have used it up, a call is timed.
    budget: Cell<u64>,
}

thread_local! {
    /// Has no destructor, so that an access is a plain load.
    static OWN: Own = const { Own { counts: Cell::new(&[]), budget: Cell::new(0) } };

    /// Gives the block back when the thread ends.
    static LEASE: Lease = const { Lease };
}

fn counts() -> Block {
    OWN.with(|own| own.counts.get())
}

fn set_counts(block: Block) -> Block {
    OWN.with(|own| own.counts.replace(block))
}

struct Lease;

impl Drop for Lease {
    fn drop(&mut self) {
        let block = set_counts(&[]);
        if !block.is_empty() && !is_forked_child() {
            lock(&BLOCKS).idle.push(block);
        }
    }
}

/// All blocks that were ever made.
static BLOCKS: Mutex<Blocks> = Mutex::new(Blocks { all: Vec::new(), idle: Vec::new() });

struct Blocks {
    all: Vec<Block>,
    /// Those of threads that have ended.
    idle: Vec<Block>,
}

/// On average, one call is timed for each `PERIOD` of weight.
pub(crate) const PERIOD: u64 = 1024;

/// Counts a hit of site `index`. False if the call is to be timed, or if this thread has no counter for the site yet:
/// then the hit is not counted, and [`hit_slowly`] must be called.
#[inline]
pub(crate) fn hit(index: usize, weight: u64) -> bool {
    OWN.with(|own| {
        let (budget, is_spent) = own.budget.get().overflowing_sub(weight);
        if !is_spent && let Some(count) = own.counts.get().get(index) {
            own.budget.set(budget);
            count.store(count.load(Relaxed).wrapping_add(1), Relaxed);
            return true;
        }
        false
    })
}

/// Counts a hit that [`hit`] did not count. `jitter` is any number that changes from call to call. It varies which call is
/// timed next, so that also calls that come in a fixed pattern are timed sometimes.
#[cold]
pub(crate) fn hit_slowly(index: usize, weight: u64, jitter: u64) {
    // Calls of at least this weight are always timed. They leave the budget for lighter calls as it is.
    if weight < PERIOD {
        OWN.with(|own| own.budget.set(PERIOD / 2 + jitter % PERIOD));
    }
    if counts().len() <= index && is_forked_child() {
        // It is not counted, only tuned calls stay cheap: a block of this thread, on no list.
        set_counts(new_block(index));
    }
    if counts().len() <= index && !widen(index) {
        // The thread is ending and can get no block. So it writes to one that no thread uses, under the lock.
        let mut blocks = lock(&BLOCKS);
        let block = blocks.idle.iter().copied().find(|block| block.len() > index);
        let block = block.unwrap_or_else(|| {
            let block = new_block(index);
            blocks.all.push(block);
            blocks.idle.push(block);
            block
        });
        block[index].fetch_add(1, Relaxed);
        return;
    }
    if let Some(count) = counts().get(index) {
        count.store(count.load(Relaxed).wrapping_add(1), Relaxed);
    }
}

/// Gives this thread a block that reaches `index`. False while the thread is ending.
fn widen(index: usize) -> bool {
    if LEASE.try_with(|_| ()).is_err() {
        return false;
    }
    let mut blocks = lock(&BLOCKS);
    let old = counts();
    if !old.is_empty() {
        blocks.idle.push(old);
    }
    let idle = blocks.idle.iter().position(|block| block.len() > index);
    let block = if let Some(at) = idle {
        blocks.idle.swap_remove(at)
    } else {
        let block = new_block(index);
        blocks.all.push(block);
        block
    };
    set_counts(block);
    true
}

/// A new block for indices up to twice `index`, so that a program with many functions makes few blocks.
fn new_block(index: usize) -> Block {
    let len = (2 * (index + 1)).next_power_of_two().max(64);
    Box::leak((0..len).map(|_| AtomicU64::new(0)).collect())
}

/// The weight of a call of a settled plan that takes `time` ns. Longer calls are timed more often.
///
/// Timing and recording take some 100 ns, but up to 10 us if the processor's caches are cold, as after a pause. With these
/// weights that is at most some 3% of the time of a call.
pub(crate) fn weight(time: f64) -> u64 {
    (time / TIMED_ALWAYS * (2 * PERIOD) as f64).max(1.0) as u64
}

/// The weight of a call that takes 5 us. To read the clock twice takes 1% of such a call, so calls of this weight and above
/// are watched: if one takes much longer than expected, the next one is timed.
pub(crate) const WATCHED: u64 = 15;

/// Calls that take at least this time (ns) are always timed.
const TIMED_ALWAYS: f64 = 660_000.0;

/// The hits of all sites on all threads, by their indices.
pub(crate) fn all_hits() -> Vec<u64> {
    sums(&lock(&BLOCKS))
}

/// The same. `None` if another thread holds the list of blocks for all of `timeout`.
#[cfg(feature = "disk")]
pub(crate) fn all_hits_within(timeout: Duration) -> Option<Vec<u64>> {
    lock_within(&BLOCKS, timeout).map(|blocks| sums(&blocks))
}

fn sums(blocks: &Blocks) -> Vec<u64> {
    let mut hits = vec![0; blocks.all.iter().map(|block| block.len()).max().unwrap_or(0)];
    for block in &blocks.all {
        for (sum, count) in hits.iter_mut().zip(*block) {
            *sum += count.load(Relaxed);
        }
    }
    hits
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::thread;

    #[test]
    fn what_takes_five_microseconds_is_watched() {
        assert!(weight(4_500.0) < WATCHED && weight(5_000.0) >= WATCHED);
    }

    #[test]
    fn every_so_many_are_timed() {
        let timed_once = |weight| {
            let counted = hit(1_000_100, weight);
            if !counted {
                hit_slowly(1_000_100, weight, amorsize_store::clock::now());
            }
            u64::from(!counted)
        };
        let timed = |weight| (0..100_000).map(|_| timed_once(weight)).sum::<u64>();
        assert!((70..140).contains(&timed(1)), "1 in 1,024");
        assert!((7_000..14_000).contains(&timed(100)), "100 in 1,024");
        assert_eq!(timed(2 * PERIOD), 100_000, "all");
        let light = (0..100_000)
            .map(|_| {
                timed_once(2 * PERIOD);
                timed_once(1)
            })
            .sum::<u64>();
        assert!((70..140).contains(&light), "1 in 1,024, also beside heavy ones: {light}");
    }

    #[test]
    fn counts_add_up_over_threads_that_come_and_go() {
        let count = |index| {
            if !hit(index, 1) {
                hit_slowly(index, 1, 500);
            }
        };
        let (near, far) = (1_000_000, 1_000_700);
        for _ in 0..4 {
            let threads: Vec<_> = (0..4)
                .map(|_| {
                    thread::spawn(move || {
                        for _ in 0..3000 {
                            count(near);
                        }
                        count(far);
                    })
                })
                .collect();
            for thread in threads {
                thread.join().expect("counting does not panic");
            }
        }
        assert_eq!((all_hits()[near], all_hits()[far]), (48_000, 16));
    }
}
