//! This process as one of several ranks.

use std::fmt;
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::thread;
use std::time::Instant;

use amorsize::Merge;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::cores;
use crate::fault::message;
use crate::item::Kept;
use crate::learned::Learned;
use crate::schedule::Network;
use crate::transport::{Kind, ROOT, Traffic, Transport};
use crate::wire::{decode, encode};

/// The ranks of an MPI job, of which this process is one. Every process of the job makes one, at the start of `main`, and makes the
/// same calls with it in the same order.
///
/// Without `mpirun` there is one rank, and everything is computed here.
///
/// The ranks that run on one host share its cores: rayon's global pool is started with this rank's part of them, unless
/// `RAYON_NUM_THREADS` says how many threads it is to have, or it runs already.
///
/// Where this process panics, and other ranks cannot know, dropping it ends the whole job: they would wait for ever.
pub struct Cluster {
    pub(crate) transport: Transport,
    pub(crate) kept: Kept,
    pub(crate) learned: Learned,
    pub(crate) network: Network,
    /// Of each rank.
    pub(crate) threads: Vec<usize>,
    /// Every rank panics for the same reason.
    pub(crate) all_panic: bool,
    /// MPI is used by one thread only, the one that has started it.
    _here: PhantomData<*const ()>,
}

impl Cluster {
    /// Joins the job: starts MPI, if the program has not done so, divides the cores of each host among its ranks, measures the
    /// network, and gives all ranks the plans that the root has. All ranks have to do this.
    ///
    /// # Panics
    /// If the program has started MPI on another thread, or ended it.
    #[must_use]
    pub fn join() -> Self {
        let mut transport = Transport::start();
        let own = cores::own();
        let share = cores::share(&own, &transport.gather_on_host(&own));
        if std::env::var_os("RAYON_NUM_THREADS").is_none_or(|number| number.is_empty()) {
            // If there is a pool already, it stays as it is.
            let _ = rayon::ThreadPoolBuilder::new().num_threads(share).build_global();
        }
        let threads = transport.gather_numbers(&[rayon::current_num_threads() as u64]);
        let network = measure(&mut transport);
        let (kept, learned) = (Kept::default(), Learned::default());
        let threads = threads.into_iter().map(|threads| threads as usize).collect();
        let cluster = Self { transport, kept, learned, network, threads, all_panic: false, _here: PhantomData };
        cluster.share_plans();
        cluster
    }

    /// The number of this process, from 0.
    pub fn rank(&self) -> usize {
        self.transport.rank()
    }

    /// How many ranks there are.
    pub fn size(&self) -> usize {
        self.transport.size()
    }

    /// Whether this is the rank that gives the items and gets the results: rank 0.
    pub fn is_root(&self) -> bool {
        self.rank() == ROOT
    }

    /// The threads of each rank that compute.
    pub fn threads(&self) -> &[usize] {
        &self.threads
    }

    /// The network between the root and the last rank, as it was measured at the start. With one rank alone, it is a guess.
    pub fn network(&self) -> Network {
        self.network
    }

    /// What this process has sent to other ranks and received from them so far.
    pub fn traffic(&self) -> Traffic {
        self.transport.traffic
    }

    /// Gives every rank what only the root has, such as a configuration: `value` is called on the root alone. All ranks have to do
    /// this.
    ///
    /// # Panics
    /// On every rank, if `value` panics on the root or what it returns cannot be written or read.
    pub fn broadcast<V: Serialize + DeserializeOwned>(&mut self, value: impl FnOnce() -> V) -> V {
        let mut own = None;
        let mut payload = None;
        let made: Result<Vec<u8>, String> = if self.is_root() {
            match catch_unwind(AssertUnwindSafe(value)) {
                Ok(value) => {
                    let bytes = encode(&value);
                    own = Some(value);
                    bytes
                }
                Err(panic) => {
                    let text = message(&*panic);
                    payload = Some(panic);
                    Err(text)
                }
            }
        } else {
            Ok(Vec::new())
        };
        let sent = self.transport.broadcast(encode(&made).expect("bytes or a text can be written"));
        let text = match decode::<Result<Vec<u8>, String>>(&sent).and_then(|made| made) {
            Ok(bytes) => match own.map_or_else(|| decode(&bytes), Ok) {
                Ok(value) => return value,
                Err(text) => text,
            },
            Err(text) => text,
        };
        self.all_panic = true;
        match payload {
            Some(payload) => resume_unwind(payload),
            None if self.is_root() => panic!("broadcast: {text}"),
            None => resume_unwind(Box::new(format!("broadcast: {text}"))),
        }
    }

    /// Gives the plans that the root has learned to all ranks; each uses those that were learned on a machine like its own. All
    /// ranks have to do this. [`join`](Self::join) has done it once.
    pub fn share_plans(&self) {
        if self.size() == 1 {
            return;
        }
        let bytes = if self.is_root() { amorsize::export_bytes().unwrap_or_default() } else { Vec::new() };
        let bytes = self.transport.broadcast(bytes);
        if !self.is_root() && !bytes.is_empty() {
            // Where nothing may be written, this rank learns for itself.
            let _ = amorsize::import_bytes(&bytes, Merge::Newer);
        }
    }

    /// Forgets the batches of the call before.
    pub(crate) fn forget_batches(&mut self) {
        self.kept = Kept::default();
        self.all_panic = false;
    }
}

impl fmt::Debug for Cluster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cluster")
            .field("rank", &self.rank())
            .field("threads", &self.threads)
            .field("network", &self.network)
            .finish_non_exhaustive()
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if thread::panicking() && !self.all_panic && self.size() > 1 {
            self.transport.abort();
        }
    }
}

/// What is assumed where there is one rank: 50 us and 10 Gbit/s.
const UNKNOWN: Network = Network { latency: 5e4, bandwidth: 1.25 };
/// Short messages there and back that are measured, and the bytes of a long one.
const PINGS: usize = 8;
const LONG: usize = 1 << 20;

/// Measures the way from the root to the last rank, which is likely to run on another host, and back.
fn measure(transport: &mut Transport) -> Network {
    let last = transport.size() - 1;
    if last == ROOT {
        return UNKNOWN;
    }
    transport.barrier();
    let mut numbers = [0, 0];
    if transport.rank() == ROOT {
        let mut shortest = |bytes: &[u8]| {
            let times = (0..PINGS).map(|_| {
                let start = Instant::now();
                transport.send(last, Kind::Ping, bytes);
                wait_for_ping(transport);
                start.elapsed().as_nanos() as u64
            });
            times.min().unwrap_or(0).max(1)
        };
        let (short, long) = (shortest(&[]), shortest(&vec![0; LONG]));
        numbers = [short, long.saturating_sub(short).max(1)];
    } else if transport.rank() == last {
        for _ in 0..2 * PINGS {
            let bytes = wait_for_ping(transport);
            transport.send(ROOT, Kind::Ping, &bytes);
        }
    }
    let numbers = transport.gather_numbers(&numbers);
    Network { latency: numbers[0] as f64 / 2.0, bandwidth: 2.0 * LONG as f64 / numbers[1] as f64 }
}

fn wait_for_ping(transport: &mut Transport) -> Vec<u8> {
    loop {
        match transport.receive() {
            Some(message) if message.kind == Kind::Ping => return message.bytes,
            _ => thread::yield_now(),
        }
    }
}
