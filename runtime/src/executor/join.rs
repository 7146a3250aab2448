//! Helpers join a caller's work; nobody waits for a helper that has not started.
//!
//! `rayon::scope` waits for every job it spawned, also for those that a sleeping worker has yet to find: that is
//! what makes small parallel loops slow. Here the caller works from the first nanosecond, and a helper that comes
//! too late finds the desk closed and leaves. Only helpers that have registered are waited for.
//!
//! The work is borrowed from the caller's stack, while the jobs in the pool's queue live as long as they like: this
//! is the one place where a lifetime is erased. What makes it sound is the state word, [`OPEN`] and [`WAIT`] and
//! the number of registered helpers:
//!
//! ```text
//! caller                                   helper (a job in the pool, maybe of an earlier call)
//! help = ..                                state has OPEN, and room?  else leave
//! store(OPEN, Release)                     CAS count + 1 (Acquire)    else look again
//! .. spawn jobs, do its own share ..       .. read help, call it, wait for its return ..
//! fetch_and(!OPEN, Acquire)                fetch_sub(1, Release) == WAIT + 1?  unpark the caller
//! count == 0?  else spin (Acquire)
//! else fetch_or(WAIT, Acquire), park
//! ```
//!
//! A helper uses `help` only between its registration, which cannot succeed on a closed desk, and its leaving,
//! which the caller waits for. (Registering with an unconditional `fetch_add` would be wrong: on a closed desk it
//! is never undone.) A compare-and-swap that succeeds on a desk that was closed and opened again in between has
//! read the new opening, and gets the new `help`.
//!
//! The desk itself is kept from call to call, so that jobs that no worker has found yet serve the next call
//! instead of piling up in the queue.

#![allow(unsafe_code)]

#[cfg(all(test, loom))]
mod model;

use std::cell::{Cell as Flag, RefCell};
use std::marker::PhantomData;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use super::sync::{AtomicU64, AtomicUsize, Cell, Thread, current, local, order, sleep_until, spawn, spin};
use super::unwind::drop_quietly;

/// Helpers may register.
const OPEN: u64 = 1 << 63;
/// The caller sleeps until the count is zero.
const WAIT: u64 = 1 << 62;
/// The most helpers that may work at once, from this bit on. It is part of the word, so that a helper of an earlier
/// call cannot go by an earlier number.
const CAP: u32 = 32;
/// The helpers that have registered and not left.
const COUNT: u64 = (1 << CAP) - 1;
/// The most helpers a call can have.
const MOST: usize = (1 << 16) - 1;

/// What a helper does.
pub(crate) trait Help: Sync {
    /// Works until there is nothing left to do. A panic is dropped.
    fn help(&self);
}

/// The help that is wanted, with the lifetime of its borrows erased.
type Wanted = *const (dyn Help + 'static);

/// Where helpers meet a caller.
struct Desk {
    state: AtomicU64,
    /// Helpers that have registered since the desk was opened.
    served: AtomicUsize,
    /// Jobs in the pool that have not started yet, of this call or earlier ones.
    tokens: AtomicUsize,
    /// Jobs that the helpers are to send: wakes cascade as a tree, so that the caller pays for one.
    want: AtomicUsize,
    help: Cell<Option<Wanted>>,
    owner: Thread,
}

// SAFETY: `help` is written by the owner while no helper is registered, and read by registered helpers only; what it
// points to is `Sync`.
unsafe impl Sync for Desk {}
// SAFETY: as above; the pointer is not tied to a thread.
unsafe impl Send for Desk {}

local! {
    /// Desks that no call of this thread uses now; as many as its calls were ever nested.
    static DESKS: RefCell<Vec<Arc<Desk>>> = RefCell::new(Vec::new());

    /// This thread is inside an item, so it must not start another one on top of it: a token that it meets while it
    /// waits inside the function (in a `rayon::join`, say) is put aside.
    static BUSY: Flag<bool> = Flag::new(false);
}

/// How many helpers to ask for, and how.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Call {
    /// The most helpers that work at once.
    pub(crate) helpers: usize,
    /// Send one job more than helpers are needed: of two sleepers woken one may start on a core of its own.
    pub(crate) spare: bool,
}

/// This thread works on items until the value is dropped.
pub(crate) struct Busy(bool);

impl Busy {
    pub(crate) fn new() -> Self {
        Self(BUSY.with(|busy| busy.replace(true)))
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        BUSY.with(|busy| busy.set(self.0));
    }
}

/// Lets other threads help the caller until the end of [`scope`].
pub(crate) struct Scope<'env> {
    desk: RefCell<Option<Arc<Desk>>>,
    /// Invariant: helpers are given exactly what lives for `'env`.
    env: PhantomData<Flag<&'env ()>>,
}

/// Runs `body`, which may [open](Scope::open) its scope to helpers; returns when every helper that has started has left.
pub(crate) fn scope<'env, R>(body: impl FnOnce(&Scope<'env>) -> R) -> R {
    // Dropped when `body` returns or unwinds, and out of its reach: `'env` outlives this call, so also every helper.
    let scope = Scope { desk: RefCell::new(None), env: PhantomData };
    body(&scope)
}

impl<'env> Scope<'env> {
    /// Lets up to `call.helpers` threads `help`, each once, while the caller goes on. At most once a scope.
    /// The number of jobs that had to be sent for that: those of earlier calls that wait in the queue serve this one.
    ///
    /// While its thread is being torn down a caller gets no helpers.
    pub(crate) fn open(&self, help: &'env (dyn Help + 'env), call: Call) -> usize {
        let Ok(desk) = DESKS.try_with(|desks| desks.borrow_mut().pop()) else { return 0 };
        let desk = desk.unwrap_or_else(Desk::new);
        // SAFETY: only the lifetime changes. The scope ends, which ends every use of it, within `'env`.
        let help = unsafe { mem::transmute::<&'env (dyn Help + 'env), &'static (dyn Help + 'static)>(help) };
        let mut place = self.desk.borrow_mut();
        assert!(place.is_none(), "amorsize: a scope was opened twice");
        // From here on the end of the scope closes it, also if a job cannot be sent.
        place.insert(desk).open(help, call)
    }

    /// Asks for one helper more if some have left and none is on its way.
    pub(crate) fn call_again(&self) {
        if let Some(desk) = &*self.desk.borrow() {
            let state = desk.state.load(Relaxed);
            if state & COUNT < cap(state) && desk.tokens.load(Relaxed) == 0 {
                desk.send();
            }
        }
    }
}

impl Drop for Scope<'_> {
    fn drop(&mut self) {
        if let Some(desk) = self.desk.take() {
            desk.close();
            // Where it cannot be kept it is freed, once its last job has run.
            let _ = DESKS.try_with(|desks| desks.borrow_mut().push(desk));
        }
    }
}

impl Desk {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            state: AtomicU64::new(0),
            served: AtomicUsize::new(1),
            tokens: AtomicUsize::new(0),
            want: AtomicUsize::new(0),
            help: Cell::new(None),
            owner: current(),
        })
    }

    fn open(self: &Arc<Self>, help: Wanted, call: Call) -> usize {
        let need = call.helpers.min(MOST);
        self.help.with_mut(|place| {
            // SAFETY: the desk is closed and no helper is registered, so nobody else has access.
            unsafe { *place = Some(help) };
        });
        let waiting = self.tokens.load(Relaxed);
        let mut send = (need + usize::from(call.spare)).saturating_sub(waiting);
        // Jobs of earlier calls serve this one, unless they are stuck where no worker looks.
        if self.served.swap(0, Relaxed) == 0 && send == 0 && waiting < 2 * need {
            send = 1;
        }
        // The caller wakes one worker, and the spare; helpers wake the rest.
        let own = send.min(1 + usize::from(call.spare));
        self.want.store(send - own, Relaxed);
        self.state.store(OPEN | (need as u64) << CAP, order::OPEN());
        for _ in 0..own {
            self.send();
        }
        own
    }

    fn send(self: &Arc<Self>) {
        self.tokens.fetch_add(1, Relaxed);
        let desk = Arc::clone(self);
        spawn(move || desk.help());
    }

    /// What a job does when a worker finds it.
    fn help(self: Arc<Self>) {
        self.tokens.fetch_sub(1, Relaxed);
        if BUSY.with(Flag::get) || !self.register() {
            return;
        }
        let busy = Busy::new();
        for _ in 0..2 {
            if self.want.fetch_update(Relaxed, Relaxed, |want| want.checked_sub(1)).is_ok() {
                self.send();
            }
        }
        // SAFETY: the owner wrote it before it opened the desk, which `register` has seen, and does not write again
        // before this helper has left.
        let help = self.help.with(|help| unsafe { *help });
        if let Some(help) = help {
            // SAFETY: the owner keeps what it points to until this helper has left.
            let help = unsafe { &*help };
            drop_quietly(catch_unwind(AssertUnwindSafe(|| help.help())));
        }
        drop(busy);
        if self.state.fetch_sub(1, order::LEAVE()) & (WAIT | COUNT) == WAIT + 1 {
            self.owner.unpark();
        }
    }

    fn register(&self) -> bool {
        let mut state = self.state.load(Relaxed);
        loop {
            if state & OPEN == 0 || state & COUNT >= cap(state) {
                return false;
            }
            match self.state.compare_exchange_weak(state, state + 1, order::ENTER(), Relaxed) {
                Ok(_) => {
                    self.served.fetch_add(1, Relaxed);
                    return true;
                }
                Err(now) => state = now,
            }
        }
    }

    fn close(&self) {
        if self.state.fetch_and(!OPEN, order::CLOSE()) & COUNT == 0 {
            return;
        }
        let gone = || self.state.load(order::WATCH()) & COUNT == 0;
        if spin(gone) || self.state.fetch_or(WAIT, order::WAIT()) & COUNT == 0 {
            return;
        }
        sleep_until(gone);
    }
}

fn cap(state: u64) -> u64 {
    (state >> CAP) & MOST as u64
}
