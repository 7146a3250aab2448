//! A function whose progress is told, on the thread that runs the call.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::{mem, ptr};

use super::map_fn::{MapFn, sealed};
use amorsize_store::clock::{Nanos, now};
use amorsize_store::sync::lock;

/// A function, and whom to tell how many of its items are done.
#[derive(Debug)]
pub struct Progress<F, P> {
    f: F,
    total: usize,
    done: AtomicUsize,
    /// The [`here`] of the thread that runs the call.
    owner: usize,
    /// And when it was last told; before that, when the run began. 0: it has not begun.
    tell: Mutex<(P, Nanos)>,
}

/// At most this often, ns.
const PERIOD: Nanos = 50_000_000;
/// In the plain loop the clock is read after so many items that this time passes in between, ns.
const STRIDE: Nanos = 1_000_000;
const LONGEST_STRIDE: usize = 1 << 16;

/// A number that no other living thread has.
fn here() -> usize {
    thread_local! {
        static PLACE: u8 = const { 0 };
    }
    PLACE.with(|place| ptr::from_ref(place).addr())
}

impl<F, P: FnMut(usize, usize)> Progress<F, P> {
    pub(crate) fn new(f: F, total: usize, tell: P) -> Self {
        Self { f, total, done: AtomicUsize::new(0), owner: here(), tell: Mutex::new((tell, 0)) }
    }

    /// Tells if it is time. To be called on the thread that runs the call. What it is now.
    fn tell_in_time(&self) -> Nanos {
        let now = now();
        let mut guard = lock(&self.tell);
        let (tell, told) = &mut *guard;
        if *told == 0 {
            *told = now;
        } else if now.saturating_sub(*told) >= PERIOD {
            *told = now;
            tell(self.done.load(Relaxed), self.total);
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
        if here() == self.owner {
            self.tell_in_time();
        }
        let mut counted = Counted { done: &self.done, count: 0 };
        self.f.over_chunk(items).inspect(move |_| _ = counted.add())
    }

    #[inline]
    fn over_all<I: Iterator<Item = T>>(&self, items: I) -> impl Iterator<Item = F::Output> {
        let mut counted = Counted { done: &self.done, count: 0 };
        let (mut stride, mut last) = (1, self.tell_in_time());
        self.f.over_all(items).inspect(move |_| {
            if counted.add() == stride {
                counted.flush();
                let before = mem::replace(&mut last, self.tell_in_time());
                stride = match last.saturating_sub(before) {
                    // Very short items: the clock takes more time than they do.
                    took if took < STRIDE / 64 => stride * 8,
                    took if took < STRIDE => stride * 2,
                    _ => stride / 2,
                }
                .clamp(1, LONGEST_STRIDE);
            }
        })
    }

    fn finished(&self) {
        self.f.finished();
        (lock(&self.tell).0)(self.done.load(Relaxed), self.total);
    }
}
