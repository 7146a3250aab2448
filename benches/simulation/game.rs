//! A function on a machine, with its items and the best that can be done with them.

use std::collections::BTreeMap;

use super::items::Items;
use super::machine::Machine;
use super::run::{Plan, Start, run};
use crate::random::Random;

/// What a function is like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// All items alike.
    Even,
    /// A part of each item waits for memory, which a few threads saturate.
    Bandwidth,
    /// Two threads share a core.
    Smt,
    /// Both of these.
    SmtBandwidth,
    /// Half of the cores are half as fast.
    Hybrid,
    /// That, and memory.
    HybridBandwidth,
    /// One item, anywhere, takes 30% of all time.
    OneHeavy,
    /// Items that become heavier, from nothing on, or lighter, down to nothing.
    Ramp,
    /// Three to twenty items.
    Few,
    /// The same, of which some take up to ten times as long as others.
    FewUneven,
    /// Threads hold each other up, much.
    Lock,
    /// The same, a little.
    WeakLock,
    /// Another process uses half of the cores for a while.
    Disturbed,
    /// 200,000 items.
    Tiny,
    /// The first item takes 30% of all time.
    HeavyFirst,
    /// An item in the middle does.
    HeavyMiddle,
    /// The last item does.
    HeavyLast,
    /// The first eight items take most of the time.
    HeavyHead,
    /// Eight items in the middle do.
    HeavyBody,
    /// The last eight items do.
    HeavyTail,
    /// Items that become heavier.
    RampUp,
    /// Items that become lighter.
    RampDown,
    /// A few items take a thousand times as long as most (Pareto).
    Scattered,
    /// Three to seven items.
    ThreeToSeven,
}

impl Kind {
    /// What a function may be like.
    pub const ALL: [Self; 14] = [
        Self::Even,
        Self::Bandwidth,
        Self::Smt,
        Self::SmtBandwidth,
        Self::Hybrid,
        Self::HybridBandwidth,
        Self::OneHeavy,
        Self::Ramp,
        Self::Few,
        Self::FewUneven,
        Self::Lock,
        Self::WeakLock,
        Self::Disturbed,
        Self::Tiny,
    ];
    /// Those whose items differ.
    pub const UNEVEN: [Self; 10] = [
        Self::HeavyFirst,
        Self::HeavyMiddle,
        Self::HeavyLast,
        Self::HeavyHead,
        Self::HeavyBody,
        Self::HeavyTail,
        Self::RampUp,
        Self::RampDown,
        Self::Scattered,
        Self::ThreeToSeven,
    ];

    pub(super) fn is_uneven(self) -> bool {
        Self::UNEVEN.contains(&self)
    }

    /// What it is called in tables.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Even => "even",
            Self::Bandwidth => "bandwidth",
            Self::Smt => "SMT",
            Self::SmtBandwidth => "SMT, bandwidth",
            Self::Hybrid => "hybrid",
            Self::HybridBandwidth => "hybrid, bandwidth",
            Self::OneHeavy => "one heavy item",
            Self::Ramp => "ramp",
            Self::Few => "few items",
            Self::FewUneven => "few uneven items",
            Self::Lock => "lock",
            Self::WeakLock => "weak lock",
            Self::Disturbed => "disturbed",
            Self::Tiny => "tiny items",
            Self::HeavyFirst => "heavy first item",
            Self::HeavyMiddle => "heavy middle item",
            Self::HeavyLast => "heavy last item",
            Self::HeavyHead => "heavy head",
            Self::HeavyBody => "heavy middle",
            Self::HeavyTail => "heavy tail",
            Self::RampUp => "ramp up",
            Self::RampDown => "ramp down",
            Self::Scattered => "heavy-tailed",
            Self::ThreeToSeven => "3 to 7 heavy items",
        }
    }

    /// The costs of `len` items, in parts of what all of them take.
    fn parts(self, len: usize, random: &mut Random) -> Vec<f64> {
        let n = len as f64;
        let one_heavy = |at: usize| (0..len).map(|i| if i == at { 0.3 } else { 0.7 / (n - 1.0) }).collect();
        let eight_heavy =
            |at: usize| (0..len).map(|i| if (at..at + 8).contains(&i) { 0.8 / 8.0 } else { 0.2 / (n - 8.0) }).collect();
        let up = |i: usize| 2.0 * (i as f64 + 0.5) / (n * n);
        let scaled = |costs: Vec<f64>| {
            let sum: f64 = costs.iter().sum();
            costs.into_iter().map(|cost| cost / sum).collect()
        };
        match self {
            Self::OneHeavy => one_heavy(random.below(len)),
            Self::HeavyFirst => one_heavy(0),
            Self::HeavyMiddle => one_heavy(len / 2),
            Self::HeavyLast => one_heavy(len - 1),
            Self::HeavyHead => eight_heavy(0),
            Self::HeavyBody => eight_heavy(len / 2),
            Self::HeavyTail => eight_heavy(len - 8),
            Self::Ramp if random.unit() < 0.5 => (0..len).map(up).collect(),
            Self::RampUp => (0..len).map(up).collect(),
            Self::Ramp | Self::RampDown => (0..len).rev().map(up).collect(),
            Self::FewUneven => scaled((0..len).map(|_| random.log_uniform(0.3, 3.0)).collect()),
            Self::Scattered => scaled((0..len).map(|_| random.heavy_tailed(1.1).min(1_000.0)).collect()),
            _ => vec![1.0 / n; len],
        }
    }
}

/// A function on a machine, called with the same items over and over.
#[derive(Clone, Debug)]
pub(super) struct Game {
    pub(super) machine: Machine,
    pub(super) items: Items,
    /// Whether calls follow each other so closely that the pool stays awake.
    pub(super) hot: bool,
    /// The calls during which another process is at work.
    pub(super) disturbed: std::ops::Range<usize>,
}

impl Game {
    pub(super) fn new(kind: Kind, threads: usize, random: &mut Random) -> Self {
        let mut machine = Machine::new(threads, random);
        let hot = random.unit() < 0.5;
        let mut serial = random.log_uniform(30e3, 60e6);
        let mut len = random.log_uniform(64.0, 4096.0) as usize;
        let mut disturbed = usize::MAX..usize::MAX;
        let memory = |random: &mut Random| {
            let most = (threads as f64 / 1.5).max(1.5);
            Some((random.log_uniform(0.5, 1.0), random.log_uniform(1.2, most)))
        };
        match kind {
            Kind::Bandwidth => machine.memory = memory(random),
            Kind::Smt => machine.has_smt = true,
            Kind::SmtBandwidth => (machine.has_smt, machine.memory) = (true, memory(random)),
            Kind::Hybrid => machine.is_hybrid = true,
            Kind::HybridBandwidth => (machine.is_hybrid, machine.memory) = (true, memory(random)),
            Kind::Few | Kind::FewUneven => len = random.pick(&[3, 5, 6, 7, 12, 20]),
            Kind::ThreeToSeven => len = 3 + random.below(5),
            Kind::Lock => machine.lock = random.log_uniform(0.1, 1.5),
            Kind::WeakLock => machine.lock = random.log_uniform(0.003, 0.1),
            Kind::Disturbed => {
                let from = random.below(35);
                disturbed = from..from + 3 + random.below(20);
            }
            Kind::Tiny => (len, serial) = (200_000, random.log_uniform(60e3, 6e6)),
            _ => {}
        }
        if matches!(kind, Kind::Few | Kind::FewUneven | Kind::ThreeToSeven) {
            serial = len as f64 * random.log_uniform(100e3, 3e6);
        }
        let items = Items::new(kind.parts(len, random).into_iter().map(|part| part * serial));
        Self { machine, items, hot, disturbed }
    }
}

/// What a game takes with each number of threads, without noise: the means of many runs.
pub(super) struct Truth<'a> {
    game: &'a Game,
    seed: u64,
    /// Wall and processor time, ns.
    known: BTreeMap<Plan, (f64, f64)>,
}

/// Runs for one mean.
const RUNS: u64 = 8;

impl<'a> Truth<'a> {
    pub(super) fn new(game: &'a Game, seed: u64) -> Self {
        Self { game, seed, known: BTreeMap::new() }
    }

    /// The mean wall time and processor time with such a plan, ns.
    pub(super) fn of(&mut self, plan: Plan) -> (f64, f64) {
        // More threads than items are as many as items.
        let plan = Plan { n_jobs: plan.n_jobs.min(self.game.items.len()), ..plan };
        if let Some(known) = self.known.get(&plan) {
            return *known;
        }
        let mean = self.mean(plan, 1);
        self.known.insert(plan, mean);
        mean
    }

    fn mean(&self, plan: Plan, chunksize: usize) -> (f64, f64) {
        let Game { machine, items, hot, .. } = self.game;
        let runs = if plan.n_jobs == 1 { 1 } else { RUNS };
        let start = Start::AtOnce { plan, cost: items.average(), chunksize };
        let (mut wall, mut cpu) = (0.0, 0.0);
        for each in 0..runs {
            // The same chances for each plan.
            let mut random = Random::new(self.seed ^ (each << 40));
            let run = run(machine, items, start, &machine.model(), *hot, &mut random);
            wall += run.wall / runs as f64;
            cpu += run.cpu / runs as f64;
        }
        (wall, cpu)
    }

    /// The least mean wall time that a fixed number of threads with a fixed chunksize takes.
    pub(super) fn best_fixed(&mut self) -> f64 {
        let mut best = self.best().0;
        let sizes: Vec<usize> = std::iter::successors(Some(2), |size| Some(4 * size))
            .take_while(|size| *size < self.game.items.len())
            .collect();
        for n_jobs in self.grid().into_iter().filter(|n_jobs| *n_jobs > 1) {
            for chunksize in &sizes {
                best = best.min(self.mean(Plan::threads(n_jobs.min(self.game.items.len())), *chunksize).0);
            }
        }
        best
    }

    /// Numbers of threads that may be the best.
    fn grid(&self) -> Vec<usize> {
        let wide = [10, 12, 14, 16, 20, 24, 28, 32, 40, 48, 56, 64, 80, 96, 112, 128];
        (1..=8).chain(wide).filter(|n_jobs| *n_jobs <= self.game.machine.threads).collect()
    }

    /// The least mean wall time, and the processor time that goes with it.
    pub(super) fn best(&mut self) -> (f64, f64) {
        let all = self.grid().into_iter().map(|n_jobs| self.of(Plan::threads(n_jobs)));
        all.min_by(|a, b| a.0.total_cmp(&b.0)).unwrap_or((f64::INFINITY, 0.0))
    }
}
