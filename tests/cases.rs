//! Random runs: how long, how, from where, and what goes wrong in them.

use std::any::Any;
use std::collections::BTreeSet;
use std::hint;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::time::{Duration, Instant};

use amorsize::{Items, Run};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner, contextualize_config};

use crate::pools;
use crate::watchdog;

/// How one run is made.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) len: usize,
    /// Threads of the pool the call comes from; 0 for none.
    pub(crate) pool: usize,
    pub(crate) n_jobs: Option<usize>,
    pub(crate) chunksize: Option<usize>,
    pub(crate) use_cache: bool,
    /// What an item takes, ns.
    pub(crate) weight: u64,
    /// Items on which the function panics.
    pub(crate) panics: BTreeSet<usize>,
    /// Items that end a run: `Err`, `None`.
    pub(crate) ends: BTreeSet<usize>,
}

pub(crate) fn cases() -> impl Strategy<Value = Case> {
    let len = prop_oneof![0..4usize, 4..200usize, 200..3000usize];
    len.prop_flat_map(|len| {
        let some_items = || {
            let some = vec(0..len.max(1), 1..4).prop_map(move |some| some.into_iter().filter(|&i| i < len).collect());
            prop_oneof![2 => Just(BTreeSet::new()), 3 => some]
        };
        let chunksize = option::of(prop_oneof![3 => 1..=len.max(1), 1 => 1..=5usize, 1 => Just(usize::MAX)]);
        (
            0..=pools::LARGEST,
            option::weighted(0.6, prop_oneof![9 => 1..=10usize, 1 => Just(usize::MAX)]),
            chunksize,
            any::<bool>(),
            prop_oneof![Just(0), Just(300), Just(3_000)],
            some_items(),
            some_items(),
        )
            .prop_map(move |(pool, n_jobs, chunksize, use_cache, weight, panics, ends)| Case {
                len,
                pool,
                n_jobs,
                chunksize,
                use_cache,
                weight,
                panics,
                ends,
            })
    })
}

/// Runs `test` over many cases.
pub(crate) fn check<S: Strategy + Send + 'static>(cases: S, test: impl Fn(S::Value) + Send + 'static) {
    let config = contextualize_config(Config { cases: 150, failure_persistence: None, ..Config::default() });
    watchdog::within(60, move || {
        TestRunner::new(config)
            .run(&cases, |case| {
                test(case);
                Ok(())
            })
            .unwrap_or_else(|failure| panic!("{failure}"));
    });
}

/// The run with the choices of the case.
pub(crate) fn chosen<T, I: Items<T>, F>(run: Run<T, I, F>, case: &Case) -> Run<T, I, F> {
    let run = run.use_cache(case.use_cache);
    let run = if let Some(n_jobs) = case.n_jobs { run.n_jobs(n_jobs) } else { run };
    if let Some(chunksize) = case.chunksize { run.chunksize(chunksize) } else { run }
}

/// Works for so many nanoseconds.
pub(crate) fn spin(nanoseconds: u64) {
    if nanoseconds > 0 {
        let start = Instant::now();
        while start.elapsed() < Duration::from_nanos(nanoseconds) {
            hint::spin_loop();
        }
    }
}

/// Panics past the hook, which would print.
pub(crate) fn panic_with(index: usize) -> ! {
    resume_unwind(Box::new(index))
}

/// The payload of a panic that [`panic_with`] began. Others go on.
pub(crate) fn index_of(payload: Box<dyn Any + Send>) -> usize {
    *payload.downcast().unwrap_or_else(|other| resume_unwind(other))
}

/// What a run gives, or what it panics with.
pub(crate) fn outcome<R>(run: impl FnOnce() -> R) -> Result<R, usize> {
    catch_unwind(AssertUnwindSafe(run)).map_err(index_of)
}
