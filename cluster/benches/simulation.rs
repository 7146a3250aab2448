//! The efficiency of simulated clusters: `cargo bench -p amorsize-mpi --bench simulation`. Needs no MPI.

use amorsize_mpi::schedule::Network;
use amorsize_mpi::simulation::{Job, run};

fn main() {
    println!("simulated; efficiency = work / speed of all ranks / time; worst and median of 9 clusters");
    println!("speeds from 1 to 4, 10 s of work a rank, times of batches differ by 30% at random\n");
    for (name, item, bytes) in
        [("1 ms, 1 kB in, 64 B out", 1e6, (1024.0, 64.0)), ("100 ms, 20 kB in, 4 kB out", 1e8, (2e4, 4096.0))]
    {
        for (net, network) in [
            ("50 us, 10 Gbit/s", Network { latency: 5e4, bandwidth: 1.25 }),
            ("200 us, 1 Gbit/s", Network { latency: 2e5, bandwidth: 0.125 }),
        ] {
            println!("items of {name}; network of {net}");
            println!(
                "| ranks | first call: worst | median | batches | later calls: worst | median | the link allows |"
            );
            println!("|---|---|---|---|---|---|---|");
            for ranks in [2, 4, 16, 64, 256, 1024] {
                let outcomes = |known| {
                    let job =
                        |seed| Job { ranks, factor: 4.0, item, noise: 0.3, bytes, work: 1e10, network, known, seed };
                    let mut all: Vec<_> = (0..9).map(|seed| run(&job(seed))).collect();
                    all.sort_by(|a, b| a.efficiency.total_cmp(&b.efficiency));
                    all
                };
                let (first, later) = (outcomes(false), outcomes(true));
                // Speeds are 2.5 on average, and the root's own items are not moved.
                let needed = (ranks - 1) as f64 * 2.5 / item * f64::max(bytes.0, bytes.1);
                println!(
                    "| {ranks} | {:.2} | {:.2} | {} | {:.2} | {:.2} | {:.2} |",
                    first[0].efficiency,
                    first[4].efficiency,
                    first[4].batches,
                    later[0].efficiency,
                    later[4].efficiency,
                    (network.bandwidth / needed).min(1.0)
                );
            }
            println!();
        }
    }
}
