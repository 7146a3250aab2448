//! What could grow without end: jobs that no worker picks up, and values that wait for an earlier one.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::thread;
use std::time::Duration;

use crate::alone::{allocated, alone};
use crate::cases::spin;
use crate::deadlocks::{Crew, double, soon};
use crate::pools::pool;
use crate::watchdog::within;

/// Calls so many times, and returns how many bytes stay behind for the last nine tenths of the calls.
fn growth(calls: usize) -> isize {
    let mut before = 0;
    for call in 0..calls {
        assert_eq!(double::on(0..2).n_jobs(2).fold(0, |sum, x| sum + x), 2);
        if call == calls / 10 {
            before = allocated();
        }
    }
    allocated() - before
}

/// A few blocks of a queue. A job for each call would be a hundred bytes for each call.
const LITTLE: isize = 64 << 10;

#[test]
fn jobs_do_not_pile_up_where_no_worker_takes_them() {
    alone(60, &[("RAYON_NUM_THREADS", "2")], || {
        let over = Arc::new(AtomicBool::new(false));
        let begun = Arc::new(AtomicUsize::new(0));
        let occupy = || {
            let (over, begun) = (over.clone(), begun.clone());
            move || {
                begun.fetch_add(1, Relaxed);
                while !over.load(Relaxed) {
                    thread::sleep(Duration::from_millis(1));
                }
            }
        };
        // On a worker, whose own queue they stay in: the other worker is busy.
        let busy = pool(2);
        let inside = busy.install(|| {
            rayon::spawn(occupy());
            soon(|| begun.load(Relaxed) == 1);
            growth(500_000)
        });
        // Outside, where they stay in the queue that all workers share.
        rayon::spawn(occupy());
        rayon::spawn(occupy());
        soon(|| begun.load(Relaxed) == 3);
        let outside = growth(500_000);
        over.store(true, Relaxed);
        assert!(inside < LITTLE && outside < LITTLE, "{inside} bytes inside of a pool, {outside} outside");
    });
}

#[test]
fn jobs_do_not_pile_up_in_an_idle_pool() {
    alone(60, &[("RAYON_NUM_THREADS", "3")], || {
        let inside = pool(3).install(|| growth(100_000));
        let outside = growth(100_000);
        assert!(inside < LITTLE && outside < LITTLE, "{inside} bytes inside of a pool, {outside} outside");
    });
}

#[test]
fn threads_that_come_and_go_leave_nothing() {
    alone(60, &[("RAYON_NUM_THREADS", "2")], || {
        let mut before = 0;
        for thread in 0..2_000 {
            let thread_sum = || double::on(0..20).n_jobs(2).fold(0, |sum, x| sum + x);
            let sum = thread::spawn(thread_sum).join().unwrap();
            assert_eq!(sum, 380);
            if thread == 200 {
                before = allocated();
            }
        }
        let growth = allocated() - before;
        assert!(growth < LITTLE, "{growth} bytes");
    });
}

/// A value of a fold that waits to be consumed.
struct Waiting;

static WAITING: AtomicUsize = AtomicUsize::new(0);

impl Drop for Waiting {
    fn drop(&mut self) {
        WAITING.fetch_sub(1, Relaxed);
    }
}

/// While a helper takes its time with an item, the caller does not go ahead without end. Where values may own memory, it goes
/// ahead for 10 ms a thread: that is 200 of these.
#[test]
fn values_that_wait_for_an_earlier_one_are_bounded() {
    #[amorsize::auto]
    fn waits(_: usize, crew: &Crew, most: &AtomicUsize) -> Waiting {
        if thread::current().id() == crew.caller {
            assert!(soon(|| crew.helpers.load(Relaxed) > 0), "no helper came");
        } else if crew.helpers.fetch_add(1, Relaxed) == 0 {
            thread::sleep(Duration::from_millis(200));
        }
        spin(100_000);
        most.fetch_max(WAITING.fetch_add(1, Relaxed) + 1, Relaxed);
        Waiting
    }
    within(30, || {
        pool(2).install(|| {
            let most = AtomicUsize::new(0);
            let folded = waits::on(0..5_000, &Crew::new(|| (), false), &most).n_jobs(2).fold(0, |n, _| n + 1);
            let most = most.into_inner();
            assert!(folded == 5_000 && most < 500, "{most} of {folded} values at once");
        });
    });
}
