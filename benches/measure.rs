//! Runs all contenders of a workload, interleaved.

use std::fmt;
use std::hint::black_box;
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::contenders::{Case, Contender, Pools};
use crate::functions;
use crate::random::Random;
use crate::statistics::{best_over_ours, median};

/// A call of less than this is timed as a part of several, when hot.
const SHORTEST_SAMPLE_NS: f64 = 2_000.0;
/// How long a contender runs before its hot sample: long enough for the workers of the one before it to fall asleep.
const WARM_UP: Duration = Duration::from_micros(100);
/// How long everybody rests before a cold sample: workers fall asleep within tens of microseconds.
const REST: Duration = Duration::from_millis(3);
/// Calls of ours before the first sample: the figures are those of a function that has been called before.
const CALLS_BEFORE: usize = 10;
/// More rounds than this do not move a median.
const MOST_ROUNDS: usize = 401;

/// Whether the pool was busy a moment ago.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Temperature {
    /// Calls back to back.
    Hot,
    /// The pool sleeps when the call begins, as between two requests.
    Cold,
}

impl fmt::Display for Temperature {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(match self {
            Self::Hot => "hot",
            Self::Cold => "cold",
        })
    }
}

/// How long to measure.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Time for one workload at one temperature.
    pub time: Duration,
    /// Rounds to run even if that takes longer.
    pub fewest_rounds: usize,
}

/// What one contender took, one sample a round, in nanoseconds a call.
#[derive(Clone, Debug)]
pub struct Samples {
    /// Who.
    pub contender: Contender,
    /// One a round, in the order of the rounds.
    pub nanoseconds: Vec<f64>,
}

/// One workload at one temperature.
#[derive(Clone, Debug)]
pub struct Cell {
    /// Its name.
    pub workload: &'static str,
    /// Hot or cold.
    pub temperature: Temperature,
    /// How many items.
    pub items: usize,
    /// The plain loop back to back: the size by which workloads are told apart, in nanoseconds.
    pub work: f64,
    /// The plan of ours at the end.
    pub plan: String,
    /// All contenders, the plain loop first and ours last.
    pub samples: Vec<Samples>,
}

impl Cell {
    /// The median of a contender; not a number if it did not run.
    #[must_use]
    pub fn median(&self, contender: Contender) -> f64 {
        self.samples.iter().find(|one| one.contender == contender).map_or(f64::NAN, |one| median(&one.nanoseconds))
    }

    /// All but ours, and the plain loop only once.
    fn rivals(&self) -> impl Iterator<Item = &Samples> {
        self.samples.iter().filter(|one| !matches!(one.contender, Contender::Ours | Contender::PlainAgain))
    }

    /// The rival with the least median, for people to read; [`Cell::best_over_ours`] does not rely on it.
    ///
    /// # Panics
    /// If nothing was measured.
    #[must_use]
    pub fn best(&self) -> Contender {
        let by_median = |a: &&Samples, b: &&Samples| median(&a.nanoseconds).total_cmp(&median(&b.nanoseconds));
        self.rivals().min_by(by_median).expect("the plain loop always runs").contender
    }

    /// The time of the best rival over ours.
    ///
    /// # Panics
    /// If nothing was measured.
    #[must_use]
    pub fn best_over_ours(&self) -> f64 {
        let rivals: Vec<_> = self.rivals().map(|one| one.nanoseconds.as_slice()).collect();
        best_over_ours(&rivals, &self.samples.last().expect("ours always runs").nanoseconds)
    }

    /// The time of a contender over ours.
    #[must_use]
    pub fn over_ours(&self, contender: Contender) -> f64 {
        self.median(contender) / self.median(Contender::Ours)
    }

    /// How many rounds were run.
    #[must_use]
    pub fn rounds(&self) -> usize {
        self.samples.first().map_or(0, |one| one.nanoseconds.len())
    }
}

/// Brings the process into the state of one that has been running for a while: the pools exist, and our runtime knows
/// what a wake costs.
pub fn settle() {
    let items = vec![8_000; 100];
    let start = Instant::now();
    while start.elapsed() < Duration::from_millis(200) {
        black_box(functions::settle::map(&items));
        let run = functions::settle::on(&items).use_cache(false).n_jobs(rayon::current_num_threads());
        black_box(run.map());
    }
}

/// The plain loop back to back, in nanoseconds.
pub fn work(case: &dyn Case, pools: &mut Pools) -> f64 {
    median(&(0..25).map(|_| hot(case, Contender::Plain, pools, 1)).collect::<Vec<_>>())
}

/// Measures one workload at one temperature. `work` is what [`work`] said of it: at both temperatures the same, so that
/// both count it or neither.
///
/// # Panics
/// If a contender does not give the plain loop's answer.
pub fn measure(
    workload: &'static str,
    case: &dyn Case,
    work: f64,
    temperature: Temperature,
    limits: Limits,
    pools: &mut Pools,
) -> Cell {
    let start = Instant::now();
    let contenders = case.contenders(rayon::current_num_threads());
    for contender in &contenders {
        assert!(case.agrees(*contender, pools), "{workload}: {contender} has another answer than the plain loop");
    }
    let repeats = match temperature {
        Temperature::Hot => (SHORTEST_SAMPLE_NS / work).clamp(1.0, 64.0) as usize,
        Temperature::Cold => 1,
    };
    let sample = |contender, pools: &mut Pools| match temperature {
        Temperature::Hot => hot(case, contender, pools, repeats),
        Temperature::Cold => {
            sleep(REST);
            case.time(contender, pools, 1)
        }
    };
    for _ in 0..CALLS_BEFORE {
        sample(Contender::Ours, pools);
    }

    let mut samples: Vec<_> =
        contenders.into_iter().map(|contender| Samples { contender, nanoseconds: Vec::new() }).collect();
    let mut order: Vec<_> = (0..samples.len()).collect();
    let mut random = Random::new(work.to_bits());
    for round in 0..MOST_ROUNDS {
        if round >= limits.fewest_rounds && start.elapsed() >= limits.time {
            break;
        }
        random.shuffle(&mut order);
        for index in &order {
            let nanoseconds = sample(samples[*index].contender, pools);
            samples[*index].nanoseconds.push(nanoseconds);
        }
    }
    Cell { workload, temperature, items: case.items(), work, plan: case.plan(), samples }
}

/// One sample right after other calls of the same contender.
fn hot(case: &dyn Case, contender: Contender, pools: &mut Pools, repeats: usize) -> f64 {
    let start = Instant::now();
    while {
        case.time(contender, pools, repeats);
        start.elapsed() < WARM_UP
    } {}
    case.time(contender, pools, repeats)
}
