//! Helpers join the work of a caller; the caller never waits for a helper that has not started.
//!
//! `rayon::scope` waits for every job that it spawned, also for jobs that a sleeping worker has yet to find. That makes
//! small parallel loops slow. Here the caller works from the start, and a helper that comes too late finds the join point
//! closed and leaves. The caller waits only for helpers that have registered.
//!
//! The work is borrowed from the caller's stack, while the jobs in the pool's queue may outlive it: this is the one place
//! where a lifetime is erased. What makes it sound is the state word of the join point, which holds [`OPEN`], [`WAIT`],
//! and the number of registered helpers:
//!
//! ```text
//! caller                                   helper (a job in the pool, maybe of an earlier call)
//! help = ..                                state has OPEN, and room?  else leave
//! store(OPEN, Release)                     CAS count + 1 (Acquire)    else look again
//! .. queue jobs, work on chunks ..         .. read help, call it, wait for its return ..
//! fetch_and(!OPEN, Acquire)                fetch_sub(1, Release) == WAIT + 1?  unpark the caller
//! count == 0?  else spin (Acquire)
//! else fetch_or(WAIT, Acquire), park
//! ```
//!
//! A helper uses `help` only between its registration, which cannot succeed on a closed join point, and its leaving,
//! which the caller waits for. (Registering with an unconditional `fetch_add` would be wrong: on a closed join point it
//! is never undone.) If the join point was closed and opened again before the compare-and-swap succeeded, it has read
//! the state of the second opening, and the helper gets the second `help`.
//!
//! The join point is kept from call to call, so that jobs that no worker has found yet serve the next call instead of
//! piling up in the queue.

#![allow(unsafe_code)]

#[cfg(all(test, loom))]
mod model;

use std::cell::{Cell as Flag, RefCell};
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use super::sync::{AtomicU64, AtomicUsize, Cell, Thread, current, local, ordering, sleep_until, spawn, spin};
use super::unwind::drop_quietly;

/// Helpers may register.
const OPEN: u64 = 1 << 63;
/// The caller sleeps until the count is zero.
const WAIT: u64 = 1 << 62;
/// From this bit on: the most helpers that may be registered at once. It is part of the word, so that a job of an earlier
/// call cannot use the number of that call.
const CAP: u32 = 32;
/// The number of helpers that have registered and not left.
const COUNT: u64 = (1 << CAP) - 1;
/// The most helpers a call can have.
const MOST: usize = (1 << 16) - 1;

/// What a helper does.
pub(crate) trait Help: Sync {
    /// Works until there is nothing left to do. A panic goes no further.
    fn help(&self);

    /// The caller has waited for this long, ns, since it had nothing left to do. True if that need not be said again.
    fn late(&self, _waited: u64) -> bool {
        true
    }
}

/// A `Help` with the lifetime of its borrows erased.
type ErasedHelp = *const (dyn Help + 'static);

/// Where helpers register with a caller.
struct JoinPoint {
    state: AtomicU64,
    /// Helpers that have registered since the last opening.
    joined: AtomicUsize,
    /// Jobs in the pool's queue that have not started, of this call or earlier ones.
    queued: AtomicUsize,
    /// Jobs that helpers are to queue: each queues up to two, so that the caller pays for waking one worker only.
    unsent: AtomicUsize,
    help: Cell<Option<ErasedHelp>>,
    owner: Thread,
    /// Whether its jobs are queued on the wide pool.
    is_wide: bool,
}

// SAFETY: `help` is written by the owner while no helper is registered, and read by registered helpers only; what it
// points to is `Sync`.
unsafe impl Sync for JoinPoint {}
// SAFETY: as above; the pointer is not tied to a thread.
unsafe impl Send for JoinPoint {}

local! {
    /// Join points that no call of this thread uses now; for each pool never more than the depth to which calls were nested.
    static IDLE_POINTS: RefCell<Vec<Arc<JoinPoint>>> = RefCell::new(Vec::new());

    /// Whether this thread works on an item. Then it must not start another one: if it meets a job while it waits inside
    /// the user's function (in a `rayon::join`, say), the job does nothing.
    static INSIDE_ITEM: Flag<bool> = Flag::new(false);
}

/// How many helpers to ask for, and how.
#[derive(Clone, Copy, Debug)]
pub(crate) struct HelpRequest {
    /// The most helpers that work at once.
    pub(crate) helpers: usize,
    /// Queue one job more than helpers are needed: of two workers that are woken, one may be on a core of its own.
    pub(crate) spare: bool,
    /// Whether they come from the wide pool, and not from the current one.
    pub(crate) is_wide: bool,
}

/// Marks this thread as working on an item until it is dropped.
pub(crate) struct ReentrancyGuard(bool);

impl ReentrancyGuard {
    pub(crate) fn new() -> Self {
        Self(INSIDE_ITEM.with(|inside| inside.replace(true)))
    }
}

impl Drop for ReentrancyGuard {
    fn drop(&mut self) {
        INSIDE_ITEM.with(|inside| inside.set(self.0));
    }
}

/// Lets other threads help the caller until the end of [`scope`].
pub(crate) struct Scope<'env> {
    point: RefCell<Option<Arc<JoinPoint>>>,
    /// What helpers do, once it is open. Makes `'env` invariant: helpers borrow for exactly that lifetime.
    help: Flag<Option<&'env (dyn Help + 'env)>>,
}

/// Runs `body`, which may [open](Scope::open) the scope to helpers. Returns when every helper that has registered has left.
pub(crate) fn scope<'env, R>(body: impl FnOnce(&Scope<'env>) -> R) -> R {
    // Dropped when `body` returns or unwinds; `body` cannot prevent that. `'env` outlives this call, and so every helper.
    let scope = Scope { point: RefCell::new(None), help: Flag::new(None) };
    body(&scope)
}

impl<'env> Scope<'env> {
    /// Lets up to `request.helpers` threads call `help`, each once, while the caller goes on. At most once a scope.
    ///
    /// Returns the number of jobs that the caller had to queue: jobs of earlier calls that are still queued serve this one.
    /// A thread that is being torn down gets no helpers.
    pub(crate) fn open(&self, help: &'env (dyn Help + 'env), request: HelpRequest) -> usize {
        let HelpRequest { is_wide, .. } = request;
        let take_idle = |points: &RefCell<Vec<Arc<JoinPoint>>>| {
            let mut points = points.borrow_mut();
            let at = points.iter().rposition(|point| point.is_wide == is_wide)?;
            Some(points.swap_remove(at))
        };
        let Ok(point) = IDLE_POINTS.try_with(take_idle) else { return 0 };
        let point = point.unwrap_or_else(|| JoinPoint::new(is_wide));
        self.help.set(Some(help));
        // SAFETY: only the lifetime changes. The scope ends within `'env`, and no helper uses it after the scope has ended.
        let help = unsafe { mem::transmute::<&'env (dyn Help + 'env), &'static (dyn Help + 'static)>(help) };
        let mut place = self.point.borrow_mut();
        assert!(place.is_none(), "amorsize: a scope was opened twice");
        // From here on the end of the scope closes the join point, also if queueing a job panics.
        place.insert(point).open(help, request)
    }

    /// Asks helpers to come again that have left while there was more to do. The caller queues one job, if none is queued,
    /// and those who come queue the others.
    pub(crate) fn request_again(&self) {
        if let Some(point) = &*self.point.borrow() {
            let state = point.state.load(Relaxed);
            let missing = cap(state).saturating_sub(state & COUNT) as usize;
            if missing > 0 && point.queued.load(Relaxed) == 0 {
                point.unsent.store(missing - 1, Relaxed);
                point.queue_job();
            }
        }
    }
}

impl Drop for Scope<'_> {
    fn drop(&mut self) {
        if let Some(point) = self.point.take() {
            point.close(|waited| self.help.get().is_none_or(|help| help.late(waited)));
            // If the thread-local is gone, the join point is freed when its last job has run.
            let _ = IDLE_POINTS.try_with(|points| points.borrow_mut().push(point));
        }
    }
}

impl JoinPoint {
    fn new(is_wide: bool) -> Arc<Self> {
        Arc::new(Self {
            state: AtomicU64::new(0),
            joined: AtomicUsize::new(1),
            queued: AtomicUsize::new(0),
            unsent: AtomicUsize::new(0),
            help: Cell::new(None),
            owner: current(),
            is_wide,
        })
    }

    fn open(self: &Arc<Self>, help: ErasedHelp, request: HelpRequest) -> usize {
        let need = request.helpers.min(MOST);
        self.help.with_mut(|place| {
            // SAFETY: the join point is closed and no helper is registered, so nobody else has access.
            unsafe { *place = Some(help) };
        });
        let waiting = self.queued.load(Relaxed);
        let mut send = (need + usize::from(request.spare)).saturating_sub(waiting);
        // If jobs are queued but no helper came to the last call, they may lie where no worker looks: queue one.
        if self.joined.swap(0, Relaxed) == 0 && send == 0 && waiting < 2 * need {
            send = 1;
        }
        // The caller queues one job, and the spare; helpers queue the others.
        let own = send.min(1 + usize::from(request.spare));
        self.unsent.store(send - own, Relaxed);
        self.state.store(OPEN | (need as u64) << CAP, ordering::OPEN());
        for _ in 0..own {
            self.queue_job();
        }
        own
    }

    fn queue_job(self: &Arc<Self>) {
        self.queued.fetch_add(1, Relaxed);
        let point = Arc::clone(self);
        spawn(self.is_wide, move || point.help());
    }

    /// What a job does when a worker runs it.
    fn help(self: Arc<Self>) {
        self.queued.fetch_sub(1, Relaxed);
        if INSIDE_ITEM.with(Flag::get) || !self.register() {
            return;
        }
        let guard = ReentrancyGuard::new();
        for _ in 0..2 {
            if self.unsent.fetch_update(Relaxed, Relaxed, |unsent| unsent.checked_sub(1)).is_ok() {
                self.queue_job();
            }
        }
        // SAFETY: the owner wrote it before it opened the join point, which `register` has seen, and does not write again
        // before this helper has left.
        let help = self.help.with(|help| unsafe { *help });
        if let Some(help) = help {
            // SAFETY: the owner keeps what it points to until this helper has left.
            let help = unsafe { &*help };
            drop_quietly(catch_unwind(AssertUnwindSafe(|| help.help())));
        }
        drop(guard);
        if self.state.fetch_sub(1, ordering::LEAVE()) & (WAIT | COUNT) == WAIT + 1 {
            self.owner.unpark();
        }
    }

    fn register(&self) -> bool {
        let mut state = self.state.load(Relaxed);
        loop {
            if state & OPEN == 0 || state & COUNT >= cap(state) {
                return false;
            }
            match self.state.compare_exchange_weak(state, state + 1, ordering::ENTER(), Relaxed) {
                Ok(_) => {
                    self.joined.fetch_add(1, Relaxed);
                    return true;
                }
                Err(now) => state = now,
            }
        }
    }

    fn close(&self, late: impl Fn(u64) -> bool) {
        if self.state.fetch_and(!OPEN, ordering::CLOSE()) & COUNT == 0 {
            return;
        }
        let gone = || self.state.load(ordering::POLL()) & COUNT == 0;
        if spin(gone) || self.state.fetch_or(WAIT, ordering::WAIT()) & COUNT == 0 {
            return;
        }
        sleep_until(gone, late);
    }
}

fn cap(state: u64) -> u64 {
    (state >> CAP) & MOST as u64
}
