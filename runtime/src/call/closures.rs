//! Closures: what `map!`, `for_each!`, `on!` and `stream!` expand to.

use std::any::type_name;

use super::choices::Choices;
use super::run::{Run, run, run_any};
use super::stream::iterator::{stream, with_scratch};
use super::stream::state::Stream;
use crate::executor::scratch::{Lasting, Scratch};
use crate::input::into_items::IntoItems;
use crate::site::instantiation::Instantiation;
use crate::site::site::Site;

/// The options of a macro, as those of a run.
///
/// # Panics
/// If one of the numbers is 0.
#[track_caller]
#[inline]
pub const fn choices(n_jobs: Option<usize>, chunksize: Option<usize>, use_cache: bool) -> Choices {
    assert!(!matches!(n_jobs, Some(0)), "n_jobs = 0: nobody would work; n_jobs = 1 is the plain loop");
    assert!(!matches!(chunksize, Some(0)), "chunksize = 0: a thread takes at least one item at once");
    Choices { n_jobs, chunksize, use_cache, max_memory: None, rigor: None }
}

/// What is captured by a closure that several threads call. Every `Sync` type is.
#[diagnostic::on_unimplemented(
    message = "this closure cannot be called by several threads at once",
    label = "it captures something that only one thread may use",
    note = "`Cell`, `RefCell`, `Rc` and raw pointers are for one thread: capture what they hold, or use atomics, a `Mutex` and `Arc`",
    note = "to combine results, return them, and use a terminal such as `amorsize::on!(..).sum()`"
)]
pub trait Captures: Sync {}

#[diagnostic::do_not_recommend]
impl<F: Sync> Captures for F {}

/// What tells a closure apart from others that are given to one generic function: what calls it for one item, and holds its
/// name. That is never called, but other code where the closure is another. The name alone is the same for all closures that
/// are written in one function.
#[inline]
fn instantiation<T, U, F: Fn(T) -> U>() -> Instantiation {
    #[inline(never)]
    fn call<T, U, F: Fn(T) -> U>(f: &F, item: T) -> (U, &'static str) {
        (f(item), type_name::<F>())
    }
    Instantiation::new(type_name::<F>(), call::<T, U, F> as *const ())
}

/// The same for a closure with a scratch.
#[inline]
fn instantiation_with_scratch<T, S, U, F: Fn(T, &mut S) -> U>() -> Instantiation {
    #[inline(never)]
    fn call<T, S, U, F: Fn(T, &mut S) -> U>(f: &F, item: T, scratch: &mut S) -> (U, &'static str) {
        (f(item, scratch), type_name::<F>())
    }
    Instantiation::new(type_name::<F>(), call::<T, S, U, F> as *const ())
}

/// A run of a closure.
#[inline]
pub fn run_closure<C: IntoItems, U, F: Fn(C::Item) -> U + Captures>(
    site: &'static Site,
    key: u64,
    choices: Choices,
    items: C,
    f: F,
) -> Run<C::Item, C::Items, F> {
    run(site.closure(instantiation::<C::Item, U, F>(), key), items.into_items(), f).with(choices)
}

/// The results of a closure.
#[inline]
pub fn map_closure<C: IntoItems, U: Send>(
    site: &'static Site,
    key: u64,
    choices: Choices,
    items: C,
    f: impl Fn(C::Item) -> U + Captures,
) -> Vec<U> {
    run_closure(site, key, choices, items, f).map()
}

/// Calls a closure for each item.
#[inline]
pub fn for_each_closure<C: IntoItems, F: Fn(C::Item) + Captures>(
    site: &'static Site,
    key: u64,
    choices: Choices,
    items: C,
    f: F,
) {
    run_closure(site, key, choices, items, f).for_each();
}

/// The results of a closure for the items of an iterator. Nothing of it is kept, so the key makes no difference.
#[inline]
pub fn stream_closure<I: IntoIterator<Item: Send>, U: Send, F: Fn(I::Item) -> U + Captures>(
    site: &'static Site,
    _key: u64,
    choices: Choices,
    items: I,
    f: F,
) -> Stream<I::IntoIter, F, U> {
    let stream = stream(site.tuned(), items, f);
    let stream = if let Some(n) = choices.n_jobs { stream.n_jobs(n) } else { stream };
    if let Some(n) = choices.chunksize { stream.chunksize(n) } else { stream }
}

/// The same for a closure with a scratch.
#[inline]
pub fn stream_closure_with_scratch<I, U, S, N, F>(
    site: &'static Site,
    key: u64,
    choices: Choices,
    items: I,
    new: N,
    f: F,
) -> Stream<I::IntoIter, impl Fn(I::Item) -> U, U>
where
    I: IntoIterator<Item: Send>,
    U: Send,
    S: Lasting,
    N: Fn() -> S + Captures,
    F: Fn(I::Item, &mut S) -> U + Captures,
{
    stream_closure(site, key, choices, items, with_scratch(new, f))
}

/// A run of a closure with a scratch.
#[inline]
pub fn run_closure_with_scratch<C, U, S, N, F>(
    site: &'static Site,
    key: u64,
    choices: Choices,
    items: C,
    new: N,
    f: F,
) -> Run<C::Item, C::Items, Scratch<S, N, F>>
where
    C: IntoItems,
    S: Lasting,
    N: Fn() -> S + Captures,
    F: Fn(C::Item, &mut S) -> U + Captures,
{
    let tuned = site.closure(instantiation_with_scratch::<C::Item, S, U, F>(), key);
    run_any(tuned, items.into_items(), Scratch::new(new, f)).with(choices)
}

/// The results of a closure with a scratch.
#[inline]
pub fn map_closure_with_scratch<C: IntoItems, U: Send, S: Lasting>(
    site: &'static Site,
    key: u64,
    choices: Choices,
    items: C,
    new: impl Fn() -> S + Captures,
    f: impl Fn(C::Item, &mut S) -> U + Captures,
) -> Vec<U> {
    run_closure_with_scratch(site, key, choices, items, new, f).map()
}

/// Calls a closure with a scratch for each item.
#[inline]
pub fn for_each_closure_with_scratch<C: IntoItems, S: Lasting>(
    site: &'static Site,
    key: u64,
    choices: Choices,
    items: C,
    new: impl Fn() -> S + Captures,
    f: impl Fn(C::Item, &mut S) + Captures,
) {
    run_closure_with_scratch(site, key, choices, items, new, f).for_each();
}
