//! Ranks on this machine, as processes: `cargo bench -p amorsize-mpi --features mpi --bench cluster`.

use std::env;
use std::hint::black_box;
use std::process::Command;
use std::time::Instant;

use amorsize_mpi::{Cluster, RunAcross};
use mpi::point_to_point::{Destination, Source};
use mpi::topology::{Communicator, SimpleCommunicator};

const PART: &str = "AMORSIZE_MPI_BENCH";
const ROUNDS: usize = 7;

/// So many rounds of arithmetic, and a result as long as the item.
#[amorsize::auto]
fn heavy(item: &[u64]) -> Vec<u64> {
    let sum =
        (0..black_box(1_000_000u64)).fold(item[0], |x, i| (x ^ i).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(9));
    item.iter().map(|x| x ^ sum | 1 << 63).collect()
}

/// The bytes of an item and of its result. Each number has its highest bit set, and so takes ten bytes on its way.
const NUMBERS: usize = 200;
const BYTES: usize = 10 * NUMBERS;

fn items() -> Vec<Vec<u64>> {
    (0..600u64).map(|n| (0..NUMBERS as u64).map(|x| (n * x) | 1 << 63).collect()).collect()
}

fn main() {
    match env::var(PART).as_deref() {
        Ok("job") => job(),
        Ok("messages") => messages(),
        _ => all(),
    }
}

/// Runs the job a few times, and prints ns, messages and bytes of each call but the first two.
fn job() {
    let mut cluster = Cluster::join();
    let items = if cluster.is_root() { items() } else { Vec::new() };
    for call in 0..5 {
        let (start, before) = (Instant::now(), cluster.traffic());
        let results = heavy::on(&items).across(&mut cluster).map();
        let (wall, after) = (start.elapsed().as_nanos(), cluster.traffic());
        if results.is_some() && call > 1 {
            println!("{wall} {} {}", after.messages - before.messages, after.bytes - before.bytes);
        }
    }
}

/// What MPI takes to send as many bytes there and back, by calls that wait, ns.
fn messages() {
    let universe = mpi::initialize().expect("it was not started before");
    let world: SimpleCommunicator = universe.world();
    let mut bytes = vec![7u8; env::var("BYTES").map_or(BYTES, |bytes| bytes.parse().expect("a number"))];
    let other = world.process_at_rank(1 - world.rank());
    let mut times = Vec::new();
    for _ in 0..2000 {
        let start = Instant::now();
        if world.rank() == 0 {
            other.send(&bytes[..]);
            other.receive_into(&mut bytes[..]);
        } else {
            other.receive_into(&mut bytes[..]);
            other.send(&bytes[..]);
        }
        times.push(start.elapsed().as_nanos());
    }
    times.sort_unstable();
    if world.rank() == 0 {
        println!("{}", times[times.len() / 2]);
    }
}

/// The numbers that a part prints on each line, run on so many ranks with so many threads.
fn run(part: &str, ranks: usize, threads: usize, more: &[(&str, String)]) -> Vec<Vec<f64>> {
    let output = Command::new("mpirun")
        .args(["-n", &ranks.to_string(), "--oversubscribe", "--bind-to", "none"])
        .arg(env::current_exe().expect("a program"))
        .envs([("OMPI_ALLOW_RUN_AS_ROOT", "1"), ("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1")])
        .envs([(PART, part.to_string()), ("RAYON_NUM_THREADS", threads.to_string())])
        .envs(more.iter().map(|(name, value)| (name, value)))
        .output()
        .expect("mpirun is there");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.lines().map(|line| line.split(' ').map(|number| number.parse().expect("a number")).collect()).collect()
}

fn median(mut all: Vec<f64>) -> f64 {
    all.sort_by(f64::total_cmp);
    all[all.len() / 2]
}

fn all() {
    let cache = tempfile::tempdir().expect("a folder");
    let cache = [("AMORSIZE_CACHE_DIR", cache.path().display().to_string())];
    let (mut one, mut two) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        one.push(median(run("job", 1, 2, &cache).iter().map(|call| call[0]).collect()));
        two.extend(run("job", 2, 1, &cache));
    }
    let items = items().len();
    let walls = |calls: &[Vec<f64>]| median(calls.iter().map(|call| call[0]).collect());
    let (one, wall) = (median(one), walls(&two));
    let messages = median(two.iter().map(|call| call[1]).collect());
    let bytes = median(two.iter().map(|call| call[2]).collect());
    // Half of the messages are batches, but for two that end the call.
    let batches = (messages - 2.0) / 2.0;
    let moved = bytes / (2 * BYTES) as f64;
    println!("{items} items of {BYTES} bytes with as large results, medians of {ROUNDS} rounds in turns");
    println!("1 rank, 2 threads   {:>8.1} ms", one / 1e6);
    println!("2 ranks, 1 thread   {:>8.1} ms   throughput {:.2} of that", wall / 1e6, one / wall);
    println!("moved: {moved:.0} items in {batches:.0} batches; bytes / bytes of items and results {:.3}", {
        // The items that the other rank got are a whole number.
        bytes / (moved.floor() * (2 * BYTES) as f64)
    });
    let each = [("BYTES", ((bytes / 2.0 / batches) as usize).to_string())];
    let raw = median((0..3).map(|_| run("messages", 2, 1, &each)[0][0]).collect());
    let lost = (wall - one).max(0.0) / batches;
    println!("MPI alone, the bytes of a batch there and back: {:.1} us", raw / 1e3);
    println!(
        "a batch takes {:.1} ms, and {:.1} us longer than its part of the work: {:.1}% beyond MPI's own",
        wall / batches / 1e6,
        lost / 1e3,
        100.0 * (lost - raw).max(0.0) / (wall / batches)
    );
}
