//! The primitives that `join` is built on: the real ones, or loom's, so that the model runs the code that ships.

#[cfg(not(loom))]
mod real {
    pub(crate) use std::sync::atomic::{AtomicU64, AtomicUsize};
    pub(crate) use std::thread::{Thread, current};

    use std::cell::UnsafeCell;
    use std::sync::atomic::Ordering;
    use std::thread;
    use std::time::{Duration, Instant};

    use crate::executor::{pool, wide_pool};
    use amorsize_store::clock::{now, since};

    /// Statics of a thread, initialised at compile time.
    macro_rules! local {
        ($($(#[$about:meta])* static $name:ident: $t:ty = $init:expr;)*) => {
            std::thread_local! { $($(#[$about])* static $name: $t = const { $init };)* }
        };
    }
    pub(crate) use local;

    /// A cell with the interface of loom's cell.
    #[derive(Debug)]
    pub(crate) struct Cell<T>(UnsafeCell<T>);

    impl<T> Cell<T> {
        pub(crate) const fn new(value: T) -> Self {
            Self(UnsafeCell::new(value))
        }

        pub(crate) fn with<R>(&self, f: impl FnOnce(*const T) -> R) -> R {
            f(self.0.get())
        }

        pub(crate) fn with_mut<R>(&self, f: impl FnOnce(*mut T) -> R) -> R {
            f(self.0.get())
        }
    }

    /// Queues `job` on the current rayon pool, or on the wide one.
    pub(crate) fn spawn(is_wide: bool, job: impl FnOnce() + Send + 'static) {
        if is_wide {
            return wide_pool::spawn(job);
        }
        rayon_core::spawn(move || {
            job();
            // A worker stays awake for a while after any job, also one that came too late.
            pool::mark_active(now());
        });
    }

    /// How long a caller spins, waiting for helpers that are about to finish, before it sleeps.
    const SPIN: Duration = Duration::from_micros(20);

    /// Spins until `done`, or for [`SPIN`]. Whether it is done.
    pub(crate) fn spin(done: impl Fn() -> bool) -> bool {
        let start = Instant::now();
        loop {
            for _ in 0..32 {
                if done() {
                    return true;
                }
                std::hint::spin_loop();
            }
            if start.elapsed() >= SPIN {
                return done();
            }
        }
    }

    /// When its naps are this long, a waiting worker of a pool checks for a broadcast.
    const BROADCAST_AFTER: Duration = Duration::from_millis(16);
    const LONGEST_NAP: Duration = Duration::from_millis(50);

    /// A caller that sleeps outside of pools wakes up this often until somebody was told that it waits for long.
    const LOOK_AGAIN: Duration = Duration::from_secs(1);

    /// Sleeps until `done`. The thread that makes it true must unpark this one. `late` is told now and then how long that
    /// has taken so far, ns, until it wants to hear no more (true).
    pub(crate) fn sleep_until(done: impl Fn() -> bool, late: impl Fn(u64) -> bool) {
        let begin = now();
        let mut told = false;
        if rayon_core::current_thread_index().is_none() {
            while !done() {
                if told {
                    thread::park();
                } else {
                    thread::park_timeout(LOOK_AGAIN);
                    told = late(since(begin));
                }
            }
            return;
        }
        // On a worker of a pool. Stealing jobs here could start work that waits for a lock that this thread holds (rayon
        // #592, #1054). But never answering a broadcast would deadlock with a broadcast made inside the user's function.
        // When the worker's own deque is empty, a broadcast is the only thing that `yield_local` can run.
        let mut nap = Duration::from_millis(1);
        while !done() {
            thread::park_timeout(nap);
            if nap >= BROADCAST_AFTER && rayon_core::current_thread_has_pending_tasks() == Some(false) {
                rayon_core::yield_local();
            }
            nap = (nap * 2).min(LONGEST_NAP);
            told = told || late(since(begin));
        }
    }

    #[inline]
    pub(crate) fn unless_weakened(_name: &str, ordering: Ordering) -> Ordering {
        ordering
    }
}

#[cfg(loom)]
mod model {
    pub(crate) use loom::sync::atomic::{AtomicU64, AtomicUsize};
    pub(crate) use loom::thread::{Thread, current};

    use std::sync::OnceLock;
    use std::sync::atomic::Ordering;

    use loom::cell::UnsafeCell;

    /// Statics of a thread of the model.
    macro_rules! local {
        ($($(#[$about:meta])* static $name:ident: $t:ty = $init:expr;)*) => {
            loom::thread_local! { $($(#[$about])* static $name: $t = $init;)* }
        };
    }
    pub(crate) use local;

    /// Loom's cell, which reports every pair of accesses that the protocol does not order.
    #[derive(Debug)]
    pub(crate) struct Cell<T>(UnsafeCell<T>);

    impl<T> Cell<T> {
        pub(crate) fn new(value: T) -> Self {
            Self(UnsafeCell::new(value))
        }

        pub(crate) fn with<R>(&self, f: impl FnOnce(*const T) -> R) -> R {
            self.0.with(f)
        }

        pub(crate) fn with_mut<R>(&self, f: impl FnOnce(*mut T) -> R) -> R {
            self.0.with_mut(f)
        }
    }

    pub(crate) fn spawn(_is_wide: bool, job: impl FnOnce() + Send + 'static) {
        loom::thread::spawn(job);
    }

    /// One check is enough: the model tries every moment for it.
    pub(crate) fn spin(done: impl Fn() -> bool) -> bool {
        done()
    }

    /// How often a caller slept, over all interleavings.
    pub(crate) static PARKED: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);

    pub(crate) fn sleep_until(done: impl Fn() -> bool, _late: impl Fn(u64) -> bool) {
        while !done() {
            PARKED.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            loom::thread::park();
        }
    }

    /// `Relaxed` if `AMORSIZE_WEAKEN` has the name: `tests/loom.sh` requires that the model then fails.
    pub(crate) fn unless_weakened(name: &str, ordering: Ordering) -> Ordering {
        static WEAKENED: OnceLock<String> = OnceLock::new();
        let weakened = WEAKENED.get_or_init(|| std::env::var("AMORSIZE_WEAKEN").unwrap_or_default());
        if weakened == name { Ordering::Relaxed } else { ordering }
    }
}

#[cfg(loom)]
pub(crate) use model::*;
#[cfg(not(loom))]
pub(crate) use real::*;

/// The orderings of the protocol. Each is needed: the model fails if it is weakened.
pub(crate) mod ordering {
    use std::sync::atomic::Ordering::{self, Acquire, Release};

    use super::unless_weakened;

    /// The caller opens the join point: publishes `help`.
    pub(crate) const OPEN: fn() -> Ordering = || unless_weakened("OPEN", Release);
    /// A helper registers: sees `help`.
    pub(crate) const ENTER: fn() -> Ordering = || unless_weakened("ENTER", Acquire);
    /// A helper leaves: publishes its results.
    pub(crate) const LEAVE: fn() -> Ordering = || unless_weakened("LEAVE", Release);
    /// The caller closes the join point: sees the results of helpers that have left.
    pub(crate) const CLOSE: fn() -> Ordering = || unless_weakened("CLOSE", Acquire);
    /// The caller polls the number of helpers: sees the results of those that leave now.
    pub(crate) const POLL: fn() -> Ordering = || unless_weakened("POLL", Acquire);
    /// The caller announces that it will sleep: sees the results of a helper that has just left.
    pub(crate) const WAIT: fn() -> Ordering = || unless_weakened("WAIT", Acquire);
}
