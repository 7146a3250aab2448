//! A function with a scratch: a value that its calls on one thread reuse, such as a buffer.

use std::sync::Mutex;
use std::thread::panicking;

use super::map_fn::{MapFn, sealed};
use amorsize_store::sync::lock;

/// A function of an item and of a scratch that `new` makes: one for each thread that works on the run, which is kept from
/// chunk to chunk, and one for the whole plain loop.
#[derive(Debug)]
pub struct Scratch<S, N, F> {
    new: N,
    f: F,
    /// Those that nothing uses at the moment.
    spares: Mutex<Vec<S>>,
}

impl<S, N, F> Scratch<S, N, F> {
    pub(crate) const fn new(new: N, f: F) -> Self {
        Self { new, f, spares: Mutex::new(Vec::new()) }
    }
}

impl<S, N: Fn() -> S, F> Scratch<S, N, F> {
    /// One that nobody else uses.
    #[inline]
    fn borrow(&self) -> Borrowed<'_, S> {
        let spare = lock(&self.spares).pop();
        Borrowed { spares: &self.spares, scratch: Some(spare.unwrap_or_else(&self.new)) }
    }

    /// Calls the function with one.
    #[inline]
    pub(crate) fn call<T, U>(&self, item: T) -> U
    where
        F: Fn(T, &mut S) -> U,
    {
        let mut borrowed = self.borrow();
        (self.f)(item, borrowed.get())
    }
}

/// What can be a scratch. Every `Send` type is.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a scratch, as it cannot be sent to another thread",
    label = "what one thread leaves, another may go on with, so it has to be `Send`"
)]
pub trait Lasting: Send {}

#[diagnostic::do_not_recommend]
impl<S: Send> Lasting for S {}

/// The scratch of one chunk, or of one call.
struct Borrowed<'r, S> {
    spares: &'r Mutex<Vec<S>>,
    /// Always there before the drop.
    scratch: Option<S>,
}

impl<S> Borrowed<'_, S> {
    /// The scratch. A closure that calls this captures all of it, and not a copy of the scratch.
    fn get(&mut self) -> &mut S {
        let Some(scratch) = &mut self.scratch else { unreachable!("it is there until the drop") };
        scratch
    }
}

impl<S> Drop for Borrowed<'_, S> {
    fn drop(&mut self) {
        // What the function leaves behind when it panics is not used again.
        if !panicking() {
            lock(self.spares).extend(self.scratch.take());
        }
    }
}

impl<T, U, S, N, F> sealed::Sealed<T> for Scratch<S, N, F> where F: Fn(T, &mut S) -> U {}

impl<T, U, S: Send, N: Fn() -> S + Sync, F: Fn(T, &mut S) -> U + Sync> MapFn<T> for Scratch<S, N, F> {
    type Output = U;

    #[inline]
    fn over_chunk<I: Iterator<Item = T>>(&self, items: I) -> impl Iterator<Item = U> {
        let mut borrowed = self.borrow();
        items.map(move |item| (self.f)(item, borrowed.get()))
    }

    #[inline]
    fn over_all<I: Iterator<Item = T>>(&self, items: I) -> impl Iterator<Item = U> {
        let mut scratch = (self.new)();
        items.map(move |item| (self.f)(item, &mut scratch))
    }
}
