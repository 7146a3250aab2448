//! A function whose progress is told, on the thread that runs the call.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread::{self, ThreadId};

use super::map_fn::{MapFn, sealed};
use amorsize_store::clock::{Nanos, now, since};
use amorsize_store::sync::lock;

/// A function, and whom to tell how many of its items are done.
#[derive(Debug)]
pub struct Progress<F, P> {
    f: F,
    total: usize,
    done: AtomicUsize,
    owner: ThreadId,
    /// And when it was last told.
    tell: Mutex<(P, Nanos)>,
}

/// At most this often, ns.
const PERIOD: Nanos = 50_000_000;
/// In the plain loop the clock is read after so many items that this time passes in between, ns.
const STRIDE: Nanos = 1_000_000;
const LONGEST_STRIDE: usize = 1 << 16;

impl<F, P: FnMut(usize, usize)> Progress<F, P> {
    pub(crate) fn new(f: F, total: usize, tell: P) -> Self {
        let tell = Mutex::new((tell, now()));
        Self { f, total, done: AtomicUsize::new(0), owner: thread::current().id(), tell }
    }

    fn tell_now(&self, told: Nanos) {
        let mut tell = lock(&self.tell);
        tell.1 = told;
        (tell.0)(self.done.load(Relaxed), self.total);
    }

    /// Tells, if this is the thread that does so, and it is time. What it is now.
    fn tell_in_time(&self) -> Nanos {
        let now = now();
        if thread::current().id() == self.owner && now.saturating_sub(lock(&self.tell).1) >= PERIOD {
            self.tell_now(now);
        }
        now
    }
}

/// Adds its count to that of the run when it is dropped.
struct Counted<'r> {
    done: &'r AtomicUsize,
    count: usize,
}

impl Counted<'_> {
    /// One more. A closure that calls this captures all of it, and not a copy of the number.
    fn add(&mut self) -> usize {
        self.count += 1;
        self.count
    }

    fn flush(&mut self) {
        self.done.fetch_add(std::mem::take(&mut self.count), Relaxed);
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.flush();
    }
}

impl<T, F: MapFn<T>, P> sealed::Sealed<T> for Progress<F, P> {}

impl<T, F: MapFn<T>, P: FnMut(usize, usize) + Send> MapFn<T> for Progress<F, P> {
    type Output = F::Output;

    #[inline]
    fn over_chunk<I: Iterator<Item = T>>(&self, items: I) -> impl Iterator<Item = F::Output> {
        self.tell_in_time();
        let mut counted = Counted { done: &self.done, count: 0 };
        self.f.over_chunk(items).inspect(move |_| _ = counted.add())
    }

    #[inline]
    fn over_all<I: Iterator<Item = T>>(&self, items: I) -> impl Iterator<Item = F::Output> {
        let mut counted = Counted { done: &self.done, count: 0 };
        let (mut stride, mut last) = (1, now());
        self.f.over_all(items).inspect(move |_| {
            if counted.add() == stride {
                counted.flush();
                let took = since(last);
                last = self.tell_in_time();
                stride = if took < STRIDE { stride * 2 } else { stride / 2 }.clamp(1, LONGEST_STRIDE);
            }
        })
    }

    fn finished(&self) {
        self.f.finished();
        self.tell_now(now());
    }
}
