//! Which rank gets how many items next, and whether other ranks pay at all: pure, no clock, no network. Times are in nanoseconds.

use std::ops::Range;

/// The network between two ranks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Network {
    /// From a send to the receipt of a short message, ns.
    pub latency: f64,
    /// Bytes a nanosecond, which is GB/s.
    pub bandwidth: f64,
}

impl Network {
    /// How long a message of so many bytes travels, ns.
    pub fn transfer(&self, bytes: f64) -> f64 {
        self.latency + bytes / self.bandwidth
    }
}

/// What the items of a function cost.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Costs {
    /// The time of an item on the root, when all its threads work, ns.
    pub item: f64,
    /// Bytes of an item on its way.
    pub item_bytes: f64,
    /// Bytes of a result on its way.
    pub result_bytes: f64,
}

impl Costs {
    /// Bytes that are moved for one item.
    fn bytes(&self) -> f64 {
        self.item_bytes + self.result_bytes
    }
}

/// What a whole call would take, ns.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// On the root alone.
    pub alone: f64,
    /// On all ranks.
    pub across: f64,
}

/// Other ranks are given work only if that gains at least this factor.
const GAIN: f64 = 1.1;

impl Estimate {
    /// For `len` items on ranks with so many threads, the first of which is the root:
    /// `T(all) = 2 L + max(n c t0 / t, n b (1 - t0 / t) / B)` with the cost `c` and the bytes `b` of an item, `t0` of `t` threads on the
    /// root, latency `L` and bandwidth `B` of its link.
    pub fn new(len: usize, costs: Costs, network: Network, threads: &[usize]) -> Self {
        let all: usize = threads.iter().sum();
        let root = threads.first().map_or(1.0, |root| *root as f64) / (all as f64).max(1.0);
        let alone = len as f64 * costs.item;
        let moved = len as f64 * costs.bytes() * (1.0 - root) / network.bandwidth;
        Self { alone, across: 2.0 * network.latency + (alone * root).max(moved) }
    }

    /// Whether other ranks pay.
    pub fn pays(&self) -> bool {
        self.across * GAIN < self.alone
    }
}

/// Batches a rank may have at once: one that it computes, and one that travels meanwhile or waits.
const DEPTH: usize = 2;
/// The longest time a batch should take, ns: nobody waits longer for a rank that has become slow.
const LONGEST: f64 = 5e8;
/// A batch takes at least so many times as long as its messages travel.
const LEAST_TRANSFERS: f64 = 20.0;
/// The most bytes of a batch.
const MOST_BYTES: f64 = 16.0 * 1024.0 * 1024.0;
/// The part of what a rank should still get in all that the next batch has: half of it, so that batches become smaller and
/// smaller (factoring: Hummel, Schonberg and Flynn, "Factoring: a method for scheduling parallel loops", 1992).
const PART: f64 = 0.5;

/// One rank, as the root sees it.
#[derive(Clone, Copy, Debug, Default)]
struct RankState {
    threads: usize,
    /// Items a nanosecond; 0 before the first batch is done.
    rate: f64,
    batches: usize,
    items: usize,
}

/// Hands out the items of one call in the order of their indices, on request: large batches first, small ones at the end, and
/// to each rank by its speed.
#[derive(Clone, Debug)]
pub struct Schedule {
    next: usize,
    len: usize,
    /// The length of each batch but the last one is a multiple of this.
    unit: usize,
    network: Network,
    /// Bytes that are moved for one item, as far as is known.
    bytes: f64,
    ranks: Vec<RankState>,
}

impl Schedule {
    /// For `len` items in units of `unit`, on ranks with so many threads each, the first of which is the root. `costs` are those of
    /// earlier calls, if there were any.
    ///
    /// # Panics
    /// If `unit` is 0, or if there are no ranks.
    pub fn new(len: usize, unit: usize, network: Network, threads: &[usize], costs: Option<Costs>) -> Self {
        assert!(unit > 0 && !threads.is_empty(), "a batch has items, and there is a root");
        // Until a rank has shown its speed, it is believed to be that of the root by its threads.
        let of_thread = costs.map_or(0.0, |costs| 1.0 / costs.item.max(0.1) / threads[0].max(1) as f64);
        let ranks = threads.iter().map(|threads| {
            let rate = of_thread * *threads as f64;
            RankState { threads: *threads, rate, ..RankState::default() }
        });
        Self { next: 0, len, unit, network, bytes: costs.map_or(0.0, |costs| costs.bytes()), ranks: ranks.collect() }
    }

    /// Whether the rank has less to do than it may.
    pub fn wants(&self, rank: usize) -> bool {
        self.next < self.len && self.ranks[rank].batches < DEPTH
    }

    /// Whether all items were handed out and none is with a rank any more.
    pub fn is_done(&self) -> bool {
        self.next == self.len && self.outstanding() == 0
    }

    /// Batches that the ranks have.
    pub fn outstanding(&self) -> usize {
        self.ranks.iter().map(|rank| rank.batches).sum()
    }

    /// Items that nobody has yet.
    pub fn left(&self) -> usize {
        self.len - self.next
    }

    /// Hands out nothing any more.
    pub fn stop(&mut self) {
        self.len = self.next;
    }

    /// Nobody computes but the root, which gets all that is left.
    pub fn rest(&mut self) -> Range<usize> {
        self.hand_out(0, self.len - self.next)
    }

    /// The next batch of the rank.
    pub fn next_batch(&mut self, rank: usize) -> Range<usize> {
        let items = self.batch_size(rank).max(1).div_ceil(self.unit).saturating_mul(self.unit);
        self.hand_out(rank, items)
    }

    /// The next items, as many as are said, for the rank.
    pub fn hand_out(&mut self, rank: usize, items: usize) -> Range<usize> {
        let first = self.next;
        self.next = self.len.min(first.saturating_add(items));
        let items = self.next - first;
        let rank = &mut self.ranks[rank];
        rank.batches += 1;
        rank.items += items;
        first..self.next
    }

    fn batch_size(&self, rank: usize) -> usize {
        let state = &self.ranks[rank];
        let rate = self.rate(state);
        if rate == 0.0 {
            return 1;
        }
        let all_rates: f64 = self.ranks.iter().map(|rank| self.rate(rank)).sum();
        let undone = self.left() + self.ranks.iter().map(|rank| rank.items).sum::<usize>();
        let fair = undone as f64 * rate / all_rates - state.items as f64;
        let least = rate * LEAST_TRANSFERS * self.network.transfer(0.0);
        let most = (rate * LONGEST).min(if self.bytes > 0.0 { MOST_BYTES / self.bytes } else { f64::INFINITY });
        (PART * fair).max(least).min(most) as usize
    }

    /// The speed of a rank. One that has done nothing yet is believed to be as fast as the others, by its threads.
    fn rate(&self, rank: &RankState) -> f64 {
        if rank.rate > 0.0 {
            return rank.rate;
        }
        let known = self.ranks.iter().filter(|rank| rank.rate > 0.0);
        let (rates, threads) = known.fold((0.0, 0), |(rates, threads), r| (rates + r.rate, threads + r.threads));
        if threads == 0 { 0.0 } else { rates / threads as f64 * rank.threads as f64 }
    }

    /// Nothing comes of the rank any more.
    pub fn give_up(&mut self, rank: usize) {
        let RankState { batches, items, .. } = &mut self.ranks[rank];
        (*batches, *items) = (0, 0);
    }

    /// The rank has done a batch: so many items in `wall` ns, for which `bytes` were moved.
    pub fn done(&mut self, rank: usize, items: usize, wall: f64, bytes: f64) {
        let state = &mut self.ranks[rank];
        state.batches -= 1;
        state.items -= items;
        let rate = items as f64 / wall.max(1.0);
        state.rate = if state.rate > 0.0 { f64::midpoint(state.rate, rate) } else { rate };
        self.bytes = self.bytes.max(bytes / items.max(1) as f64);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NETWORK: Network = Network { latency: 5e4, bandwidth: 1.25 };

    /// Hands out everything, each batch done at once, and gives the batches of each rank.
    fn batches(mut schedule: Schedule, ranks: usize, cost: f64) -> Vec<Vec<Range<usize>>> {
        let mut all = vec![Vec::new(); ranks];
        while !schedule.is_done() {
            for (rank, batches) in all.iter_mut().enumerate() {
                while schedule.wants(rank) {
                    batches.push(schedule.next_batch(rank));
                }
            }
            for (rank, batches) in all.iter().enumerate() {
                let count = schedule.ranks[rank].batches;
                for batch in &batches[batches.len() - count..] {
                    schedule.done(rank, batch.len(), batch.len() as f64 * cost, 0.0);
                }
            }
        }
        all
    }

    #[test]
    fn every_item_is_handed_out_once_and_in_units() {
        for (len, unit, ranks) in [(0, 1, 1), (1, 1, 3), (1000, 7, 4), (100_003, 64, 9)] {
            let all = batches(Schedule::new(len, unit, NETWORK, &vec![2; ranks], None), ranks, 1e4);
            let mut all: Vec<_> = all.into_iter().flatten().collect();
            all.sort_by_key(|batch| batch.start);
            let mut next = 0;
            for batch in all {
                assert_eq!((batch.start, batch.start % unit), (next, 0));
                next = batch.end;
            }
            assert_eq!(next, len);
        }
    }

    #[test]
    fn batches_become_smaller() {
        let costs = Costs { item: 1e5, item_bytes: 8.0, result_bytes: 8.0 };
        let all = batches(Schedule::new(100_000, 1, NETWORK, &[4, 4], Some(costs)), 2, 1e5);
        for batches in all {
            let (first, last) = (batches[0].len(), batches.last().unwrap().len());
            assert!(first > 1000 && last <= first / 20, "{first} {last}");
        }
    }

    #[test]
    fn a_batch_has_no_more_bytes_than_fit() {
        let costs = Costs { item: 100.0, item_bytes: 1e6, result_bytes: 0.0 };
        let mut schedule = Schedule::new(1_000_000, 1, NETWORK, &[1, 1], Some(costs));
        assert!(schedule.next_batch(1).len() <= 16);
    }

    #[test]
    fn the_faster_rank_gets_more() {
        let mut schedule = Schedule::new(1_000_000, 1, NETWORK, &[1, 1, 1], None);
        for rank in 0..3 {
            let items = schedule.next_batch(rank).len();
            schedule.done(rank, items, items as f64 * [1e4, 2e4, 4e4][rank], 16.0);
        }
        let sizes: Vec<_> = (0..3).map(|rank| schedule.next_batch(rank).len()).collect();
        assert!(sizes[0] > sizes[1] && sizes[1] > sizes[2], "{sizes:?}");
    }

    #[test]
    fn light_items_stay_where_they_are() {
        let pays = |item, bytes, threads: &[usize]| {
            let costs = Costs { item, item_bytes: bytes, result_bytes: 8.0 };
            Estimate::new(1_000_000, costs, NETWORK, threads).pays()
        };
        assert!(!pays(2.0, 8.0, &[2, 2]), "moving takes longer than computing");
        assert!(pays(1e4, 8.0, &[2, 2]));
        assert!(!pays(1e4, 1e6, &[2, 2]), "a megabyte an item");
        assert!(!pays(1e9, 8.0, &[2]), "nobody else is there");
        assert!(pays(1e4, 8.0, &[1, 64]));
    }
}
