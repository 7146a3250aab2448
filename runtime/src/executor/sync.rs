//! The primitives under [`join`](super::join): the real ones, or loom's, so that the model runs the code that ships.

#[cfg(not(loom))]
mod real {
    pub(crate) use std::sync::atomic::{AtomicU64, AtomicUsize};
    pub(crate) use std::thread::{Thread, current};

    use std::cell::UnsafeCell;
    use std::sync::atomic::Ordering;
    use std::thread;
    use std::time::{Duration, Instant};

    use crate::clock::now;
    use crate::executor::pool;

    /// Statics of a thread, initialised at compile time.
    macro_rules! local {
        ($($(#[$about:meta])* static $name:ident: $t:ty = $init:expr;)*) => {
            std::thread_local! { $($(#[$about])* static $name: $t = const { $init };)* }
        };
    }
    pub(crate) use local;

    /// A cell in the form that loom watches.
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

    /// Runs `job` on the current rayon pool, some time.
    pub(crate) fn spawn(job: impl FnOnce() + Send + 'static) {
        rayon_core::spawn(move || {
            job();
            // Also a job that came too late leaves its worker awake for a while.
            pool::mark_active(now());
        });
    }

    /// How long a caller spins for helpers that are about to finish before it sleeps.
    const SPIN: Duration = Duration::from_micros(20);

    /// Spins for a while; true as soon as `done`.
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

    /// From this nap on, a worker of a pool looks for a broadcast while it waits.
    const BROADCAST_AFTER: Duration = Duration::from_millis(16);
    const LONGEST_NAP: Duration = Duration::from_millis(50);

    /// Sleeps until `done`; whoever makes it so unparks this thread.
    pub(crate) fn sleep_until(done: impl Fn() -> bool) {
        if rayon_core::current_thread_index().is_none() {
            while !done() {
                thread::park();
            }
            return;
        }
        // On a worker of a pool: stealing here could start work that waits for what this thread holds (rayon #592,
        // #1054), but never answering a broadcast would deadlock with one made inside the function. When the
        // worker's own deque is empty, a broadcast is the only thing that `yield_local` can run.
        let mut nap = Duration::from_millis(1);
        while !done() {
            thread::park_timeout(nap);
            if nap >= BROADCAST_AFTER && rayon_core::current_thread_has_pending_tasks() == Some(false) {
                rayon_core::yield_local();
            }
            nap = (nap * 2).min(LONGEST_NAP);
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

    /// Loom's cell reports every pair of accesses that the protocol does not order.
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

    pub(crate) fn spawn(job: impl FnOnce() + Send + 'static) {
        loom::thread::spawn(job);
    }

    /// One look is as good as many: the model tries every moment for it.
    pub(crate) fn spin(done: impl Fn() -> bool) -> bool {
        done()
    }

    /// How often a caller slept, over all interleavings.
    pub(crate) static PARKED: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);

    pub(crate) fn sleep_until(done: impl Fn() -> bool) {
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

/// The orderings of the protocol. Each is needed: the model fails without it.
pub(crate) mod ordering {
    use std::sync::atomic::Ordering::{self, Acquire, Release};

    use super::unless_weakened;

    /// Publishes the help that is wanted ...
    pub(crate) const OPEN: fn() -> Ordering = || unless_weakened("OPEN", Release);
    /// ... to a helper that registers.
    pub(crate) const ENTER: fn() -> Ordering = || unless_weakened("ENTER", Acquire);
    /// Publishes what a helper did ...
    pub(crate) const LEAVE: fn() -> Ordering = || unless_weakened("LEAVE", Release);
    /// ... to the caller: if it closes the desk later,
    pub(crate) const CLOSE: fn() -> Ordering = || unless_weakened("CLOSE", Acquire);
    /// if it sees the helper leave,
    pub(crate) const POLL: fn() -> Ordering = || unless_weakened("POLL", Acquire);
    /// or if the helper leaves just before it would sleep.
    pub(crate) const WAIT: fn() -> Ordering = || unless_weakened("WAIT", Acquire);
}
