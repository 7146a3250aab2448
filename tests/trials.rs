//! Many callers of a function whose plan is being sought.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread::{scope, sleep};
use std::time::Duration;

use amorsize::Plan;

use crate::alone::alone;

/// Takes a millisecond, and then does what the caller wants.
#[amorsize::auto]
fn meet(n: usize, then: &(dyn Fn(usize) + Sync)) -> usize {
    sleep(Duration::from_millis(1));
    then(n);
    n
}

fn nothing(_: usize) {}

fn is_settled_on_threads() -> bool {
    matches!(meet::on(0..8, &nothing).plan().plan, Plan::Parallel { n_jobs: 2, .. })
}

#[test]
fn nobody_waits_for_the_one_who_tries() {
    alone(60, &[("RAYON_NUM_THREADS", "2")], || {
        // The call of one thread lasts until the other one has made three, while nothing is settled.
        let (begun, over) = (Barrier::new(2), Barrier::new(2));
        scope(|scope| {
            scope.spawn(|| {
                let wait = |n| {
                    if n == 0 {
                        begun.wait();
                        over.wait();
                    }
                };
                meet::map(0..8, &nothing);
                assert_eq!(meet::map(0..8, &wait).len(), 8);
            });
            begun.wait();
            for _ in 0..3 {
                assert_eq!(meet::map(0..8, &nothing).len(), 8);
            }
            over.wait();
        });
        (0..20).for_each(|_| drop(meet::map(0..8, &nothing)));
        assert!(is_settled_on_threads(), "{}", meet::on(0..8, &nothing).plan());
    });
}

#[test]
fn a_panic_stops_nobody_from_trying() {
    alone(60, &[("RAYON_NUM_THREADS", "2")], || {
        let calls = AtomicUsize::new(0);
        let fail = |n| assert!(n != 5 || calls.fetch_add(1, Relaxed) > 4, "{n}");
        for _ in 0..5 {
            meet::map(0..8, &nothing);
            assert!(catch_unwind(AssertUnwindSafe(|| meet::map(0..8, &fail))).is_err());
        }
        (0..20).for_each(|_| drop(meet::map(0..8, &fail)));
        assert!(is_settled_on_threads(), "{}", meet::on(0..8, &nothing).plan());
    });
}

#[test]
fn many_callers_learn_what_one_would() {
    alone(60, &[("RAYON_NUM_THREADS", "2")], || {
        scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| (0..10).for_each(|_| assert!(meet::map(0..8, &nothing).into_iter().eq(0..8))));
            }
        });
        (0..20).for_each(|_| drop(meet::map(0..8, &nothing)));
        assert!(is_settled_on_threads(), "{}", meet::on(0..8, &nothing).plan());
    });
}
