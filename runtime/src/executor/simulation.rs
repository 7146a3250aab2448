//! Tests by simulation: how threads share items of very different costs. There is no clock and no thread.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::chunk_policy::ChunkPolicy;
use super::probe::{Probe, SHORTEST_BLOCK};
use super::rate::RateEstimator;
use amorsize_store::clock::Nanos;

/// What taking a chunk and reading the clock costs, ns.
const OVERHEAD: Nanos = 60;

/// Items whose costs are given, ns.
struct Items {
    /// What all items before an index take.
    before: Vec<Nanos>,
}

impl Items {
    fn new(costs: impl IntoIterator<Item = Nanos>) -> Self {
        let mut sum = 0;
        let sums = costs.into_iter().map(|cost| {
            sum += cost;
            sum
        });
        Self { before: std::iter::once(0).chain(sums).collect() }
    }

    fn len(&self) -> usize {
        self.before.len() - 1
    }

    fn time(&self, from: usize, to: usize) -> Nanos {
        self.before[to] - self.before[from]
    }

    fn average(&self) -> f64 {
        self.time(0, self.len()) as f64 / self.len() as f64
    }
}

/// When helper number `index` (from 1) arrives: wakes cascade as a tree.
fn arrival(index: usize, arrive: Nanos) -> Nanos {
    arrive * Nanos::from(index.ilog2() + 1)
}

/// Shares the items from `first` on. Each thread has the moment at which it begins and what it knows then. The end.
fn share(
    items: &Items,
    first: usize,
    threads: Vec<RateEstimator>,
    policy: impl Fn(&RateEstimator) -> ChunkPolicy,
) -> Nanos {
    let mut next = first;
    let mut end = 0;
    let mut free: BinaryHeap<_> = threads.iter().enumerate().map(|(index, rate)| Reverse((rate.last, index))).collect();
    let mut threads = threads;
    while let Some(Reverse((now, index))) = free.pop() {
        let left = items.len() - next;
        if left == 0 {
            continue;
        }
        let taken = policy(&threads[index]).chunk_len(left);
        let done = now + OVERHEAD + items.time(next, next + taken);
        next += taken;
        threads[index].note_at(taken, done);
        end = end.max(done);
        free.push(Reverse((done, index)));
    }
    end
}

/// A first call: the caller works in blocks until they say that help pays, and helpers come later. The end, and how long
/// the caller was alone.
fn first_call(items: &Items, n_jobs: usize, arrive: Nanos) -> (Nanos, Nanos) {
    let mut probe = Probe::new(0.0);
    let mut now = 0;
    while probe.items < items.len() && (probe.time < SHORTEST_BLOCK || probe.blocks < 3 && probe.time < 200_000) {
        let block = probe.next_block().min(items.len() - probe.items);
        let time = OVERHEAD + items.time(probe.items, probe.items + block);
        now += time;
        probe.note(block, time);
    }
    let threads = (0..n_jobs).map(|index| {
        let begin = if index == 0 { now } else { now + arrival(index, arrive) };
        RateEstimator::new(begin, probe.means.0, n_jobs)
    });
    (share(items, probe.items, threads.collect(), |rate| rate.chunk_policy(1)), now)
}

/// A later call: what an item takes on average is known.
fn later_call(items: &Items, n_jobs: usize, arrive: Nanos) -> Nanos {
    let part = items.time(0, items.len()) as f64 / n_jobs as f64;
    let threads = (0..n_jobs).map(|index| {
        let begin = if index == 0 { 0 } else { arrival(index, arrive) };
        RateEstimator::by_average(begin, items.average(), n_jobs, part)
    });
    share(items, 0, threads.collect(), |rate| rate.chunk_policy(1))
}

/// The same, where it is known that items differ much.
fn call_of_uneven(items: &Items, n_jobs: usize, arrive: Nanos) -> Nanos {
    let part = items.time(0, items.len()) as f64 / n_jobs as f64;
    let threads = (0..n_jobs).map(|index| {
        let begin = if index == 0 { 0 } else { arrival(index, arrive) };
        RateEstimator::of_uneven(begin, items.average(), n_jobs, part)
    });
    share(items, 0, threads.collect(), |rate| rate.chunk_policy(1))
}

/// The best of many plans with a fixed chunksize.
fn best_fixed(items: &Items, n_jobs: usize, arrive: Nanos) -> Nanos {
    let fixed = |chunksize| {
        let threads = (0..n_jobs).map(|index| {
            let begin = if index == 0 { 0 } else { arrival(index, arrive) };
            RateEstimator::new(begin, 0.0, n_jobs)
        });
        share(items, 0, threads.collect(), |_| ChunkPolicy::exactly(chunksize))
    };
    std::iter::successors(Some(1), |size| Some(size * 2))
        .take_while(|size| *size < items.len())
        .map(fixed)
        .min()
        .unwrap_or(0)
}

fn repeated(parts: &[(usize, Nanos)]) -> Items {
    Items::new(parts.iter().flat_map(|(count, cost)| std::iter::repeat_n(*cost, *count)))
}

#[test]
fn a_few_heavy_items_at_either_end_are_shared() {
    const LIGHT: (usize, Nanos) = (100_000, 10);
    const HEAVY: (usize, Nanos) = (8, 1_000_000);
    for (name, items) in [
        ("tail", repeated(&[LIGHT, HEAVY])),
        ("head", repeated(&[HEAVY, LIGHT])),
        ("nearly a tail", repeated(&[LIGHT, HEAVY, (8, 10)])),
        ("both", repeated(&[HEAVY, LIGHT, HEAVY])),
        ("flat", repeated(&[(100_008, 90)])),
    ] {
        for n_jobs in [2, 8, 64] {
            for arrive in [1_500, 80_000] {
                let best = best_fixed(&items, n_jobs, arrive) as f64;
                let later = best / later_call(&items, n_jobs, arrive) as f64;
                assert!(later >= 0.9, "{name} on {n_jobs} threads, later calls: {later:.2} of the best fixed plan");
                // Before the first items are done nobody knows that help would pay.
                let (first, alone) = first_call(&items, n_jobs, arrive);
                let first = (best + alone as f64) / first as f64;
                assert!(first >= 0.9, "{name} on {n_jobs} threads, first call: {first:.2} of the best fixed plan");
            }
        }
    }
}

#[test]
fn heavy_items_next_to_each_other_are_shared_once_they_are_known() {
    const LIGHT: (usize, Nanos) = (1_000, 100);
    const HEAVY: (usize, Nanos) = (8, 400_000);
    for n_jobs in [2, 4, 8] {
        for (name, items) in [("head", repeated(&[HEAVY, LIGHT, LIGHT])), ("tail", repeated(&[LIGHT, LIGHT, HEAVY]))] {
            let best = best_fixed(&items, n_jobs, 1_500) as f64;
            let ours = best / call_of_uneven(&items, n_jobs, 1_500) as f64;
            assert!(ours >= 0.9, "{name} on {n_jobs} threads: {ours:.2} of the best fixed plan");
        }
        // Without knowing of them, one thread does all that are between light ones.
        let items = repeated(&[LIGHT, HEAVY, LIGHT]);
        let gain = later_call(&items, n_jobs, 1_500) as f64 / call_of_uneven(&items, n_jobs, 1_500) as f64;
        assert!(gain >= 0.45 * n_jobs as f64, "in the middle on {n_jobs} threads: {gain:.2} times as fast");
    }
}
