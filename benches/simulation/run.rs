//! One run: the caller works from the start, helpers come in a tree of wakes, all take chunks off one counter. What a thread
//! decides is decided by the sources of the executor.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::items::Items;
use super::machine::Machine;
use crate::executor::probe::Probe;
use crate::executor::rate::RateEstimator;
use crate::random::Random;
use crate::tuner::cost::PoolModel;
use crate::tuner::unevenness::LongestChunk;

/// What taking a chunk and reading the clock costs its thread, ns.
const CHUNK: f64 = 60.0;
/// How long the counter is busy with one thread, ns.
const COUNTER: f64 = 40.0;
/// What reading the clock after a block of the probe costs, ns.
const CLOCK: f64 = 25.0;
/// How long a caller that waits for helpers looks for them before it sleeps, ns.
const SPIN: f64 = 20_000.0;
/// The time that another process gets on a core before ours, ns.
const SLICE: f64 = 3e6;

/// How a run is done.
#[derive(Clone, Copy, Debug)]
pub(super) enum Start {
    /// On so many threads from the start; an item takes this (ns), as far as known. A thread takes so many items at least.
    AtOnce { plan: Plan, cost: f64, chunksize: usize },
    /// On as many threads as there are, once the first items say that this pays.
    WhenItPays,
}

/// What is learned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Plan {
    pub(super) n_jobs: usize,
    /// Whether chunks are short because items differ much.
    pub(super) is_uneven: bool,
}

impl Plan {
    pub(super) const LOOP: Self = Self::threads(1);

    pub(super) const fn threads(n_jobs: usize) -> Self {
        Self { n_jobs, is_uneven: false }
    }
}

/// What a run took, ns.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Run {
    pub(super) wall: f64,
    /// Processor time of all threads.
    pub(super) cpu: f64,
    /// Items that the caller did before it called for help, and their time.
    pub(super) probe: (usize, f64),
    pub(super) shared: Option<Shared>,
}

/// What a run with helpers measured.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shared {
    pub(super) n_jobs: usize,
    /// Time that all threads worked, the probe included, in total.
    pub(super) worked: f64,
    /// Time that helpers were there, at work or with nothing left to do, in total.
    pub(super) present: f64,
    /// The most that an item took, on average over a chunk.
    pub(super) peak: f64,
    pub(super) longest: LongestChunk,
    /// From the call to the first helper's first chunk, or to the end if none came.
    pub(super) arrive: f64,
    pub(super) came: bool,
    /// What the caller spent on calling.
    pub(super) call: f64,
}

impl Run {
    /// All of it took so many times as long.
    pub(super) fn scaled(self, factor: f64) -> Self {
        let (items, time) = self.probe;
        let shared = self.shared.map(|shared| Shared {
            worked: shared.worked * factor,
            present: shared.present * factor,
            peak: shared.peak * factor,
            longest: LongestChunk { time: shared.longest.time * factor, cost: shared.longest.cost * factor },
            ..shared
        });
        Self { wall: self.wall * factor, cpu: self.cpu * factor, probe: (items, time * factor), shared }
    }
}

struct Worker {
    /// `None` for the caller.
    begin: Option<f64>,
    rate: Option<RateEstimator>,
    core: usize,
}

/// Runs `items`. `model` is what the process takes the pool to be.
pub(super) fn run(
    machine: &Machine,
    items: &Items,
    start: Start,
    model: &PoolModel,
    hot: bool,
    random: &mut Random,
) -> Run {
    match start {
        Start::AtOnce { plan: Plan { n_jobs: 1, .. }, .. } => {
            let time = items.serial() * machine.slowdown(1, 0);
            Run { wall: time, cpu: time, ..Run::default() }
        }
        Start::AtOnce { plan: Plan { n_jobs, is_uneven }, cost, chunksize } => {
            let part = cost * items.len() as f64 / n_jobs as f64;
            let jobs = n_jobs.min(items.len());
            let start = if is_uneven { RateEstimator::of_uneven } else { RateEstimator::by_average };
            let rate = |now: f64| start(now as u64, cost, jobs, part);
            let mut sharing = Sharing::new(machine, items, 0, 0.0, jobs, hot, random);
            sharing.chunksize = chunksize;
            let mut run = sharing.share(&rate);
            run.shared.iter_mut().for_each(|shared| shared.n_jobs = n_jobs);
            run
        }
        Start::WhenItPays => {
            let (probe, is_shared) = probe(machine, items, model, hot);
            let time = probe.time as f64;
            let mut run = if is_shared {
                let n_jobs = items.len().min(model.threads);
                let rate = |now: f64| RateEstimator::new(now as u64, probe.means.0, n_jobs);
                Sharing::new(machine, items, probe.items, time, n_jobs, hot, random).share(&rate)
            } else {
                Run { wall: time, cpu: time, ..Run::default() }
            };
            run.probe = (probe.items, time);
            run
        }
    }
}

/// The first items of a first call, and whether help was called then.
fn probe(machine: &Machine, items: &Items, model: &PoolModel, hot: bool) -> (Probe, bool) {
    let mut probe = Probe::new(0.0);
    let slowdown = machine.slowdown(1, 0);
    while probe.items < items.len() {
        let end = (probe.items + probe.next_block()).min(items.len());
        let time = items.time(probe.items, end) * slowdown + CLOCK;
        probe.note(end - probe.items, time as u64);
        let Some(outlook) = probe.outlook(items.len()) else { continue };
        if probe.is_worth_help(outlook, 0.0, model, items.len().min(model.threads), hot) {
            return (probe, true);
        }
    }
    (probe, false)
}

/// A run on several threads.
struct Sharing<'a> {
    machine: &'a Machine,
    items: &'a Items,
    hot: bool,
    random: &'a mut Random,
    n_jobs: usize,
    /// The fewest items that a thread takes at once.
    chunksize: usize,
    /// The first item that nobody has taken.
    next: usize,
    now: f64,
    /// Until when the counter is busy.
    counter: f64,
    /// Jobs that helpers are to queue.
    unsent: usize,
    workers: Vec<Worker>,
    /// What comes next: a time (`f64` bits) and the worker that does something then.
    events: BinaryHeap<Reverse<(u64, usize)>>,
}

impl<'a> Sharing<'a> {
    fn new(
        machine: &'a Machine,
        items: &'a Items,
        next: usize,
        now: f64,
        n_jobs: usize,
        hot: bool,
        random: &'a mut Random,
    ) -> Self {
        let (workers, events) = (Vec::new(), BinaryHeap::new());
        Self { machine, items, hot, random, n_jobs, chunksize: 1, next, now, counter: 0.0, unsent: 0, workers, events }
    }

    /// When a job that is queued at this time is begun by a worker.
    fn queue_job(&mut self, at: f64) {
        let core = (self.workers.len() + 1).min(self.machine.threads - 1);
        let scatter = if self.hot { 0.3 } else { 0.5 };
        let mut begin = at + f64::from(self.machine.wake(self.hot).arrive) * (scatter * self.random.normal()).exp();
        if self.machine.is_busy && self.machine.is_second_half(core) && self.random.unit() < 0.5 {
            begin += SLICE * self.random.unit();
        }
        self.events.push(Reverse((begin.to_bits(), self.workers.len())));
        self.workers.push(Worker { begin: Some(begin), rate: None, core });
    }

    fn share(mut self, rate: &dyn Fn(f64) -> RateEstimator) -> Run {
        let begin = self.now;
        let call = f64::from(self.machine.wake(self.hot).call);
        let helpers = self.n_jobs - 1;
        let spare = usize::from(!self.hot && self.machine.threads > helpers);
        let own = (helpers + spare).min(1 + spare);
        self.unsent = helpers + spare - own;
        for _ in 0..own {
            self.now += if spare == 1 { 0.75 * call } else { call };
            self.queue_job(self.now);
        }
        let calling = self.now - begin;
        let caller = self.workers.len();
        self.workers.push(Worker { begin: None, rate: Some(rate(self.now)), core: 0 });
        self.events.push(Reverse((self.now.to_bits(), caller)));
        let (mut active, mut joined) = (1_usize, 0_usize);
        let (mut helped, mut cpu) = (0.0, 0.0);
        let (mut caller_end, mut end, mut first) = (f64::INFINITY, 0.0_f64, f64::INFINITY);
        while let Some(Reverse((time, id))) = self.events.pop() {
            let arrived = f64::from_bits(time);
            let mut now = arrived;
            if self.workers[id].rate.is_none() {
                if now >= caller_end || joined == helpers {
                    continue;
                }
                joined += 1;
                active += 1;
                first = first.min(now);
                for _ in 0..self.unsent.min(2) {
                    self.unsent -= 1;
                    now += 0.5 * call;
                    self.queue_job(now);
                }
                self.workers[id].begin = Some(now);
                self.workers[id].rate = Some(rate(now));
                cpu += now - arrived;
            }
            if self.next == self.items.len() {
                active -= 1;
                match self.workers[id].begin {
                    None => {
                        caller_end = now;
                        cpu += now - begin;
                    }
                    Some(from) => {
                        let last = self.workers[id].rate.as_ref().map_or(from, |rate| rate.last as f64);
                        helped += (last - from).max(0.0);
                        cpu += (last - from).max(0.0);
                    }
                }
                end = end.max(now);
                continue;
            }
            self.take(id, now, active);
        }
        let wait = end - caller_end;
        // A caller that sleeps has to be woken.
        let sleeps = wait > SPIN;
        let wall = end + if sleeps { f64::from(self.machine.wake(self.hot).arrive).max(8_000.0) } else { 200.0 };
        let came = first.is_finite();
        let arrive = if came { first - begin } else { wall - begin };
        let begins = self.workers.iter().filter(|worker| worker.rate.is_some()).filter_map(|worker| worker.begin);
        let present = begins.map(|begin| end - begin).sum();
        let rates = || self.workers.iter().filter_map(|worker| worker.rate.as_ref());
        let peak = rates().map(|rate| rate.peak).fold(0.0, f64::max);
        let longest = rates().map(|rate| rate.longest).max_by(|a, b| a.time.total_cmp(&b.time)).unwrap_or_default();
        let worked = caller_end - calling + helped;
        let shared = Shared { n_jobs: self.n_jobs, worked, present, peak, longest, arrive, came, call: calling };
        Run { wall, cpu: begin + cpu + wait.min(SPIN), probe: (0, 0.0), shared: Some(shared) }
    }

    /// A worker takes a chunk and does it.
    fn take(&mut self, id: usize, now: f64, active: usize) {
        let core = self.workers[id].core;
        let Some(rate) = &mut self.workers[id].rate else { unreachable!("only workers that have begun take chunks") };
        let chunk = rate.chunk_policy(self.chunksize).chunk_len(self.items.len() - self.next);
        self.counter = self.counter.max(now) + COUNTER;
        let mut time = self.items.time(self.next, self.next + chunk) * self.machine.slowdown(active, core) + CHUNK;
        // Where another process runs, too, it takes half of the time, a slice at once.
        if self.machine.is_busy && self.machine.is_second_half(core) && self.random.unit() < (time / SLICE).min(1.0) {
            time += if time > SLICE { time } else { SLICE * self.random.unit() };
        }
        self.next += chunk;
        let done = self.counter + time;
        rate.note_at(chunk, done as u64);
        self.events.push(Reverse((done.to_bits(), id)));
    }
}
