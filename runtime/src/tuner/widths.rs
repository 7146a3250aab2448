//! The numbers of threads that a plan is chosen from.

use super::cost::PoolModel;

/// The numbers of threads worth trying: all threads of the pool, a half of them, a quarter and so on. If there may be fewer
/// items than threads: one for each item, then powers of two. The same for all lengths with the same `floor(log2 len)`; a
/// call with fewer items than threads uses as many as it has items.
pub(super) fn threads(pool: &PoolModel, len: usize) -> impl Iterator<Item = usize> {
    let power = 1_usize << len.max(1).ilog2();
    let few = (pool.threads > power).then(|| pool.threads.min(2 * power - 1));
    let halves = std::iter::successors(Some(pool.threads.min(power)), |n| Some(n / 2));
    few.into_iter().chain(halves).take_while(|n| *n >= 2)
}

/// How much longer a run takes because items are whole: with five on four threads, one thread has two of them.
pub(super) fn rounds(n_jobs: usize, len: usize) -> f64 {
    (n_jobs as f64 / len as f64) * len.div_ceil(n_jobs) as f64
}
