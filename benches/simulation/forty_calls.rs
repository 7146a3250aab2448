//! Forty calls of a function that nobody knew: what is settled on, and what finding out costs.

use super::game::{Game, Kind, Truth};
use super::process::Process;
use super::run::Plan;
use crate::random::Random;

/// Calls of one game.
const CALLS: usize = 40;

/// What came of games, summed up.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    games: f64,
    close: f64,
    lost: f64,
    first: f64,
    gain: f64,
    settled: f64,
    cpu: f64,
    /// Of each game with uneven items: what the best fixed plan takes, over what the one takes that was settled on.
    pub(super) best_over_ours: Vec<f64>,
}

impl Outcome {
    /// The part of the games that settled within 10% of the best, %.
    #[must_use]
    pub fn close(&self) -> f64 {
        100.0 * self.close / self.games
    }

    /// The mean time lost in calls 2 to 40, % of the best.
    #[must_use]
    pub fn lost(&self) -> f64 {
        100.0 * self.lost / self.games
    }

    /// The mean time lost in the first call, % of the best.
    #[must_use]
    pub fn lost_first(&self) -> f64 {
        100.0 * self.first / self.games
    }

    /// The plain loop's time over that of all forty calls, of the worst game.
    #[must_use]
    pub fn worst_gain(&self) -> f64 {
        self.gain
    }

    /// The mean call from which on no arm is worth trying.
    #[must_use]
    pub fn settled(&self) -> f64 {
        self.settled / self.games
    }

    /// The mean processor time of the plan that was settled on, over that of the best.
    #[must_use]
    pub fn cpu(&self) -> f64 {
        self.cpu / self.games
    }

    /// Both together.
    #[must_use]
    pub fn with(mut self, other: Self) -> Self {
        let gain = if self.games == 0.0 { other.gain } else { self.gain.min(other.gain) };
        Self {
            games: self.games + other.games,
            close: self.close + other.close,
            lost: self.lost + other.lost,
            first: self.first + other.first,
            gain,
            settled: self.settled + other.settled,
            cpu: self.cpu + other.cpu,
            best_over_ours: {
                self.best_over_ours.extend(other.best_over_ours);
                self.best_over_ours
            },
        }
    }
}

/// Plays so many games.
#[must_use]
pub fn play(kind: Kind, threads: usize, noise: f64, games: u64) -> Outcome {
    (0..games).map(|game| play_one(kind, threads, noise, game)).fold(Outcome::default(), Outcome::with)
}

fn play_one(kind: Kind, threads: usize, noise: f64, number: u64) -> Outcome {
    let mut random = Random::new(number * 1_000 + kind as u64 * 31 + threads as u64 * 100_003);
    let game = Game::new(kind, threads, &mut random);
    let mut truth = Truth::new(&game, number);
    let (mut best, best_cpu) = truth.best();
    if kind.is_uneven() {
        best = truth.best_fixed();
    }
    let serial = game.items.serial();
    let mut process = Process::new(&game.machine, noise);
    let (mut total, mut counted, mut settled, mut first) = (0.0, 0.0, CALLS, 0.0);
    let mut plans = Vec::new();
    for number in 0..CALLS {
        let mut machine = game.machine.clone();
        machine.is_busy = game.disturbed.contains(&number);
        let call = process.call(&machine, &game.items, game.hot, &mut random);
        plans.extend(call.plan);
        if number == 0 {
            first = call.quiet;
        } else if !machine.is_busy {
            // What the machine did to a call is nobody's choice: what counts is what the plan takes on average.
            let time = call.plan.map_or(call.quiet, |plan| truth.of(plan).0);
            total += time;
            counted += 1.0;
        }
        if process.is_settled {
            settled = settled.min(number + 1);
        }
    }
    // The plan of most of the last calls: one of them may have been a trial.
    let last = &plans[plans.len().saturating_sub(8)..];
    let plan = last.iter().copied().max_by_key(|plan| last.iter().filter(|other| *other == plan).count());
    let (time, cpu) = truth.of(plan.unwrap_or(Plan::LOOP));
    Outcome {
        games: 1.0,
        close: f64::from(time <= 1.1 * best),
        lost: total / (counted * best) - 1.0,
        first: first / best - 1.0,
        gain: (counted + 1.0) * serial / (total + first),
        settled: settled as f64,
        cpu: cpu / best_cpu,
        best_over_ours: if kind.is_uneven() { vec![best / time] } else { Vec::new() },
    }
}
