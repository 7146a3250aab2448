//! Who runs a workload: the plain loop, the peers, fixed plans, and ours.

use std::fmt;
use std::hint::black_box;
use std::num::NonZero;
use std::time::Instant;

use paralight::threads::{CpuPinningPolicy, RangeStrategy, ThreadCount, ThreadPoolBuilder};

/// One way to map a function over a list, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Contender {
    /// `items.iter().map(f).collect()`.
    Plain,
    /// The plain loop once more: what it differs from the first is noise.
    PlainAgain,
    /// `items.par_iter().map(f).collect()`.
    Rayon,
    /// `items.par().map(f).collect()` of orx-parallel.
    Orx,
    /// Halving by `Scope::join` of chili.
    Chili,
    /// `par_iter().map(f).collect()` of paralight, work stealing.
    Paralight,
    /// Our executor with a plan fixed by hand.
    Fixed {
        /// Threads, the caller included.
        n_jobs: usize,
        /// The fewest items a worker takes at once, or the executor's own choice.
        chunksize: Option<usize>,
    },
    /// `f::map(items)`.
    Ours,
}

impl fmt::Display for Contender {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plain => out.write_str("plain"),
            Self::PlainAgain => out.write_str("plain again"),
            Self::Rayon => out.write_str("rayon"),
            Self::Orx => out.write_str("orx"),
            Self::Chili => out.write_str("chili"),
            Self::Paralight => out.write_str("paralight"),
            Self::Fixed { n_jobs, chunksize: None } => write!(out, "{n_jobs}x auto"),
            Self::Fixed { n_jobs, chunksize: Some(chunksize) } => write!(out, "{n_jobs}x {chunksize}"),
            Self::Ours => out.write_str("ours"),
        }
    }
}

impl Contender {
    /// The plain loop, the peers, the grid of fixed plans, and ours.
    #[must_use]
    pub fn all(items: usize, threads: usize) -> Vec<Self> {
        let mut all = vec![Self::Plain, Self::PlainAgain, Self::Rayon, Self::Orx, Self::Chili, Self::Paralight];
        all.extend(Self::grid(items, threads));
        all.push(Self::Ours);
        all
    }

    /// One to `threads` threads, doubling, each with the executor's own chunks and four sizes from one item to half
    /// of all. On one thread chunks do not matter.
    fn grid(items: usize, threads: usize) -> Vec<Self> {
        let mut grid = vec![Self::Fixed { n_jobs: 1, chunksize: None }];
        let mut sizes = vec![1, items / 16, items / 4, items / 2];
        sizes.retain(|size| *size > 0);
        sizes.dedup();
        let doubling = (1..).map(|power| 1_usize << power).take_while(|n_jobs| *n_jobs < threads);
        for n_jobs in doubling.chain((threads > 1).then_some(threads)) {
            grid.push(Self::Fixed { n_jobs, chunksize: None });
            grid.extend(sizes.iter().map(|size| Self::Fixed { n_jobs, chunksize: Some(*size) }));
        }
        grid
    }
}

/// The pools of the peers that want one handed to them, made once, when first used.
#[derive(Default)]
pub struct Pools {
    chili: Option<chili::ThreadPool>,
    paralight: Option<paralight::threads::ThreadPool>,
}

impl Pools {
    fn chili(&mut self) -> &chili::ThreadPool {
        self.chili.get_or_insert_with(|| {
            let thread_count = NonZero::new(rayon::current_num_threads());
            chili::ThreadPool::with_config(chili::Config { thread_count, ..Default::default() })
        })
    }

    fn paralight(&mut self) -> &mut paralight::threads::ThreadPool {
        self.paralight.get_or_insert_with(|| {
            let threads = NonZero::new(rayon::current_num_threads());
            ThreadPoolBuilder {
                num_threads: threads.map_or(ThreadCount::AvailableParallelism, ThreadCount::Count),
                range_strategy: RangeStrategy::WorkStealing,
                cpu_pinning: CpuPinningPolicy::No,
            }
            .build()
        })
    }
}

/// A function and its items, ready to be run by any contender.
pub trait Case {
    /// How many items there are.
    fn items(&self) -> usize;

    /// The contenders that can express this case.
    fn contenders(&self, threads: usize) -> Vec<Contender>;

    /// The time of one call in nanoseconds, as the mean of `repeats` calls. Inputs are made before and results dropped
    /// after the timed section, for everybody alike.
    fn time(&self, contender: Contender, pools: &mut Pools, repeats: usize) -> f64;

    /// Whether `contender` gives the plain loop's answer.
    fn agrees(&self, contender: Contender, pools: &mut Pools) -> bool;

    /// The plan that a call of ours would use now, as the library tells it.
    fn plan(&self) -> String;
}

/// A case whose function takes its items by reference: the items, the function, our map, our map with a number of
/// threads and a chunksize fixed by hand, and what our map would do.
pub fn lent<T, U>(
    items: Vec<T>,
    function: impl Fn(&T) -> U + Sync + Send + Copy + 'static,
    ours: impl Fn(&[T]) -> Vec<U> + 'static,
    fixed: impl Fn(&[T], usize, Option<usize>) -> Vec<U> + 'static,
    plan: impl Fn(&[T]) -> String + 'static,
) -> Box<dyn Case>
where
    T: Sync + 'static,
    U: Send + Default + PartialEq,
{
    Box::new(Lent { items, function, ours, fixed, plan })
}

/// The same for a function that takes its items by value; they are cloned before each timed section.
pub fn owned<T, U>(
    items: Vec<T>,
    function: impl Fn(T) -> U + Sync + Send + Copy + 'static,
    ours: impl Fn(Vec<T>) -> Vec<U> + 'static,
    fixed: impl Fn(Vec<T>, usize, Option<usize>) -> Vec<U> + 'static,
    plan: impl Fn(Vec<T>) -> String + 'static,
) -> Box<dyn Case>
where
    T: Send + Sync + Clone + 'static,
    U: Send + PartialEq,
{
    Box::new(Owned { items, function, ours, fixed, plan })
}

/// A case whose function takes its items by reference.
struct Lent<T, F, M, P, S> {
    /// The items.
    items: Vec<T>,
    /// The function.
    function: F,
    /// Our map.
    ours: M,
    /// Our map with a number of threads and a chunksize fixed by hand.
    fixed: P,
    /// What our map would do.
    plan: S,
}

/// A case whose function takes its items by value.
struct Owned<T, F, M, P, S> {
    /// The items, cloned before each timed section.
    items: Vec<T>,
    /// The function.
    function: F,
    /// Our map.
    ours: M,
    /// Our map with a number of threads and a chunksize fixed by hand.
    fixed: P,
    /// What our map would do.
    plan: S,
}

/// Runs `map` on inputs made beforehand; tells the mean time in nanoseconds and keeps the results.
fn sample<I, O>(repeats: usize, input: impl Fn() -> I, mut map: impl FnMut(I) -> O) -> (f64, Vec<O>) {
    let inputs: Vec<I> = (0..repeats).map(|_| input()).collect();
    let mut results = Vec::with_capacity(repeats);
    let start = Instant::now();
    for input in inputs {
        results.push(black_box(map(black_box(input))));
    }
    (start.elapsed().as_nanos() as f64 / repeats as f64, results)
}

impl<T, U, F, M, P, S> Lent<T, F, M, P, S>
where
    T: Sync,
    U: Send + Default,
    F: Fn(&T) -> U + Sync + Send + Copy,
    M: Fn(&[T]) -> Vec<U>,
    P: Fn(&[T], usize, Option<usize>) -> Vec<U>,
{
    fn run(&self, contender: Contender, pools: &mut Pools, repeats: usize) -> (f64, Vec<Vec<U>>) {
        let f = self.function;
        let input = || self.items.as_slice();
        match contender {
            Contender::Plain | Contender::PlainAgain => sample(repeats, input, |items| items.iter().map(f).collect()),
            Contender::Rayon => sample(repeats, input, |items| {
                use rayon::prelude::*;
                items.par_iter().map(f).collect()
            }),
            Contender::Orx => sample(repeats, input, |items| {
                use orx_parallel::{Par, Parallelizable};
                items.par().map(f).collect()
            }),
            Contender::Chili => {
                let pool = pools.chili();
                sample(repeats, input, |items| by_chili(pool, items, f))
            }
            Contender::Paralight => {
                use paralight::prelude::*;
                let pool = pools.paralight();
                sample(repeats, input, |items| items.par_iter().map(f).with_thread_pool(&mut *pool).collect())
            }
            Contender::Fixed { n_jobs, chunksize } => {
                sample(repeats, input, |items| (self.fixed)(items, n_jobs, chunksize))
            }
            Contender::Ours => sample(repeats, input, |items| (self.ours)(items)),
        }
    }
}

impl<T, U, F, M, P, S> Owned<T, F, M, P, S>
where
    T: Send + Sync + Clone,
    U: Send,
    F: Fn(T) -> U + Sync + Send + Copy,
    M: Fn(Vec<T>) -> Vec<U>,
    P: Fn(Vec<T>, usize, Option<usize>) -> Vec<U>,
{
    fn run(&self, contender: Contender, pools: &mut Pools, repeats: usize) -> (f64, Vec<Vec<U>>) {
        let f = self.function;
        let input = || self.items.clone();
        match contender {
            Contender::Plain | Contender::PlainAgain => {
                sample(repeats, input, |items| items.into_iter().map(f).collect())
            }
            Contender::Rayon => sample(repeats, input, |items| {
                use rayon::prelude::*;
                items.into_par_iter().map(f).collect()
            }),
            Contender::Orx => sample(repeats, input, |items| {
                use orx_parallel::{IntoParIter, Par};
                items.into_par().map(f).collect()
            }),
            Contender::Chili => unreachable!("chili has no way to hand out items by value"),
            Contender::Paralight => {
                use paralight::prelude::*;
                let pool = pools.paralight();
                sample(repeats, input, |items| items.into_par_iter().map(f).with_thread_pool(&mut *pool).collect())
            }
            Contender::Fixed { n_jobs, chunksize } => {
                sample(repeats, input, |items| (self.fixed)(items, n_jobs, chunksize))
            }
            Contender::Ours => sample(repeats, input, |items| (self.ours)(items)),
        }
    }
}

impl<T, U, F, M, P, S> Case for Lent<T, F, M, P, S>
where
    T: Sync,
    U: Send + Default + PartialEq,
    F: Fn(&T) -> U + Sync + Send + Copy,
    M: Fn(&[T]) -> Vec<U>,
    P: Fn(&[T], usize, Option<usize>) -> Vec<U>,
    S: Fn(&[T]) -> String,
{
    fn items(&self) -> usize {
        self.items.len()
    }

    fn contenders(&self, threads: usize) -> Vec<Contender> {
        Contender::all(self.items.len(), threads)
    }

    fn time(&self, contender: Contender, pools: &mut Pools, repeats: usize) -> f64 {
        self.run(contender, pools, repeats).0
    }

    fn agrees(&self, contender: Contender, pools: &mut Pools) -> bool {
        self.run(contender, pools, 1).1 == self.run(Contender::Plain, pools, 1).1
    }

    fn plan(&self) -> String {
        (self.plan)(&self.items)
    }
}

impl<T, U, F, M, P, S> Case for Owned<T, F, M, P, S>
where
    T: Send + Sync + Clone,
    U: Send + PartialEq,
    F: Fn(T) -> U + Sync + Send + Copy,
    M: Fn(Vec<T>) -> Vec<U>,
    P: Fn(Vec<T>, usize, Option<usize>) -> Vec<U>,
    S: Fn(Vec<T>) -> String,
{
    fn items(&self) -> usize {
        self.items.len()
    }

    fn contenders(&self, threads: usize) -> Vec<Contender> {
        let mut all = Contender::all(self.items.len(), threads);
        all.retain(|contender| *contender != Contender::Chili);
        all
    }

    fn time(&self, contender: Contender, pools: &mut Pools, repeats: usize) -> f64 {
        self.run(contender, pools, repeats).0
    }

    fn agrees(&self, contender: Contender, pools: &mut Pools) -> bool {
        self.run(contender, pools, 1).1 == self.run(Contender::Plain, pools, 1).1
    }

    fn plan(&self) -> String {
        (self.plan)(self.items.clone())
    }
}

/// chili has no map: halves the list until a piece is a five-hundredth of it, writing into a list of defaults.
fn by_chili<T: Sync, U: Send + Default>(pool: &chili::ThreadPool, items: &[T], f: impl Fn(&T) -> U + Sync) -> Vec<U> {
    let mut results = Vec::new();
    results.resize_with(items.len(), U::default);
    halve(&mut pool.scope(), items, &mut results, &f, (items.len() / 512).max(1));
    results
}

fn halve<T: Sync, U: Send>(
    scope: &mut chili::Scope<'_>,
    items: &[T],
    results: &mut [U],
    f: &(impl Fn(&T) -> U + Sync),
    piece: usize,
) {
    if items.len() <= piece {
        for (result, item) in results.iter_mut().zip(items) {
            *result = f(item);
        }
        return;
    }
    let (items, more_items) = items.split_at(items.len() / 2);
    let (results, more_results) = results.split_at_mut(items.len());
    scope
        .join(|scope| halve(scope, items, results, f, piece), |scope| halve(scope, more_items, more_results, f, piece));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_grid_has_no_plan_twice_and_ends_at_the_pool() {
        let fixed = |items, threads| -> Vec<String> {
            let all = Contender::all(items, threads);
            all.into_iter().filter(|one| matches!(one, Contender::Fixed { .. })).map(|one| one.to_string()).collect()
        };
        assert_eq!(fixed(64, 2), ["1x auto", "2x auto", "2x 1", "2x 4", "2x 16", "2x 32"]);
        assert_eq!(fixed(3, 2), ["1x auto", "2x auto", "2x 1"]);
        assert_eq!(fixed(64, 1), ["1x auto"]);
        let six = fixed(1000, 6);
        for plan in ["2x auto", "4x auto", "6x auto", "6x 500"] {
            assert!(six.iter().any(|have| have == plan), "{plan} in {six:?}");
        }
        assert!(!six.iter().any(|have| have.starts_with('8')));
    }
}
