//! The wide pool: one rayon pool of the process with more threads than there are cores, for functions that wait.

use std::sync::OnceLock;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::sync::atomic::{AtomicU8, AtomicU64};
use std::thread;
use std::time::Duration;

use rayon_core::{ThreadPool, ThreadPoolBuilder};

use super::pool;
use super::start_thread::start_thread;
use amorsize_store::clock::Nanos;
use amorsize_store::fork::is_forked_child;

/// Nothing was done about it.
const UNTOUCHED: u8 = 0;
/// A thread is starting it.
const STARTING: u8 = 1;
/// It was started.
const READY: u8 = 2;
/// It cannot be started.
const ABSENT: u8 = 3;

/// One of the constants above.
static STATE: AtomicU8 = AtomicU8::new(UNTOUCHED);
/// There once it is [`READY`].
static POOL: OnceLock<ThreadPool> = OnceLock::new();

/// So many threads it has for each core, ...
const PER_CORE: usize = 16;
/// ... at least so many in all, ...
const FEWEST: usize = 64;
/// ... and at most.
const MOST: usize = 512;

/// What starting a thread takes, ns, as measured on two cores.
const START_COST: u64 = 40_000;
/// It is started once calls have taken longer without it by so many times what starting it takes.
const START_FACTOR: u64 = 2;
/// Time by which calls have taken longer without it, ns.
static LOST: AtomicU64 = AtomicU64::new(0);

/// Whether it was started.
pub(super) fn is_ready() -> bool {
    STATE.load(Acquire) == READY
}

/// The threads that it has, or will have; 0 if it cannot be started. Before it is started the first call may read files, as
/// [`pool::cores`] does.
pub(super) fn threads() -> usize {
    match (POOL.get(), STATE.load(Relaxed)) {
        (Some(pool), _) => pool::limited(pool.current_num_threads()),
        (None, ABSENT) => 0,
        (None, _) => planned(),
    }
}

fn planned() -> usize {
    pool::limited((PER_CORE * pool::cores()).clamp(FEWEST, MOST))
}

/// Queues `job`. To be called only when it is ready.
pub(super) fn spawn(job: impl FnOnce() + Send + 'static) {
    if let Some(pool) = POOL.get() {
        pool.spawn(job);
    }
}

/// A call takes, or took, longer without it by so much, ns. What a call has lost that is over is added up; what one loses that
/// is `running` only counts for the decision.
pub(super) fn note_lost(finished: f64, running: f64) {
    if STATE.load(Relaxed) != UNTOUCHED {
        return;
    }
    let (finished, running) = (finished.max(0.0) as Nanos, running.max(0.0) as Nanos);
    let lost = LOST.fetch_add(finished, Relaxed).saturating_add(finished).saturating_add(running);
    if lost < START_FACTOR * START_COST * planned() as u64 || !begin() {
        return;
    }
    if start_thread("amorsize-wide", start).is_err() {
        STATE.store(ABSENT, Release);
    }
    thread::yield_now();
}

/// Starts it on this thread. Whether it is ready now.
pub(super) fn start_now() -> bool {
    if begin() {
        start();
    }
    is_ready()
}

/// Whether the caller is to start it.
fn begin() -> bool {
    let may = !is_forked_child() && pool::most_helpers() > 0;
    may && STATE.compare_exchange(UNTOUCHED, STARTING, Relaxed, Relaxed).is_ok()
}

/// How many threads half of the address space that is left has room for, where a limit was set (`ulimit -v`). The other half is
/// for the program: glibc ends it where a thread finds no room for its thread-locals.
fn room() -> usize {
    #[cfg(target_os = "linux")]
    {
        use nix::libc::RLIM_INFINITY;
        use nix::sys::resource::{Resource, getrlimit};

        /// What the stack of a thread takes, which is as long as std makes it, and what else it may need, kB.
        const THREAD: u64 = 2304;

        let limit = getrlimit(Resource::RLIMIT_AS).map_or(RLIM_INFINITY, |(soft, _)| soft);
        if limit != RLIM_INFINITY {
            let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
            let size = status.lines().find_map(|line| line.strip_prefix("VmSize:")).unwrap_or_default();
            let size: u64 = size.trim().trim_end_matches(" kB").parse().unwrap_or(0);
            let left = (limit >> 10).saturating_sub(size);
            return usize::try_from(left / 2 / THREAD).unwrap_or(usize::MAX);
        }
    }
    usize::MAX
}

fn start() {
    let mut threads = planned().min(room());
    // Where the system refuses as many threads, half as many leave some for others.
    while threads > 1 {
        let builder =
            ThreadPoolBuilder::new().num_threads(threads).thread_name(|index| format!("amorsize-wide-{index}"));
        if let Ok(pool) = builder.start_handler(|_| pool::mark_wide_worker()).build() {
            let _ = POOL.set(pool);
            return STATE.store(READY, Release);
        }
        threads /= 2;
        // Those that were started are ending.
        thread::sleep(Duration::from_millis(5));
    }
    STATE.store(ABSENT, Release);
}
