//! Where a run finds itself: pools of one thread and of none, and what the environment says.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::process::Command;
use std::sync::Mutex;
use std::thread::{self, ThreadId};

use amorsize::Why;

use super::{END, ends, panics, twice, ways};
use crate::alone::{MARK, alone};
use crate::cases::{outcome, spin};
use crate::pools;
use crate::watchdog::within;

// ---- Pools of one thread --------------------------------------------------------------------------------------------

#[amorsize::auto]
fn worker(x: usize, threads: &Mutex<BTreeSet<String>>) -> usize {
    spin(20_000);
    threads.lock().unwrap().insert(format!("{:?}", thread::current().id()));
    x
}

/// The threads that a few runs are made on.
fn threads_of_runs() -> BTreeSet<String> {
    let threads = Mutex::new(BTreeSet::new());
    for way in ways() {
        for _ in 0..3 {
            assert!(way(worker::on(0..100, &threads)).map().into_iter().eq(0..100));
            assert_eq!(way(worker::on(0..100, &threads)).fold(0, |a, b| a + b), 99 * 50);
        }
    }
    assert!(worker::stream(0..100, &threads).eq(0..100));
    threads.into_inner().unwrap()
}

#[test]
fn a_pool_of_one_thread() {
    within(30, || {
        let (caller, threads) = pools::within(1, || (thread::current().id(), threads_of_runs()));
        assert_eq!(threads, BTreeSet::from([format!("{caller:?}")]));
    });
}

#[test]
fn a_global_pool_of_one_thread() {
    alone(60, &[("RAYON_NUM_THREADS", "1")], || {
        // The caller and the pool's one.
        assert!(threads_of_runs().len() <= 2);
    });
}

#[test]
fn a_pool_that_cannot_be_made() {
    alone(60, &[], || {
        let none = rayon::ThreadPoolBuilder::new().spawn_handler(|_| Err(std::io::ErrorKind::OutOfMemory.into()));
        assert!(none.build_global().is_err());
        assert_eq!(threads_of_runs().len(), 1);
    });
}

// ---- The environment ------------------------------------------------------------------------------------------------

/// Threads of this process, as far as the system tells.
fn threads_in_process() -> usize {
    let tasks = std::fs::read_dir("/proc/self/task").map_or(0, Iterator::count);
    if tasks > 0 { tasks } else { 0 }
}

#[test]
fn off_is_the_plain_loop() {
    for off in ["off", "0", "false"] {
        alone(60, &[("AMORSIZE", off)], || {
            let before = threads_in_process();
            let caller: ThreadId = thread::current().id();
            assert_eq!(threads_of_runs(), BTreeSet::from([format!("{caller:?}")]));
            for way in ways() {
                assert_eq!(way(ends::on(0..u64::MAX)).try_map(), Err(END));
                assert_eq!(way(ends::on(0..9)).plan().why, Why::Off);
            }
            assert_eq!(outcome(|| panics::map(0..9_000)), Err(END as usize));
            // The source may wait for the answer to one item before it gives the next.
            let answered = Cell::new(0);
            let source = || (0..10_000).inspect(|&asked| assert_eq!(asked, answered.get()));
            assert!(twice::stream(source()).n_jobs(3).all(|answer| {
                let asked = answered.replace(answered.get() + 1);
                answer == 2 * asked
            }));
            assert_eq!(threads_in_process(), before, "a thread was started");
            let stats = amorsize::stats();
            assert_eq!((stats.hits, stats.misses, stats.errors, stats.entries), (0, 0, 0, 0));
        });
    }
}

#[test]
fn nonsense_in_the_environment_is_counted_once_and_ignored() {
    alone(60, &[("AMORSIZE", "perhaps"), ("RAYON_NUM_THREADS", "many")], || {
        assert_eq!(twice::map(0..1_000).len(), 1_000);
        assert!(!threads_of_runs().is_empty());
        let stats = amorsize::stats();
        assert_eq!(stats.errors, 1);
        assert!(stats.misses > 0);
    });
}

/// `AMORSIZE` may be anything, even no text.
#[cfg(unix)]
#[test]
fn an_environment_that_is_no_text() {
    use std::os::unix::ffi::OsStrExt;
    let this = std::env::current_exe().unwrap();
    let mut command = Command::new(this);
    command.args(["bad_input::no_item_and_one", "--exact"]);
    command.env(MARK, "1").env("AMORSIZE_CACHE", "off");
    command.env("AMORSIZE", std::ffi::OsStr::from_bytes(b"\xff\xfe"));
    assert!(command.output().unwrap().status.success());
}
