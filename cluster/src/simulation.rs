//! A cluster that is simulated: what the [`Schedule`] gains on networks and on numbers of ranks that are not at hand.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::schedule::{Costs, Network, Schedule};

/// A job on a simulated cluster. The root sends and receives over one link of its own, which carries one message each way at a
/// time, and computes as the others do.
#[derive(Clone, Copy, Debug)]
pub struct Job {
    /// Ranks, the root included.
    pub ranks: usize,
    /// The fastest rank is so many times as fast as the slowest.
    pub factor: f64,
    /// Time of an item on a rank of speed 1, ns.
    pub item: f64,
    /// The time of a batch differs by this part of it, at random.
    pub noise: f64,
    /// Bytes of an item, and of its result.
    pub bytes: (f64, f64),
    /// Work for each rank, ns.
    pub work: f64,
    /// The network.
    pub network: Network,
    /// Whether the costs are known from an earlier call.
    pub known: bool,
    /// Whence random numbers come.
    pub seed: u64,
}

/// The processor time that a message takes of the thread of the root that sends and receives, ns.
const MESSAGE: f64 = 5_000.0;

/// How well a job went.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Outcome {
    /// Work divided by the speed of all ranks and by the time that was taken: 1 at best.
    pub efficiency: f64,
    /// Batches that were handed out.
    pub batches: usize,
}

/// Numbers from 0 to 1 (`SplitMix64`, Steele et al., 2014).
struct Random(u64);

impl Random {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }
}

/// A result that reaches the link of the root: when (in whole ns), of which rank, how many items, computed in what time.
type Arrival = Reverse<(u64, usize, usize, u64)>;

/// Runs a job.
pub fn run(job: &Job) -> Outcome {
    let mut random = Random(job.seed);
    let speeds: Vec<f64> = (0..job.ranks).map(|_| 1.0 + (job.factor - 1.0) * random.next()).collect();
    let speed: f64 = speeds.iter().sum();
    let len = (job.work * speed / job.item) as usize;
    let costs = Costs { item: job.item / speeds[0], item_bytes: job.bytes.0, result_bytes: job.bytes.1 };
    let mut schedule = Schedule::new(len, 1, job.network, &vec![1; job.ranks], job.known.then_some(costs));
    let mut free = vec![0.0; job.ranks];
    let (mut sender, mut receiver, mut now, mut batches) = (0.0f64, 0.0f64, 0.0f64, 0);
    let mut arrivals: BinaryHeap<Arrival> = BinaryHeap::new();
    let mut wanting: Vec<usize> = (0..job.ranks).collect();
    while !schedule.is_done() {
        for rank in wanting.drain(..) {
            while schedule.wants(rank) {
                let items = schedule.next_batch(rank).len() as f64;
                batches += 1;
                let arrives = if rank == 0 {
                    now
                } else {
                    sender = sender.max(now) + MESSAGE + items * job.bytes.0 / job.network.bandwidth;
                    sender + job.network.latency
                };
                let noise = 1.0 + job.noise * (2.0 * random.next() - 1.0);
                let wall = items * job.item / speeds[rank] * noise;
                free[rank] = f64::max(free[rank], arrives) + wall;
                let back = if rank == 0 { 0.0 } else { job.network.latency };
                arrivals.push(Reverse(((free[rank] + back) as u64, rank, items as usize, wall as u64)));
            }
        }
        let Some(Reverse((at, rank, items, wall))) = arrivals.pop() else { break };
        now = at as f64;
        if rank != 0 {
            receiver = receiver.max(now) + MESSAGE + items as f64 * job.bytes.1 / job.network.bandwidth;
            now = receiver;
        }
        schedule.done(rank, items, wall as f64, items as f64 * (job.bytes.0 + job.bytes.1));
        wanting.push(rank);
    }
    Outcome { efficiency: len as f64 * job.item / speed / now, batches }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A cloud's network: 50 us, 10 Gbit/s.
    const CLOUD: Network = Network { latency: 5e4, bandwidth: 1.25 };

    fn job(ranks: usize, known: bool, seed: u64) -> Job {
        let (item, noise, bytes) = (1e6, 0.3, (1024.0, 64.0));
        Job { ranks, factor: 4.0, item, noise, bytes, work: 1e10, network: CLOUD, known, seed }
    }

    #[test]
    fn ranks_of_unequal_speed_finish_together() {
        for ranks in [2, 16, 256] {
            for known in [false, true] {
                for seed in 0..3 {
                    let Outcome { efficiency, .. } = run(&job(ranks, known, seed));
                    assert!((0.9..=1.05).contains(&efficiency), "{ranks} {known}: {efficiency}");
                }
            }
        }
    }

    #[test]
    fn a_link_that_is_too_slow_shows() {
        let slow = Network { bandwidth: 0.0125, ..CLOUD };
        assert!(run(&Job { network: slow, ..job(256, true, 1) }).efficiency < 0.2);
    }
}
