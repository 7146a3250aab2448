//! Runs every interleaving of callers and helpers that the memory model allows, up to a number of preemptions. Started by
//! `tests/loom.sh`.
//!
//! A job of the pool is a thread of the model. What helpers and callers share lies in loom's cells, which report two
//! accesses that the protocol does not order: a result read before its helper has left, work used after the scope has
//! ended, the pointer to the work read while the next call writes it. A lost wake-up is a deadlock, which loom reports
//! too.
//!
//! The script then weakens each ordering of `sync::ordering` in turn and requires a report.

use std::any::Any;
use std::io::{Write, stderr};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::process::abort;
use std::sync::Once;
use std::sync::atomic::AtomicUsize as Seen;

use loom::cell::UnsafeCell;
use loom::sync::atomic::AtomicUsize;

use super::super::sync::PARKED;
use super::{Help, HelpRequest, ReentrancyGuard, Relaxed, Scope, scope};

/// Runs `body` in every interleaving.
fn explore(body: impl Fn() + Sync + Send + 'static) {
    static HOOK: Once = Once::new();
    // `join` swallows panics of helpers, also loom's reports, so the process ends in the panic hook. Panics that a test
    // wants use `resume_unwind`, which does not call the hook.
    HOOK.call_once(|| {
        std::panic::set_hook(Box::new(|panic| {
            let _ = writeln!(stderr(), "the model fails: {panic}");
            abort();
        }));
    });
    let mut model = loom::model::Builder::new();
    // With two, no helper leaves between the caller's last check and its going to sleep.
    model.preemption_bound.get_or_insert(3);
    model.check(body);
}

/// Panics without calling the panic hook.
fn fail() -> ! {
    resume_unwind(Box::new("expected"))
}

/// Work that lives in the caller's frame. Each thread writes to a place of its own.
struct Work<'s> {
    next: AtomicUsize,
    places: [UnsafeCell<usize>; 3],
    /// Read by each thread that works, written when the work is over.
    lives: UnsafeCell<bool>,
    /// How often a helper came, over all interleavings.
    helped: &'s Seen,
    /// Helpers at work, and how many may be.
    inside: Seen,
    cap: usize,
    panics: bool,
}

// SAFETY: not true in general; loom checks that it holds for how the work is used here.
unsafe impl Sync for Work<'_> {}

impl<'s> Work<'s> {
    fn new(helped: &'s Seen) -> Self {
        let places = [(); 3].map(|()| UnsafeCell::new(0));
        let lives = UnsafeCell::new(true);
        Self { next: AtomicUsize::new(0), places, lives, helped, inside: Seen::new(0), cap: 1, panics: false }
    }

    fn step(&self) {
        // SAFETY: nobody writes it while there is work; loom checks that.
        assert!(self.lives.with(|lives| unsafe { *lives }), "work is used after its end");
        let mine = self.next.fetch_add(1, Relaxed);
        // SAFETY: the index is this thread's alone.
        self.places[mine].with_mut(|place| unsafe { *place += mine + 1 });
    }

    /// What a caller does when its scope has ended: reads the results and overwrites the work.
    fn end(&self) -> usize {
        let taken = self.next.load(Relaxed);
        for (index, place) in self.places.iter().enumerate() {
            // SAFETY: every helper has left.
            let value = place.with(|place| unsafe { *place });
            assert_eq!(value, if index < taken { index + 1 } else { 0 }, "a result is lost");
        }
        // SAFETY: every helper has left.
        self.lives.with_mut(|lives| unsafe { *lives = false });
        for place in &self.places {
            // SAFETY: every helper has left.
            place.with_mut(|place| unsafe { *place = usize::MAX });
        }
        taken
    }
}

impl Help for Work<'_> {
    fn help(&self) {
        assert!(self.inside.fetch_add(1, Relaxed) < self.cap, "more helpers than were called");
        self.step();
        self.inside.fetch_sub(1, Relaxed);
        self.helped.fetch_add(1, Relaxed);
        if self.panics {
            fail();
        }
    }
}

/// One call, in which the caller works too.
fn call(work: &Work<'_>, spare: bool) -> usize {
    scope(|scope| {
        scope.open(work, HelpRequest { helpers: work.cap, spare, is_wide: false });
        let guard = ReentrancyGuard::new();
        work.step();
        drop(guard);
    });
    work.end()
}

#[test]
fn one_helper_or_none() {
    static ALONE: Seen = Seen::new(0);
    static HELPED: Seen = Seen::new(0);
    explore(|| {
        if call(&Work::new(&HELPED), false) == 1 {
            ALONE.fetch_add(1, Relaxed);
        }
    });
    // The model must have seen both, and a caller that slept.
    assert!(ALONE.load(Relaxed) > 0 && HELPED.load(Relaxed) > 0 && PARKED.load(Relaxed) > 0);
}

#[test]
fn two_helpers() {
    static HELPED: Seen = Seen::new(0);
    static BOTH: Seen = Seen::new(0);
    explore(|| {
        // The first helper queues the job of the second.
        let mut work = Work::new(&HELPED);
        work.cap = 2;
        if call(&work, false) == 3 {
            BOTH.fetch_add(1, Relaxed);
        }
    });
    assert!(BOTH.load(Relaxed) > 0);
}

#[test]
fn a_spare_that_finds_no_room_leaves() {
    static HELPED: Seen = Seen::new(0);
    explore(|| assert!(call(&Work::new(&HELPED), true) <= 3));
    assert!(HELPED.load(Relaxed) > 0);
}

/// The job of the first call may run before the first call ends, between the calls, in the second, or when all is over.
#[test]
fn a_job_that_comes_late_serves_the_next_call() {
    static FIRST: Seen = Seen::new(0);
    static SECOND: Seen = Seen::new(0);
    static LATE: Seen = Seen::new(0);
    explore(|| {
        let jobs = |scope: &Scope<'_>| {
            let point = scope.point.borrow();
            point.as_ref().map(|point| point.queued.load(Relaxed))
        };
        call(&Work::new(&FIRST), false);
        let work = Work::new(&SECOND);
        scope(|scope| {
            // As if a helper had come to the first call: then no job is queued beside one that is still in the queue.
            super::IDLE_POINTS.with(|points| points.borrow()[0].joined.store(1, Relaxed));
            scope.open(&work, HelpRequest { helpers: 1, spare: false, is_wide: false });
            if jobs(scope) == Some(1) {
                LATE.fetch_add(1, Relaxed);
            }
            work.step();
        });
        work.end();
    });
    assert!(FIRST.load(Relaxed) > 0 && SECOND.load(Relaxed) > 0 && LATE.load(Relaxed) > 0);
}

#[test]
fn nobody_is_let_in_after_the_end() {
    static HELPED: Seen = Seen::new(0);
    explore(|| {
        call(&Work::new(&HELPED), false);
        // Another call, which may find the first job still queued and then queues one more.
        call(&Work::new(&HELPED), false);
    });
}

#[test]
fn a_helper_that_panics_leaves() {
    static HELPED: Seen = Seen::new(0);
    explore(|| {
        let mut work = Work::new(&HELPED);
        work.panics = true;
        call(&work, false);
        call(&Work::new(&HELPED), false);
    });
    assert!(HELPED.load(Relaxed) > 0);
}

#[test]
fn a_caller_that_unwinds_waits_for_its_helper() {
    static HELPED: Seen = Seen::new(0);
    explore(|| {
        let work = Work::new(&HELPED);
        let caught: Result<(), Box<dyn Any + Send>> = catch_unwind(AssertUnwindSafe(|| {
            scope(|scope| {
                scope.open(&work, HelpRequest { helpers: 1, spare: false, is_wide: false });
                work.step();
                fail();
            });
        }));
        assert!(caught.is_err());
        work.end();
    });
    assert!(HELPED.load(Relaxed) > 0);
}

#[test]
fn a_nested_call_has_a_join_point_of_its_own() {
    static OUTER: Seen = Seen::new(0);
    static INNER: Seen = Seen::new(0);
    explore(|| {
        let outer = Work::new(&OUTER);
        scope(|scope| {
            scope.open(&outer, HelpRequest { helpers: 1, spare: false, is_wide: false });
            let guard = ReentrancyGuard::new();
            outer.step();
            call(&Work::new(&INNER), false);
            drop(guard);
        });
        outer.end();
    });
    assert!(OUTER.load(Relaxed) > 0 && INNER.load(Relaxed) > 0);
}

#[test]
fn another_helper_is_called_when_the_first_has_left() {
    static HELPED: Seen = Seen::new(0);
    static TWICE: Seen = Seen::new(0);
    explore(|| {
        let work = Work::new(&HELPED);
        scope(|scope| {
            scope.open(&work, HelpRequest { helpers: 1, spare: false, is_wide: false });
            scope.request_again();
        });
        if work.end() == 2 {
            TWICE.fetch_add(1, Relaxed);
        }
    });
    assert!(TWICE.load(Relaxed) > 0);
}
